// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/SimProvider.h"

#include "app/sim/AnthropicMessages.h"
#include "app/sim/Embeddings.h"
#include "app/sim/GeminiContent.h"
#include "app/sim/ModelCatalog.h"
#include "app/sim/OpenAiChat.h"
#include "app/sim/OpenAiResponses.h"
#include "app/sim/OpenAiText.h"
#include "app/sim/WireError.h"

#include <utility>

namespace farthing::sim {

namespace {

constexpr std::string_view kModels = "/models";

/// "MODEL:VERB" at the end of a Gemini path.
std::pair<std::string, std::string> modelAndVerb(const std::string &path)
{
    const std::size_t colon = path.rfind(':');
    const std::size_t slash = path.rfind('/');
    if (colon == std::string::npos || slash == std::string::npos || colon < slash)
        return {};
    return {path.substr(slash + 1, colon - slash - 1), path.substr(colon + 1)};
}

std::string modelOf(const HttpCall &call, const Json &body)
{
    const std::string named = textOf(body, "model");
    return named.empty() ? modelAndVerb(call.path).first : named;
}

ApiError unknownPath(const HttpCall &call)
{
    return {404, "Invalid URL (" + call.method + " " + call.path + ")"};
}

ApiError errorOf(Fault fault)
{
    if (fault == Fault::RateLimited)
        return {429, "Rate limit reached (simulated). Please try again in 1s."};
    if (fault == Fault::Overloaded)
        return {529, "Overloaded"};
    return {500, "The server had an error while processing your request (simulated)."};
}

bool refusesKey(const HttpCall &call)
{
    const std::string keys =
        call.header("authorization") + call.header("x-api-key") + call.header("x-goog-api-key");
    return keys.find("invalid") != std::string::npos;
}

ApiError badKey(Wire wire)
{
    if (wire == Wire::Anthropic)
        return {401, "invalid x-api-key"};
    if (wire == Wire::Gemini)
        return {400, "API key not valid. Please pass a valid API key."};
    return {401, "Incorrect API key provided.", "invalid_api_key"};
}

void spoil(Reply &reply)
{
    if (reply.pieces.empty()) {
        reply.body = reply.body.substr(0, reply.body.size() / 2) + "\x01}";
        return;
    }
    for (std::size_t at = reply.pieces.size() / 2; at < reply.pieces.size(); ++at)
        reply.pieces[at].bytes = "data: {\"choices\":[{\x01\n\n";
}

void addHeaders(Wire wire, const std::string &requestId, Reply &reply)
{
    if (wire == Wire::Anthropic) {
        reply.headers.emplace_back("request-id", requestId);
        reply.headers.emplace_back("anthropic-organization-id", "00000000-0000-4000-8000-000000000000");
    } else if (wire == Wire::OpenAi) {
        reply.headers.emplace_back("x-request-id", requestId);
        reply.headers.emplace_back("openai-version", "2020-10-01");
    }
}

} // namespace

Wire wireOfCall(const HttpCall &call)
{
    const std::string &path = call.path;
    if (path.find("/v1/messages") != std::string::npos || !call.header("anthropic-version").empty())
        return Wire::Anthropic;
    const bool geminiPath =
        path.starts_with("/v1beta/") || path.starts_with("/v1alpha/") || !modelAndVerb(path).second.empty();
    const bool geminiKey = !call.header("x-goog-api-key").empty();
    if ((geminiPath || geminiKey) && path.find("/openai/") == std::string::npos)
        return Wire::Gemini;
    return Wire::OpenAi;
}

SimProvider::SimProvider(const Clock &clock, ProviderOptions options)
    : m_options(std::move(options))
    , m_engine(clock, m_options.seed)
    , m_batches(m_engine, [this](const HttpCall &item, const Json &body) {
        return routeModel(wireOfCall(item), item, body);
    })
{}

Reply SimProvider::handle(const HttpCall &call)
{
    const Wire wire = wireOfCall(call);
    const std::string requestId = "req_" + m_engine.freshId(24);
    Json body;
    if (call.method == "POST" && !Batches::isUpload(call)) {
        auto parsed = parseBody(call);
        if (const auto *error = std::get_if<ApiError>(&parsed))
            return errorReply(wire, *error, requestId);
        body = std::get<Json>(std::move(parsed));
    }
    Fault fault = Fault::None;
    if (call.method == "POST") {
        const Result<Fault> chosen =
            m_options.faults.choose(call.header("x-sim-fault"), modelOf(call, body), m_engine.random());
        if (!chosen)
            return errorReply(wire, {400, chosen.error().message}, requestId);
        fault = *chosen;
    }
    Reply reply;
    if (fault == Fault::RateLimited || fault == Fault::ServerError || fault == Fault::Overloaded) {
        reply = errorReply(wire, errorOf(fault), requestId);
    } else {
        Outcome outcome = refusesKey(call) ? Outcome(badKey(wire)) : route(wire, call, body);
        const auto *error = std::get_if<ApiError>(&outcome);
        reply = error ? errorReply(wire, *error, requestId) : std::get<Reply>(std::move(outcome));
    }
    if (reply.work.output > 0)
        reply.delay = m_options.latency.draw(m_engine.random(), reply.work);
    breakReply(fault, wire, requestId, reply);
    addHeaders(wire, requestId, reply);
    return reply;
}

void SimProvider::breakReply(Fault fault, Wire wire, const std::string &requestId, Reply &reply)
{
    switch (fault) {
    case Fault::Reset:
        reply.breakage = Breakage::Reset;
        break;
    case Fault::Truncate:
        reply.breakage = Breakage::Truncate;
        break;
    case Fault::Hang:
        reply.breakage = Breakage::Hang;
        break;
    case Fault::Slow:
        reply.delay.first += std::chrono::seconds(2);
        reply.delay.perToken = reply.delay.perToken * 10 + Micros(1000);
        break;
    case Fault::Malformed:
        spoil(reply);
        break;
    case Fault::StreamError:
        if (reply.pieces.empty()) {
            reply = errorReply(wire, errorOf(Fault::Overloaded), requestId);
        } else {
            reply.pieces.resize(reply.pieces.size() / 2);
            reply.pieces.push_back({errorEvent(wire, errorOf(Fault::Overloaded), requestId), 0});
        }
        break;
    default:
        break;
    }
}

Outcome SimProvider::route(Wire wire, const HttpCall &call, const Json &body)
{
    if (std::optional<Outcome> batch = m_batches.handle(wire, call, body))
        return std::move(*batch);
    return routeModel(wire, call, body);
}

Outcome SimProvider::routeModel(Wire wire, const HttpCall &call, const Json &body)
{
    if (call.method == "GET" || call.method == "HEAD")
        return routeGet(wire, call);
    if (call.method != "POST")
        return unknownPath(call);
    const std::string &path = call.path;
    if (wire == Wire::Gemini)
        return routeGemini(call, body);
    if (wire == Wire::Anthropic) {
        if (path.ends_with("/messages"))
            return anthropicMessages(call, body, m_engine);
        if (path.ends_with("/messages/count_tokens"))
            return anthropicCountTokens(call, body, m_engine);
        return unknownPath(call);
    }
    if (path.ends_with("/chat/completions"))
        return openAiChat(call, body, m_engine);
    if (path.ends_with("/responses"))
        return openAiResponses(call, body, m_engine);
    if (path.ends_with("/completions"))
        return openAiCompletions(call, body, m_engine);
    if (path.ends_with("/embeddings"))
        return openAiEmbeddings(body);
    return unknownPath(call);
}

Outcome SimProvider::routeGemini(const HttpCall &call, const Json &body)
{
    const auto [model, verb] = modelAndVerb(call.path);
    if (verb == "generateContent")
        return geminiGenerate(call, body, model, GeminiStream::None, m_engine);
    if (verb == "streamGenerateContent") {
        const bool sse = call.parameter("alt") == "sse";
        return geminiGenerate(call, body, model, sse ? GeminiStream::Sse : GeminiStream::JsonArray, m_engine);
    }
    if (verb == "countTokens")
        return geminiCountTokens(call, body, model, m_engine);
    if (verb == "embedContent" || verb == "batchEmbedContents")
        return geminiEmbed(body, model, verb == "batchEmbedContents");
    return unknownPath(call);
}

Outcome SimProvider::routeGet(Wire wire, const HttpCall &call)
{
    Reply reply;
    if (call.path == "/") {
        reply.body = dump({{"service", "farthing-sim"}});
        return reply;
    }
    const std::size_t at = call.path.rfind(kModels);
    if (at == std::string::npos)
        return unknownPath(call);
    const std::string rest = call.path.substr(at + kModels.size());
    if (rest.empty()) {
        reply.body = dump(modelList(wire));
        return reply;
    }
    const std::string model = rest.substr(1);
    if (!modelExists(wire, model))
        return wire == Wire::OpenAi ? openAiNoModel(model) : ApiError{404, "model: " + model};
    reply.body = dump(modelEntry(wire, model));
    return reply;
}

} // namespace farthing::sim
