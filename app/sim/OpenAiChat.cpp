// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/OpenAiChat.h"

#include "app/sim/ModelCatalog.h"
#include "app/sim/TextSource.h"

#include <algorithm>

namespace farthing::sim {

namespace {

/// Framing of one chat message (OpenAI cookbook, "How to count tokens").
constexpr std::int64_t kMessageFrame = 3;
constexpr std::int64_t kImageTokens = 765;

void readContentParts(const Json &parts, const std::string &role, ModelCall &call, std::string &userText)
{
    for (const Json &part : parts) {
        const std::string type = textOf(part, "type");
        const std::string text = textOf(part, type == "refusal" ? "refusal" : "text");
        if (type == "text" || type == "refusal") {
            call.prompt.push_back({role, text});
            userText = text;
        } else {
            call.prompt.push_back({role + ':' + dump(part), {}, kImageTokens});
        }
    }
}

void readMessage(const Json &message, ModelCall &call)
{
    const std::string role = textOf(message, "role");
    call.prompt.push_back({role, textOf(message, "name"), kMessageFrame});
    std::string text;
    if (const Json *content = member(message, "content")) {
        if (content->is_string()) {
            text = content->get<std::string>();
            call.prompt.push_back({role, text});
        } else if (content->is_array()) {
            readContentParts(*content, role, call, text);
        }
    }
    if (const Json *calls = member(message, "tool_calls"))
        call.prompt.push_back({role, dump(*calls)});
    call.lastUserText = role == "user" ? text : std::string();
}

void readTools(const Json &body, ModelCall &call)
{
    const Json *tools = member(body, "tools");
    if (tools && tools->is_array()) {
        for (const Json &tool : *tools) {
            const Json *function = member(tool, "function");
            if (!function)
                continue;
            const Json *schema = member(*function, "parameters");
            call.tools.push_back({textOf(*function, "name"), schema ? *schema : Json::object()});
            call.prompt.push_back({"tool", dump(*function), 8});
        }
    }
    const Json *choice = member(body, "tool_choice");
    if (choice && choice->is_string())
        call.toolChoice = *choice == "none"       ? ToolChoice::None
                          : *choice == "required" ? ToolChoice::Required
                                                  : ToolChoice::Auto;
    if (const Json *function = choice ? member(*choice, "function") : nullptr) {
        call.toolChoice = ToolChoice::Named;
        call.namedTool = textOf(*function, "name");
    }
}

void readFormat(const Json &body, ModelCall &call)
{
    const Json *format = member(body, "response_format");
    const std::string type = format ? textOf(*format, "type") : std::string();
    call.jsonOutput = type == "json_object" || type == "json_schema";
    const Json *wrapper = format ? member(*format, "json_schema") : nullptr;
    if (const Json *schema = wrapper ? member(*wrapper, "schema") : nullptr)
        call.jsonSchema = *schema;
}

std::string finishReason(const Choice &choice)
{
    if (!choice.calls.empty())
        return "tool_calls";
    return choice.cut ? "length" : "stop";
}

Json toolCallJson(const ToolCall &call)
{
    return {{"id", "call_" + call.id},
            {"type", "function"},
            {"function", {{"name", call.name}, {"arguments", call.arguments}}}};
}

Json choiceJson(const Choice &choice, std::size_t index)
{
    Json message = {{"role", "assistant"},
                    {"content", choice.text},
                    {"refusal", nullptr},
                    {"annotations", Json::array()}};
    if (!choice.calls.empty()) {
        message["content"] = nullptr;
        message["tool_calls"] = Json::array();
        for (const ToolCall &call : choice.calls)
            message["tool_calls"].push_back(toolCallJson(call));
    }
    return {{"index", index},
            {"message", std::move(message)},
            {"logprobs", nullptr},
            {"finish_reason", finishReason(choice)}};
}

/// Writes the chunks of one stream, which differ only in `choices` and `usage`.
class ChunkWriter
{
public:
    ChunkWriter(const ModelCall &call, const ModelAnswer &answer, bool withUsage)
        : m_head("{\"id\":\"chatcmpl-" + answer.id + "\",\"object\":\"chat.completion.chunk\",\"created\":" +
                 std::to_string(answer.createdS) + ",\"model\":" + jsonString(snapshotOf(call.model)) +
                 ",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_51a4c0f3d2\",\"choices\":[")
        , m_tail(withUsage ? "],\"usage\":null}" : "]}")
    {}

    void add(std::size_t index, const std::string &delta, std::int64_t tokens,
             const std::string &finish = "null")
    {
        m_pieces.push_back({sseData(m_head + "{\"index\":" + std::to_string(index) + ",\"delta\":" + delta +
                                    ",\"logprobs\":null,\"finish_reason\":" + finish + "}" + m_tail),
                            tokens});
    }

