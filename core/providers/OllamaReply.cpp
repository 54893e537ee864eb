// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ReplyReader.h"

namespace farthing {

namespace {

/// Ollama's own chat, generate and embed (its API documentation): the counts lie beside the text, in the only
/// object or in a stream's last, which says `done`. A prompt that was cached as a whole has no count.
class OllamaReplyReader final : public ReplyReader
{
public:
    void read(JsonReader::Object &root) override
    {
        forEachField(root, [this](std::string_view key, JsonReader::Value value) {
            if (key == "prompt_eval_count" || key == "eval_count")
                m_usage.merge("{\"" + std::string(key) + "\":" + std::string(rawOf(value)) + "}");
            else if (key == "model")
                keep(m_model, value);
            else if (key == "message" || key == "response" || key == "thinking")
                m_textBytes += textBytesOf(value);
            else if (key == "done")
                m_ended = m_ended || rawOf(value) == "true";
            else if (key == "error")
                readError(value);
        });
    }

protected:
    void convert(JsonReader::Object &usage, UsageReport &report) const override
    {
        forEachField(usage, [&report](std::string_view key, JsonReader::Value value) {
            (key == "eval_count" ? report.usage.output : report.usage.input) = countOf(value);
        });
    }
};

} // namespace

std::unique_ptr<ReplyReader> makeOllamaReplyReader()
{
    return std::make_unique<OllamaReplyReader>();
}

} // namespace farthing
