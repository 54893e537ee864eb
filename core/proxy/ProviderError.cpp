// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ProviderError.h"

#include <nlohmann/json.hpp>

namespace farthing {

namespace {

const char *geminiStatus(int status)
{
    switch (status) {
    case 400:
        return "INVALID_ARGUMENT";
    case 401:
        return "UNAUTHENTICATED";
    case 403:
        return "PERMISSION_DENIED";
    case 404:
        return "NOT_FOUND";
    case 429:
        return "RESOURCE_EXHAUSTED";
    case 504:
        return "DEADLINE_EXCEEDED";
    default:
        return status >= 500 ? "UNAVAILABLE" : "FAILED_PRECONDITION";
    }
}

} // namespace

std::string providerErrorBody(Wire wire, int status, std::string_view code, std::string_view message)
{
    nlohmann::json body;
    switch (wire) {
    case Wire::OpenAi:
        body = {{"error",
                 {{"message", message}, {"type", "farthing_error"}, {"param", nullptr}, {"code", code}}}};
        break;
    case Wire::Anthropic:
        body = {{"type", "error"}, {"error", {{"type", code}, {"message", message}}}};
        break;
    case Wire::Gemini:
        body = {{"error", {{"code", status}, {"message", message}, {"status", geminiStatus(status)}}}};
        break;
    case Wire::Bedrock:
        body = {{"__type", code}, {"message", message}};
        break;
    case Wire::Cohere:
        body = {{"message", message}};
        break;
    }
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace farthing
