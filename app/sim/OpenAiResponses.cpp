// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/OpenAiResponses.h"

#include "app/sim/ModelCatalog.h"
#include "app/sim/OpenAiChat.h"
#include "app/sim/TextSource.h"

namespace farthing::sim {

namespace {

constexpr std::int64_t kMessageFrame = 3;
constexpr std::int64_t kImageTokens = 765;

void readItem(const Json &item, ModelCall &call)
{
    std::string role = textOf(item, "role");
    const Json *content = member(item, "content");
    if (role.empty() || !content) { // function calls, their outputs, reasoning
        call.prompt.push_back({textOf(item, "type"), dump(item), kMessageFrame});
        call.lastUserText.clear();
        return;
    }
    std::string text;
    if (content->is_string()) {
        text = content->get<std::string>();
        call.prompt.push_back({role, text, kMessageFrame});
    } else if (content->is_array()) {
        for (const Json &part : *content) {
            if (textOf(part, "type").ends_with("_text")) {
                text = textOf(part, "text");
                call.prompt.push_back({role, text, kMessageFrame});
            } else {
                call.prompt.push_back({role + dump(part), {}, kImageTokens});
            }
        }
    }
    call.lastUserText = role == "user" ? text : std::string();
}

void readTools(const Json &body, ModelCall &call)
{
    const Json *tools = member(body, "tools");
    if (tools && tools->is_array()) {
        for (const Json &tool : *tools) {
            call.prompt.push_back({"tool", dump(tool), 8});
            const Json *schema = member(tool, "parameters");
            if (textOf(tool, "type") == "function")
                call.tools.push_back({textOf(tool, "name"), schema ? *schema : Json::object()});
        }
    }
    const Json *choice = member(body, "tool_choice");
    if (choice && choice->is_string())
        call.toolChoice = *choice == "none"       ? ToolChoice::None
                          : *choice == "required" ? ToolChoice::Required
                                                  : ToolChoice::Auto;
    else if (choice && textOf(*choice, "type") == "function") {
        call.toolChoice = ToolChoice::Named;
        call.namedTool = textOf(*choice, "name");
    }
}

void readFormat(const Json &body, ModelCall &call)
{
    const Json *text = member(body, "text");
    const Json *format = text ? member(*text, "format") : nullptr;
    const std::string type = format ? textOf(*format, "type") : std::string();
    call.jsonOutput = type == "json_object" || type == "json_schema";
    if (const Json *schema = call.jsonOutput ? member(*format, "schema") : nullptr)
        call.jsonSchema = *schema;
}

Json echoed(const Json &body, const char *key, Json fallback)
{
    const Json *value = member(body, key);
    return value ? *value : fallback;
}

Json usageOf(const ModelCall &call, const ModelAnswer &answer)
{
    Json usage = {{"input_tokens", answer.inputTokens},
                  {"input_tokens_details", {{"cached_tokens", answer.cache.read}}},
                  {"output_tokens", answer.outputTokens},
                  {"output_tokens_details", {{"reasoning_tokens", answer.reasoningTokens}}},
                  {"total_tokens", answer.inputTokens + answer.outputTokens}};
    if (reportsCacheWrites(call.model))
        usage["input_tokens_details"]["cache_write_tokens"] = answer.cache.write5m;
    return usage;
}

/// The response object, which is the body and also what its first and last stream events carry.
Json responseJson(const Json &body, const ModelCall &call, const ModelAnswer &answer,
                  const std::string &status, Json output)
{
    const bool running = status == "in_progress";
    return {{"id", "resp_" + answer.id + answer.id},
            {"object", "response"},
            {"created_at", answer.createdS},
            {"status", status},
            {"background", false},
            {"error", nullptr},
            {"incomplete_details",
             status == "incomplete" ? Json{{"reason", "max_output_tokens"}} : Json(nullptr)},
            {"instructions", echoed(body, "instructions", nullptr)},
            {"max_output_tokens", echoed(body, "max_output_tokens", nullptr)},
            {"model", snapshotOf(call.model)},
            {"output", std::move(output)},
            {"parallel_tool_calls", echoed(body, "parallel_tool_calls", true)},
            {"previous_response_id", nullptr},
            {"reasoning", echoed(body, "reasoning", {{"effort", nullptr}, {"summary", nullptr}})},
            {"service_tier", running ? "auto" : "default"},
            {"store", echoed(body, "store", true)},
            {"temperature", echoed(body, "temperature", 1.0)},
            {"text", echoed(body, "text", {{"format", {{"type", "text"}}}})},
            {"tool_choice", echoed(body, "tool_choice", "auto")},
            {"tools", echoed(body, "tools", Json::array())},
            {"top_p", echoed(body, "top_p", 1.0)},
            {"truncation", "disabled"},
            {"usage", running ? Json(nullptr) : usageOf(call, answer)},
            {"user", echoed(body, "user", nullptr)},
            {"metadata", echoed(body, "metadata", Json::object())}};
}

Json textPart(const std::string &text)
{
    return {
        {"type", "output_text"}, {"annotations", Json::array()}, {"logprobs", Json::array()}, {"text", text}};
}

Json messageItem(const ModelAnswer &answer, const std::string &status, Json content)
{
    return {{"id", "msg_" + answer.id},
            {"type", "message"},
            {"status", status},
            {"content", std::move(content)},
            {"role", "assistant"}};
}

Json callItem(const ToolCall &tool, const std::string &status, const std::string &arguments)
{
    return {{"id", "fc_" + tool.id},  {"type", "function_call"},      {"status", status},
            {"arguments", arguments}, {"call_id", "call_" + tool.id}, {"name", tool.name}};
}

Json reasoningItem(const ModelAnswer &answer)
{
    return {{"id", "rs_" + answer.id}, {"type", "reasoning"}, {"summary", Json::array()}};
}

Json outputOf(const ModelAnswer &answer)
{
    const Choice &choice = answer.choices.front();
    Json output = Json::array();
    if (answer.reasoningTokens > 0)
        output.push_back(reasoningItem(answer));
    for (const ToolCall &tool : choice.calls)
        output.push_back(callItem(tool, "completed", tool.arguments));
    if (choice.calls.empty())
        output.push_back(messageItem(answer, choice.cut ? "incomplete" : "completed",
                                     Json::array({textPart(choice.text)})));
    return output;
}

/// Numbers the events of one stream.
class EventWriter
{
public:
    void add(const std::string &type, Json members, std::int64_t tokens = 0)
    {
        Json event = {{"type", type}};
        event.update(members);
        event["sequence_number"] = m_sequence++;
        m_pieces.push_back({sseEvent(type, dump(event)), tokens});
    }