    std::vector<Piece> finish(const std::string &usage)
    {
        if (!usage.empty())
            m_pieces.push_back({sseData(m_head + "],\"usage\":" + usage + "}"), 0});
        m_pieces.push_back({sseData("[DONE]"), 0});
        return std::move(m_pieces);
    }

private:
    std::string m_head;
    std::string m_tail;
    std::vector<Piece> m_pieces;
};

void streamChoice(ChunkWriter &writer, const Choice &choice, std::size_t index)
{
    const bool calls = !choice.calls.empty();
    writer.add(index,
               calls ? R"({"role":"assistant","content":null,"refusal":null})"
                     : R"({"role":"assistant","content":"","refusal":null})",
               0);
    for (const TextPiece &piece : splitTokens(choice.text, 1))
        writer.add(index, "{\"content\":" + jsonString(piece.text) + "}", piece.tokens);
    for (std::size_t at = 0; at < choice.calls.size(); ++at) {
        Json opening = toolCallJson(choice.calls[at]);
        opening["function"]["arguments"] = "";
        Json first = {{"index", at}};
        first.update(opening);
        writer.add(index, dump({{"tool_calls", Json::array({first})}}), 4);
        for (const TextPiece &piece : splitTokens(choice.calls[at].arguments, 3)) {
            writer.add(index,
                       "{\"tool_calls\":[{\"index\":" + std::to_string(at) +
                           ",\"function\":{\"arguments\":" + jsonString(piece.text) + "}}]}",
                       piece.tokens);
        }
    }
    writer.add(index, "{}", 0, jsonString(finishReason(choice)));
}

} // namespace

ModelCall openAiCall(const HttpCall &http, const Json &body)
{
    ModelCall call;
    call.model = textOf(body, "model");
    call.apiKey = http.header("authorization");
    call.cacheKey = textOf(body, "prompt_cache_key");
    call.cache = CacheKind::Automatic;
    call.cacheMinimum = cacheMinimumOf(Wire::OpenAi, call.model);
    call.stream = flagOf(body, "stream");
    for (const char *key : {"max_completion_tokens", "max_output_tokens", "max_tokens"}) {
        if (!call.maxTokens)
            call.maxTokens = integerOf(body, key);
    }
    call.choices = static_cast<int>(std::clamp<std::int64_t>(integerOf(body, "n").value_or(1), 1, 16));
    call.wantedTokens = http.wantedTokens();
    if (reasonsByItself(Wire::OpenAi, call.model)) {
        const Json *reasoning = member(body, "reasoning");
        std::string effort = textOf(body, "reasoning_effort");
        if (effort.empty() && reasoning)
            effort = textOf(*reasoning, "effort");
        call.thinkingMedian = effort == "none"                         ? 0
                              : effort == "minimal" || effort == "low" ? 64
                              : effort == "high"                       ? 900
                                                                       : 256;
    }
    return call;
}

ApiError openAiNoModel(const std::string &model)
{
    return {404, "The model `" + model + "` does not exist or you do not have access to it.",
            "model_not_found"};
}

Json openAiUsage(const ModelCall &call, const ModelAnswer &answer)
{
    Json usage = {{"prompt_tokens", answer.inputTokens},
                  {"completion_tokens", answer.outputTokens},
                  {"total_tokens", answer.inputTokens + answer.outputTokens},
                  {"prompt_tokens_details", {{"cached_tokens", answer.cache.read}, {"audio_tokens", 0}}},
                  {"completion_tokens_details",
                   {{"reasoning_tokens", answer.reasoningTokens},
                    {"audio_tokens", 0},
                    {"accepted_prediction_tokens", 0},
                    {"rejected_prediction_tokens", 0}}}};
    if (reportsCacheWrites(call.model))
        usage["prompt_tokens_details"]["cache_write_tokens"] = answer.cache.write5m;
    return usage;
}

Outcome openAiChat(const HttpCall &http, const Json &body, Engine &engine)
{
    ModelCall call = openAiCall(http, body);
    if (call.model.empty())
        return ApiError{400, "you must provide a model parameter"};
    if (!modelExists(Wire::OpenAi, call.model))
        return openAiNoModel(call.model);
    const Json *messages = member(body, "messages");
    if (!messages)
        return ApiError{400, "Missing required parameter: 'messages'.", "missing_required_parameter",
                        "messages"};
    if (!messages->is_array() || messages->empty())
        return ApiError{400, "Invalid 'messages': expected a non-empty array.", "invalid_type", "messages"};
    readTools(body, call);
    readFormat(body, call);
    for (const Json &message : *messages)
        readMessage(message, call);
    call.prompt.push_back({"assistant", {}, kMessageFrame}); // every reply is primed with its role
    const ModelAnswer answer = engine.answer(call);
    Reply reply;
    reply.work = answer.work();
    const Json usage = openAiUsage(call, answer);
    if (call.stream) {
        const Json *options = member(body, "stream_options");
        const bool withUsage = options && flagOf(*options, "include_usage");
        ChunkWriter writer(call, answer, withUsage);
        for (std::size_t index = 0; index < answer.choices.size(); ++index)
            streamChoice(writer, answer.choices[index], index);
        reply.contentType = "text/event-stream; charset=utf-8";
        reply.pieces = writer.finish(withUsage ? dump(usage) : std::string());
        return reply;
    }
    Json choices = Json::array();
    for (std::size_t index = 0; index < answer.choices.size(); ++index)
        choices.push_back(choiceJson(answer.choices[index], index));
    reply.body = dump({{"id", "chatcmpl-" + answer.id},
                       {"object", "chat.completion"},
                       {"created", answer.createdS},
                       {"model", snapshotOf(call.model)},
                       {"choices", std::move(choices)},
                       {"usage", usage},
                       {"service_tier", "default"},
                       {"system_fingerprint", "fp_51a4c0f3d2"}});
    return reply;
}

} // namespace farthing::sim
