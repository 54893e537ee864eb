// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/GeminiContent.h"

#include "app/sim/ModelCatalog.h"
#include "app/sim/TextSource.h"

#include <algorithm>
#include <cctype>

namespace farthing::sim {

namespace {

constexpr std::int64_t kImageTokens = 258;

/// Gemini reads each member in camel case and in snake case.
const Json *either(const Json &object, const char *camel, const char *snake)
{
    const Json *value = member(object, camel);
    return value ? value : member(object, snake);
}

void readContent(const Json &content, const std::string &fallbackRole, ModelCall &call)
{
    std::string role = textOf(content, "role");
    if (role.empty())
        role = fallbackRole;
    const Json *parts = member(content, "parts");
    if (content.is_string()) {
        call.prompt.push_back({role, content.get<std::string>()});
        call.lastUserText = role == "user" ? call.prompt.back().text : std::string();
    }
    if (!parts || !parts->is_array())
        return;
    for (const Json &part : *parts) {
        const std::string text = textOf(part, "text");
        call.lastUserText = role == "user" ? text : std::string();
        if (!text.empty())
            call.prompt.push_back({role, text});
        else if (either(part, "inlineData", "inline_data") || either(part, "fileData", "file_data"))
            call.prompt.push_back({role + dump(part), {}, kImageTokens});
        else
            call.prompt.push_back({role, dump(part)});
    }
}

void readTools(const Json &body, ModelCall &call)
{
    const Json *tools = member(body, "tools");
    if (tools && tools->is_array()) {
        for (const Json &tool : *tools) {
            call.prompt.push_back({"tool", dump(tool)});
            const Json *functions = either(tool, "functionDeclarations", "function_declarations");
            if (!functions || !functions->is_array())
                continue;
            for (const Json &function : *functions) {
                const Json *schema = either(function, "parameters", "parametersJsonSchema");
                call.tools.push_back({textOf(function, "name"), schema ? *schema : Json::object()});
            }
        }
    }
    const Json *config = either(body, "toolConfig", "tool_config");
    const Json *calling =
        config ? either(*config, "functionCallingConfig", "function_calling_config") : nullptr;
    const std::string mode = calling ? textOf(*calling, "mode") : std::string();
    if (mode == "NONE")
        call.toolChoice = ToolChoice::None;
    else if (mode == "ANY")
        call.toolChoice = ToolChoice::Required;
}

void readConfig(const Json &body, ModelCall &call)
{
    if (reasonsByItself(Wire::Gemini, call.model))
        call.thinkingMedian = 160;
    const Json *config = either(body, "generationConfig", "generation_config");
    if (!config)
        return;
    call.maxTokens = integerOf(*config, "maxOutputTokens");
    call.choices =
        static_cast<int>(std::clamp<std::int64_t>(integerOf(*config, "candidateCount").value_or(1), 1, 8));
    call.jsonOutput = textOf(*config, "responseMimeType") == "application/json";
    const Json *schema = either(*config, "responseSchema", "responseJsonSchema");
    if (schema)
        call.jsonSchema = *schema;
    if (const Json *thinking = either(*config, "thinkingConfig", "thinking_config")) {
        call.showThinking = flagOf(*thinking, "includeThoughts");
        const std::int64_t budget = integerOf(*thinking, "thinkingBudget").value_or(-1);
        if (budget >= 0)
            call.thinkingMedian = budget / 4;
    }
}

std::variant<ModelCall, ApiError> readCall(const HttpCall &http, const Json &body, const std::string &model)
{
    if (!modelExists(Wire::Gemini, model))
        return ApiError{
            404, "models/" + model +
                     " is not found for API version v1beta, or is not supported for generateContent. Call "
                     "ListModels to see the list of available models and their supported methods."};
    const Json *contents = member(body, "contents");
    if (!contents || (!contents->is_array() && !contents->is_object()) || contents->empty())
        return ApiError{400, "* GenerateContentRequest.contents: contents is not specified"};
    ModelCall call;
    call.model = model;
    call.apiKey = http.header("x-goog-api-key") + http.parameter("key") + http.header("authorization");
    call.cache = CacheKind::Automatic;
    call.cacheMinimum = cacheMinimumOf(Wire::Gemini, model);
    call.wantedTokens = http.wantedTokens();
    if (const Json *system = either(body, "systemInstruction", "system_instruction"))
        readContent(*system, "system", call);
    readTools(body, call);
    readConfig(body, call);
    if (contents->is_object())
        readContent(*contents, "user", call);
    else
        for (const Json &content : *contents)
            readContent(content, "user", call);
    return call;
}

Json usageOf(const ModelAnswer &answer, std::int64_t visible)
{
    Json usage = {{"promptTokenCount", answer.inputTokens}};
    if (visible > 0)
        usage["candidatesTokenCount"] = visible;
    usage["totalTokenCount"] = answer.inputTokens + visible + answer.reasoningTokens;
    if (answer.cache.read > 0) {
        usage["cachedContentTokenCount"] = answer.cache.read;
        usage["cacheTokensDetails"] =
            Json::array({{{"modality", "TEXT"}, {"tokenCount", answer.cache.read}}});
    }
    usage["promptTokensDetails"] = Json::array({{{"modality", "TEXT"}, {"tokenCount", answer.inputTokens}}});
    if (answer.reasoningTokens > 0)
        usage["thoughtsTokenCount"] = answer.reasoningTokens;
    return usage;
}

/// One GenerateContentResponse.
Json responseOf(const ModelCall &call, const ModelAnswer &answer, Json candidates, std::int64_t visible)
{
    return {{"candidates", std::move(candidates)},
            {"usageMetadata", usageOf(answer, visible)},
            {"modelVersion", call.model},
            {"responseId", answer.id}};
}

Json candidateOf(Json parts, std::size_t index, const std::string &finish)
{
    Json candidate = {{"content", {{"parts", std::move(parts)}, {"role", "model"}}}};
    if (!finish.empty())
        candidate["finishReason"] = finish;
    candidate["index"] = index;
    return candidate;
}

Json functionPart(const ToolCall &tool)
{
    return {{"functionCall", {{"name", tool.name}, {"args", Json::parse(tool.arguments, nullptr, false)}}}};
}

std::string finishOf(const Choice &choice)
{
    return choice.cut ? "MAX_TOKENS" : "STOP";
}

Json partsOf(const Choice &choice)
{
    Json parts = Json::array();
    if (!choice.thinking.empty())
        parts.push_back({{"text", choice.thinking}, {"thought", true}});
    if (!choice.text.empty())
        parts.push_back({{"text", choice.text}});
    for (const ToolCall &tool : choice.calls)
        parts.push_back(functionPart(tool));
    return parts;
}

/// The responses of a stream; usage counts are cumulative.
std::vector<Piece> streamOf(const ModelCall &call, const ModelAnswer &answer)
{
    std::vector<Piece> pieces;
    std::int64_t visible = 0;
    const auto add = [&](Json parts, std::size_t index, const std::string &finish, std::int64_t tokens) {
        pieces.push_back(
            {dump(responseOf(call, answer, Json::array({candidateOf(std::move(parts), index, finish)}),
                             visible)),
             tokens});
    };
    for (std::size_t index = 0; index < answer.choices.size(); ++index) {
        const Choice &choice = answer.choices[index];
        for (const TextPiece &piece : splitTokens(choice.thinking, 24))
            add(Json::array({{{"text", piece.text}, {"thought", true}}}), index, {}, piece.tokens);
        for (const TextPiece &piece : splitTokens(choice.text, 24)) {
            visible += piece.tokens;
            add(Json::array({{{"text", piece.text}}}), index, {}, piece.tokens);
        }
        for (const ToolCall &tool : choice.calls)
            add(Json::array({functionPart(tool)}), index, {}, 8);
        if (index + 1 == answer.choices.size())
            visible = answer.outputTokens - answer.reasoningTokens;
        add(Json::array({{{"text", ""}}}), index, finishOf(choice), 0);
    }
    return pieces;
}

void frame(std::vector<Piece> &pieces, GeminiStream stream)
{
    for (std::size_t at = 0; at < pieces.size(); ++at) {
        std::string &bytes = pieces[at].bytes;
        if (stream == GeminiStream::Sse)
            bytes = "data: " + bytes + "\r\n\r\n";
        else
            bytes = (at == 0 ? "[" : ",\r\n") + bytes + (at + 1 == pieces.size() ? "\n]\n" : "\n");
    }
}

} // namespace

Outcome geminiGenerate(const HttpCall &http, const Json &body, const std::string &model, GeminiStream stream,
                       Engine &engine)
{
    auto read = readCall(http, body, model);
    if (const auto *error = std::get_if<ApiError>(&read))
        return *error;
    const ModelCall &call = std::get<ModelCall>(read);
    const ModelAnswer answer = engine.answer(call);
    Reply reply;
    reply.work = answer.work();
    if (stream != GeminiStream::None) {
        reply.pieces = streamOf(call, answer);
        frame(reply.pieces, stream);
        reply.contentType =
            stream == GeminiStream::Sse ? "text/event-stream" : "application/json; charset=UTF-8";
        return reply;
    }
    Json candidates = Json::array();
    for (std::size_t index = 0; index < answer.choices.size(); ++index)
        candidates.push_back(
            candidateOf(partsOf(answer.choices[index]), index, finishOf(answer.choices[index])));
    reply.contentType = "application/json; charset=UTF-8";
    reply.body =
        dump(responseOf(call, answer, std::move(candidates), answer.outputTokens - answer.reasoningTokens));
    return reply;
}

Outcome geminiCountTokens(const HttpCall &http, const Json &body, const std::string &model, Engine &engine)
{
    const Json *wrapped = member(body, "generateContentRequest");
    const auto read = readCall(http, wrapped ? *wrapped : body, model);
    if (const auto *error = std::get_if<ApiError>(&read))
        return *error;
    const std::int64_t tokens = engine.countInput(std::get<ModelCall>(read).prompt);
    Reply reply;
    reply.body =
        dump({{"totalTokens", tokens},
              {"promptTokensDetails", Json::array({{{"modality", "TEXT"}, {"tokenCount", tokens}}})}});
    return reply;
}

} // namespace farthing::sim