    std::vector<Piece> take() { return std::move(m_pieces); }

private:
    int m_sequence = 0;
    std::vector<Piece> m_pieces;
};

void streamMessage(EventWriter &writer, const ModelAnswer &answer, const Json &item, int index)
{
    const std::string &text = answer.choices.front().text;
    const Json place = {{"content_index", 0}, {"item_id", item["id"]}, {"output_index", index}};
    const auto at = [&](std::initializer_list<std::pair<const char *, Json>> more) {
        Json members = place;
        for (const auto &[key, value] : more)
            members[key] = value;
        return members;
    };
    writer.add("response.output_item.added",
               {{"item", messageItem(answer, "in_progress", Json::array())}, {"output_index", index}});
    writer.add("response.content_part.added", at({{"part", textPart("")}}));
    for (const TextPiece &piece : splitTokens(text, 1))
        writer.add("response.output_text.delta",
                   at({{"delta", Json(piece.text)}, {"logprobs", Json::array()}}), piece.tokens);
    writer.add("response.output_text.done", at({{"logprobs", Json::array()}, {"text", Json(text)}}));
    writer.add("response.content_part.done", at({{"part", textPart(text)}}));
    writer.add("response.output_item.done", {{"item", item}, {"output_index", index}});
}

void streamCall(EventWriter &writer, const ToolCall &tool, int index)
{
    const Json place = {{"item_id", "fc_" + tool.id}, {"output_index", index}};
    writer.add("response.output_item.added",
               {{"item", callItem(tool, "in_progress", "")}, {"output_index", index}});
    for (const TextPiece &piece : splitTokens(tool.arguments, 3)) {
        Json members = place;
        members["delta"] = piece.text;
        writer.add("response.function_call_arguments.delta", std::move(members), piece.tokens);
    }
    Json done = place;
    done["arguments"] = tool.arguments;
    writer.add("response.function_call_arguments.done", std::move(done));
    writer.add("response.output_item.done",
               {{"item", callItem(tool, "completed", tool.arguments)}, {"output_index", index}});
}

std::vector<Piece> streamOf(const Json &body, const ModelCall &call, const ModelAnswer &answer,
                            const std::string &status)
{
    EventWriter writer;
    const Json opening = {{"response", responseJson(body, call, answer, "in_progress", Json::array())}};
    writer.add("response.created", opening);
    writer.add("response.in_progress", opening);
    const Json output = outputOf(answer);
    int index = 0;
    for (const Json &item : output) {
        const std::string type = textOf(item, "type");
        if (type == "reasoning") {
            writer.add("response.output_item.added", {{"item", item}, {"output_index", index}});
            writer.add("response.output_item.done", {{"item", item}, {"output_index", index}},
                       answer.reasoningTokens);
        } else if (type == "message") {
            streamMessage(writer, answer, item, index);
        }
        if (type != "function_call")
            ++index;
    }
    for (const ToolCall &tool : answer.choices.front().calls)
        streamCall(writer, tool, index++);
    writer.add("response." + status, {{"response", responseJson(body, call, answer, status, output)}});
    return writer.take();
}

} // namespace

Outcome openAiResponses(const HttpCall &http, const Json &body, Engine &engine)
{
    ModelCall call = openAiCall(http, body);
    call.choices = 1;
    if (call.model.empty())
        return ApiError{400, "Missing required parameter: 'model'.", "missing_required_parameter", "model"};
    if (!modelExists(Wire::OpenAi, call.model))
        return openAiNoModel(call.model);
    if (const std::string previous = textOf(body, "previous_response_id"); !previous.empty())
        return ApiError{400, "Previous response with id '" + previous + "' not found.",
                        "previous_response_not_found", "previous_response_id"};
    readTools(body, call);
    readFormat(body, call);
    if (const std::string instructions = textOf(body, "instructions"); !instructions.empty())
        call.prompt.push_back({"system", instructions, kMessageFrame});
    const Json *input = member(body, "input");
    if (input && input->is_string()) {
        call.lastUserText = input->get<std::string>();
        call.prompt.push_back({"user", call.lastUserText, kMessageFrame});
    } else if (input && input->is_array()) {
        for (const Json &item : *input)
            readItem(item, call);
    } else {
        return ApiError{400, "Missing required parameter: 'input'.", "missing_required_parameter", "input"};
    }
    const ModelAnswer answer = engine.answer(call);
    const std::string status = answer.choices.front().cut ? "incomplete" : "completed";
    Reply reply;
    reply.work = answer.work();
    if (call.stream) {
        reply.contentType = "text/event-stream; charset=utf-8";
        reply.pieces = streamOf(body, call, answer, status);
    } else {
        reply.body = dump(responseJson(body, call, answer, status, outputOf(answer)));
    }
    return reply;
}

} // namespace farthing::sim
