// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/WireError.h"

#include "core/base/JsonDepth.h"

namespace farthing::sim {

namespace {

Json orNull(const std::string &text)
{
    return text.empty() ? Json(nullptr) : Json(text);
}

std::string openAiType(int status)
{
    if (status == 429)
        return "requests";
    return status >= 500 ? "server_error" : "invalid_request_error";
}

std::string anthropicType(int status)
{
    switch (status) {
    case 401:
        return "authentication_error";
    case 404:
        return "not_found_error";
    case 413:
        return "request_too_large";
    case 429:
        return "rate_limit_error";
    case 529:
        return "overloaded_error";
    default:
        return status >= 500 ? "api_error" : "invalid_request_error";
    }
}

std::string geminiStatus(int status)
{
    switch (status) {
    case 401:
        return "UNAUTHENTICATED";
    case 404:
        return "NOT_FOUND";
    case 429:
        return "RESOURCE_EXHAUSTED";
    case 500:
        return "INTERNAL";
    case 503:
        return "UNAVAILABLE";
    default:
        return "INVALID_ARGUMENT";
    }
}

/// Only Anthropic knows 529.
int statusOf(Wire wire, const ApiError &error)
{
    return error.status == 529 && wire != Wire::Anthropic ? 503 : error.status;
}

Json errorBody(Wire wire, const ApiError &error, const std::string &requestId)
{
    const int status = statusOf(wire, error);
    if (wire == Wire::OpenAi) {
        const std::string code = error.code.empty() && status == 429 ? "rate_limit_exceeded" : error.code;
        return {{"error",
                 {{"message", error.message},
                  {"type", openAiType(status)},
                  {"param", orNull(error.param)},
                  {"code", orNull(code)}}}};
    }
    if (wire == Wire::Anthropic)
        return {{"type", "error"},
                {"error", {{"type", anthropicType(status)}, {"message", error.message}}},
                {"request_id", requestId}};
    Json body = {{"error", {{"code", status}, {"message", error.message}, {"status", geminiStatus(status)}}}};
    if (status == 429)
        body["error"]["details"] =
            Json::array({{{"@type", "type.googleapis.com/google.rpc.RetryInfo"}, {"retryDelay", "1s"}}});
    return body;
}

} // namespace

Reply errorReply(Wire wire, const ApiError &error, const std::string &requestId)
{
    Reply reply;
    reply.status = statusOf(wire, error);
    reply.body = dump(errorBody(wire, error, requestId));
    if (wire != Wire::Gemini && (reply.status == 429 || reply.status == 503 || reply.status == 529)) {
        reply.headers.emplace_back("retry-after", "1");
        if (wire == Wire::OpenAi)
            reply.headers.emplace_back("retry-after-ms", "1000");
    }
    if (wire == Wire::OpenAi && reply.status == 429) {
        reply.headers.emplace_back("x-ratelimit-limit-requests", "500");
        reply.headers.emplace_back("x-ratelimit-remaining-requests", "0");
        reply.headers.emplace_back("x-ratelimit-reset-requests", "1s");
    }
    if (wire == Wire::Anthropic && reply.status == 429)
        reply.headers.emplace_back("anthropic-ratelimit-requests-remaining", "0");
    return reply;
}

std::string errorEvent(Wire wire, const ApiError &error, const std::string &requestId)
{
    const std::string body = dump(errorBody(wire, error, requestId));
    return wire == Wire::Anthropic ? sseEvent("error", body) : sseData(body);
}

std::variant<Json, ApiError> parseBody(const HttpCall &call)
{
    if (const auto at = tooDeepAt(call.body))
        return ApiError{400, "The body is nested deeper than " + std::to_string(deepestJson) +
                                 " levels, at byte " + std::to_string(*at + 1) + "."};
    Json body = Json::parse(call.body, nullptr, false);
    if (body.is_discarded())
        return ApiError{400, "We could not parse the JSON body of your request."};
    if (!body.is_object())
        return ApiError{400, "The request body must be a JSON object."};
    return body;
}

} // namespace farthing::sim
