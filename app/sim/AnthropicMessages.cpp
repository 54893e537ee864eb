// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/AnthropicMessages.h"

#include "app/sim/ModelCatalog.h"
#include "app/sim/TextSource.h"

namespace farthing::sim {

namespace {

constexpr std::int64_t kMessageFrame = 4;
constexpr std::int64_t kImageTokens = 1500;
constexpr int kMostBreakpoints = 4;

/// Reads `cache_control` members: at most four, and no 1 h one behind a 5 m one.
class BreakpointReader
{
public:
    std::optional<CacheLife> read(const Json &block)
    {
        const Json *control = member(block, "cache_control");
        if (!control || textOf(*control, "type") != "ephemeral")
            return std::nullopt;
        const CacheLife life = textOf(*control, "ttl") == "1h" ? CacheLife::OneHour : CacheLife::FiveMinutes;
        ++m_count;
        m_misordered |= life == CacheLife::OneHour && m_sawShort;
        m_sawShort |= life == CacheLife::FiveMinutes;
        return life;
    }

    [[nodiscard]] std::string complaint() const
    {
        if (m_count > kMostBreakpoints)
            return "A maximum of 4 blocks with cache_control may be provided. Found " +
                   std::to_string(m_count) + ".";
        if (m_misordered)
            return "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block";
        return {};
    }

private:
    int m_count = 0;
    bool m_sawShort = false;
    bool m_misordered = false;
};

void readBlock(const Json &block, const std::string &role, ModelCall &call, BreakpointReader &breakpoints)
{
    const std::string type = textOf(block, "type");
    PromptBlock read{role + '/' + type, {}, 0, breakpoints.read(block)};
    if (type == "text" || type == "thinking") {
        read.text = textOf(block, type.c_str());
        call.lastUserText = role == "user" ? read.text : std::string();
    } else if (type == "image" || type == "document") {
        const Json *source = member(block, "source");
        read.role += source ? dump(*source) : std::string();
        read.extraTokens = kImageTokens;
    } else {
        Json bare = block;
        bare.erase("cache_control"); // moving a breakpoint changes no prefix
        read.text = dump(bare);
        call.lastUserText.clear();
    }
    call.prompt.push_back(std::move(read));
}

void readContent(const Json &content, const std::string &role, ModelCall &call, BreakpointReader &breakpoints)
{
    if (content.is_string()) {
        call.prompt.push_back({role + "/text", content.get<std::string>()});
        call.lastUserText = role == "user" ? call.prompt.back().text : std::string();
    } else if (content.is_array()) {
        for (const Json &block : content)
            readBlock(block, role, call, breakpoints);
    }
}

void readTools(const Json &body, ModelCall &call, BreakpointReader &breakpoints)
{
    const Json *tools = member(body, "tools");
    if (tools && tools->is_array()) {
        for (const Json &tool : *tools) {
            Json bare = tool;
            if (bare.is_object())
                bare.erase("cache_control");
            call.prompt.push_back({"tool", dump(bare), 8, breakpoints.read(tool)});
            if (const Json *schema = member(tool, "input_schema"))
                call.tools.push_back({textOf(tool, "name"), *schema});
        }
    }
    const Json *choice = member(body, "tool_choice");
    const std::string type = choice ? textOf(*choice, "type") : std::string();
    if (type == "none")
        call.toolChoice = ToolChoice::None;
    else if (type == "any")
        call.toolChoice = ToolChoice::Required;
    else if (type == "tool") {
        call.toolChoice = ToolChoice::Named;
        call.namedTool = textOf(*choice, "name");
    }
}

void readThinking(const Json &body, ModelCall &call)
{
    const Json *thinking = member(body, "thinking");
    const std::string type = thinking ? textOf(*thinking, "type") : std::string();
    if (type != "enabled" && type != "adaptive")
        return;
    call.thinkingMedian =
        std::max<std::int64_t>(32, integerOf(*thinking, "budget_tokens").value_or(1024) / 8);
    call.showThinking = textOf(*thinking, "display") != "omitted";
}

void readFormat(const Json &body, ModelCall &call)
{
    const Json *config = member(body, "output_config");
    const Json *format = config ? member(*config, "format") : member(body, "output_format");
    call.jsonOutput = format && textOf(*format, "type") == "json_schema";
    if (const Json *schema = call.jsonOutput ? member(*format, "schema") : nullptr)
        call.jsonSchema = *schema;
}

/// The prompt in Anthropic's order: tools, system, messages.
std::variant<ModelCall, ApiError> readCall(const HttpCall &http, const Json &body)
{
    ModelCall call;
    call.model = textOf(body, "model");
    if (call.model.empty())
        return ApiError{400, "model: Field required"};
    if (!modelExists(Wire::Anthropic, call.model))
        return ApiError{404, "model: " + call.model};
    const Json *messages = member(body, "messages");
    if (!messages || !messages->is_array())
        return ApiError{400, "messages: Field required"};
    if (messages->empty())
        return ApiError{400, "messages: at least one message is required"};
    call.apiKey = http.header("x-api-key") + http.header("authorization");
    call.cache = CacheKind::Breakpoints;
    call.cacheMinimum = cacheMinimumOf(Wire::Anthropic, call.model);
    call.stream = flagOf(body, "stream");
    call.wantedTokens = http.wantedTokens();
    BreakpointReader breakpoints;
    readTools(body, call, breakpoints);
    if (const Json *system = member(body, "system"))
        readContent(*system, "system", call, breakpoints);
    readThinking(body, call);
    readFormat(body, call);
    for (std::size_t index = 0; index < messages->size(); ++index) {
        const Json &message = (*messages)[index];
        const std::string role = textOf(message, "role");
        const Json *content = member(message, "content");
        if (!content || (role != "user" && role != "assistant" && role != "system"))
            return ApiError{400, "messages." + std::to_string(index) +
                                     ": expected a role of user or assistant, and content"};
        const std::size_t first = call.prompt.size();
        readContent(*content, role, call, breakpoints);
        if (first < call.prompt.size())
            call.prompt[first].extraTokens += kMessageFrame;
    }
    if (const std::string complaint = breakpoints.complaint(); !complaint.empty())
        return ApiError{400, complaint};
    // A `cache_control` on the request itself is a breakpoint on its last block.
    if (const auto life = breakpoints.read(body); life && !call.prompt.empty())
        call.prompt.back().breakpoint = life;
    return call;
}

Json usageOf(const ModelAnswer &answer, std::int64_t outputTokens)
{
    const CacheUse &cache = answer.cache;
    return {{"input_tokens", answer.inputTokens - cache.read - cache.write5m - cache.write1h},
            {"cache_creation_input_tokens", cache.write5m + cache.write1h},
            {"cache_read_input_tokens", cache.read},
            {"cache_creation",
             {{"ephemeral_5m_input_tokens", cache.write5m}, {"ephemeral_1h_input_tokens", cache.write1h}}},
            {"output_tokens", outputTokens},
            {"service_tier", "standard"}};
}

std::string stopReason(const Choice &choice)
{
    if (!choice.calls.empty())
        return "tool_use";
    return choice.cut ? "max_tokens" : "end_turn";
}

Json messageJson(const ModelCall &call, const ModelAnswer &answer, Json content, Json stop,
                 std::int64_t outputTokens)
{
    return {{"model", snapshotOf(call.model)},
            {"id", "msg_01" + answer.id.substr(2)},
            {"type", "message"},
            {"role", "assistant"},
            {"content", std::move(content)},
            {"stop_reason", std::move(stop)},
            {"stop_sequence", nullptr},
            {"usage", usageOf(answer, outputTokens)}};
}

std::string signatureOf(const ModelAnswer &answer)
{
    return "Ep" + answer.id + answer.id + "GAE=";
}

Json contentOf(const ModelCall &call, const ModelAnswer &answer, const Choice &choice)
{
    Json content = Json::array();
    if (call.thinkingMedian > 0)
        content.push_back(
            {{"type", "thinking"}, {"thinking", choice.thinking}, {"signature", signatureOf(answer)}});
    if (!choice.text.empty())
        content.push_back({{"type", "text"}, {"text", choice.text}});
    for (const ToolCall &tool : choice.calls)
        content.push_back({{"type", "tool_use"},
                           {"id", "toolu_01" + tool.id.substr(2)},
                           {"name", tool.name},
                           {"input", Json::parse(tool.arguments, nullptr, false)}});
    return content;
}

/// Writes the events of one message stream in Anthropic's order.
class EventWriter
{
public:
    void add(const char *name, const Json &data, std::int64_t tokens = 0)
    {
        m_pieces.push_back({sseEvent(name, dump(data)), tokens});
    }

