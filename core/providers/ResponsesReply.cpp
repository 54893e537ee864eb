// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/OpenAiReply.h"
#include "core/providers/ReplyReader.h"

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

/// OpenAI's Responses: one response object as the body, or inside a stream's events. Usage comes with any
/// terminal event (platform.openai.com, "Streaming events"), which is "response.done" in Realtime; a
/// background reply has none until it is fetched when done.
class ResponsesReplyReader final : public ReplyReader
{
public:
    void read(JsonReader::Object &root) override
    {
        std::string_view type;
        std::string message;
        std::string code;
        std::int64_t deltaBytes = 0;
        State state;
        forEachField(root, [&](std::string_view key, JsonReader::Value value) {
            if (key == "type")
                type = stringOf(value);
            else if (key == "response")
                forEachField(value, [&](std::string_view name, JsonReader::Value field) {
                    if (!state.take(name, field))
                        readMember(name, field);
                });
            else if (key == "delta")
                deltaBytes = static_cast<std::int64_t>(stringOf(value).size());
            else if (key == "message")
                keep(message, value);
            else if (key == "code")
                keep(code, value);
            else if (!state.take(key, value))
                readMember(key, value);
        });
        if (!state.status.empty() && !state.id.empty()) {
            // Of a body, only background work is not done; of a stream, any that goes on.
            m_responseId = state.id;
            m_saysBackground = m_saysBackground || state.background;
            m_background = m_background || state.background || type.empty();
            m_pending = m_background && (state.status == "queued" || state.status == "in_progress");
        }
        if (type.ends_with(".delta") && !type.starts_with("response.audio."))
            m_deltaBytes += deltaBytes;
        if (type == "error" && !message.empty())
            m_error = code.empty() ? message : code + ": " + message;
        m_failed = m_failed || type == "error" || type == "response.failed" ||
                   (type == "response.done" && state.status == "failed");
        if (type == "response.done" || type == "response.completed" || type == "response.incomplete" ||
            type == "response.failed" || type == "response.cancelled")
            m_ended = true;
        // The terminal event repeats the whole output: what came piece by piece is not counted twice.
        m_textBytes = std::max(m_deltaBytes, m_wholeBytes);
    }

protected:
    void convert(JsonReader::Object &usage, UsageReport &report) const override
    {
        report.usage = readOpenAiUsage(usage);
    }

private:
    /// How far a response object says it is.
    struct State
    {
        std::string id;
        std::string status;
        bool background = false;

        bool take(std::string_view key, JsonReader::Value &value)
        {
            if (key == "id")
                keep(id, value);
            else if (key == "status")
                keep(status, value);
            else if (key == "background")
                background = typeOf(value) == json_type::boolean && rawOf(value) == "true";
            else
                return false;
            return true;
        }
    };

    void readMember(std::string_view key, JsonReader::Value &value)
    {
        if (key == "usage")
            mergeUsage(value);
        else if (key == "model")
            keep(m_model, value);
        else if (key == "service_tier")
            keep(m_serviceTier, value);
        else if (key == "error")
            readError(value);
        else if (key == "status_details" && typeOf(value) == json_type::object)
            forEachField(value, [this](std::string_view name, JsonReader::Value field) {
                if (name == "error" && typeOf(field) != json_type::null)
                    readError(field);
            });
        else if (key == "output")
            readOutput(value);
    }

    void readOutput(JsonReader::Value &output)
    {
        m_wholeBytes = 0;
        m_toolCalls = 0;
        forEachItem(output, [this](JsonReader::Value item) {
            std::string_view type;
            bool opensPage = false;
            forEachField(item, [&](std::string_view key, JsonReader::Value value) {
                if (key == "type")
                    type = stringOf(value);
                else if (key == "action")
                    forEachField(value, [&](std::string_view name, JsonReader::Value field) {
                        if (name == "type")
                            opensPage = stringOf(field) != "search";
                    });
                else if (key == "content" || key == "summary" || key == "arguments" || key == "input" ||
                         key == "code")
                    m_wholeBytes += textBytesOf(value);
            });
            // Web searches are billed by the search, not by the pages opened from it.
            if ((type == "web_search_call" && !opensPage) || type == "file_search_call")
                ++m_toolCalls;
        });
    }

    std::int64_t m_deltaBytes = 0;
    std::int64_t m_wholeBytes = 0;
    bool m_background = false;
};

} // namespace

std::unique_ptr<ReplyReader> makeResponsesReplyReader()
{
    return std::make_unique<ResponsesReplyReader>();
}

} // namespace farthing