    void open(Json block)
    {
        add("content_block_start",
            {{"type", "content_block_start"}, {"index", m_index}, {"content_block", std::move(block)}});
        if (m_index == 0)
            add("ping", {{"type", "ping"}});
    }

    void deltas(const char *type, const char *key, const std::string &text)
    {
        const std::string head = "{\"type\":\"content_block_delta\",\"index\":" + std::to_string(m_index) +
                                 ",\"delta\":{\"type\":\"" + type + "\",\"" + key + "\":";
        for (const TextPiece &piece : splitTokens(text, 4))
            m_pieces.push_back(
                {sseEvent("content_block_delta", head + jsonString(piece.text) + "}}"), piece.tokens});
    }

    void close()
    {
        add("content_block_stop", {{"type", "content_block_stop"}, {"index", m_index}});
        ++m_index;
    }

    std::vector<Piece> take() { return std::move(m_pieces); }

private:
    int m_index = 0;
    std::vector<Piece> m_pieces;
};

std::vector<Piece> streamOf(const ModelCall &call, const ModelAnswer &answer, const Choice &choice)
{
    EventWriter writer;
    writer.add("message_start", {{"type", "message_start"},
                                 {"message", messageJson(call, answer, Json::array(), nullptr, 1)}});
    if (call.thinkingMedian > 0) {
        writer.open({{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
        writer.deltas("thinking_delta", "thinking", choice.thinking);
        writer.add("content_block_delta",
                   {{"type", "content_block_delta"},
                    {"index", 0},
                    {"delta", {{"type", "signature_delta"}, {"signature", signatureOf(answer)}}}},
                   choice.thinking.empty() ? answer.reasoningTokens : 0);
        writer.close();
    }
    if (!choice.text.empty()) {
        writer.open({{"type", "text"}, {"text", ""}});
        writer.deltas("text_delta", "text", choice.text);
        writer.close();
    }
    for (const ToolCall &tool : choice.calls) {
        writer.open({{"type", "tool_use"},
                     {"id", "toolu_01" + tool.id.substr(2)},
                     {"name", tool.name},
                     {"input", Json::object()}});
        writer.deltas("input_json_delta", "partial_json", tool.arguments);
        writer.close();
    }
    Json usage = usageOf(answer, answer.outputTokens);
    usage.erase("cache_creation"); // the split by life is in message_start alone
    usage.erase("service_tier");
    writer.add("message_delta", {{"type", "message_delta"},
                                 {"delta", {{"stop_reason", stopReason(choice)}, {"stop_sequence", nullptr}}},
                                 {"usage", std::move(usage)}});
    writer.add("message_stop", {{"type", "message_stop"}});
    return writer.take();
}

} // namespace

Outcome anthropicMessages(const HttpCall &http, const Json &body, Engine &engine)
{
    auto read = readCall(http, body);
    if (const auto *error = std::get_if<ApiError>(&read))
        return *error;
    ModelCall &call = std::get<ModelCall>(read);
    call.maxTokens = integerOf(body, "max_tokens");
    if (!call.maxTokens)
        return ApiError{400, "max_tokens: Field required"};
    if (*call.maxTokens < 1)
        return ApiError{400, "max_tokens: must be greater than or equal to 1"};
    const ModelAnswer answer = engine.answer(call);
    const Choice &choice = answer.choices.front();
    Reply reply;
    reply.work = answer.work();
    if (call.stream) {
        reply.contentType = "text/event-stream; charset=utf-8";
        reply.pieces = streamOf(call, answer, choice);
    } else {
        reply.body = dump(messageJson(call, answer, contentOf(call, answer, choice), stopReason(choice),
                                      answer.outputTokens));
    }
    return reply;
}

Outcome anthropicCountTokens(const HttpCall &http, const Json &body, Engine &engine)
{
    const auto read = readCall(http, body);
    if (const auto *error = std::get_if<ApiError>(&read))
        return *error;
    Reply reply;
    reply.body = dump({{"input_tokens", engine.countInput(std::get<ModelCall>(read).prompt)}});
    return reply;
}

} // namespace farthing::sim
