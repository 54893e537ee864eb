// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/JsonReader.h"
#include "core/providers/UsageExtractor.h"
#include "core/providers/UsageMembers.h"

#include <memory>
#include <string_view>

namespace farthing {

/// One provider's reply format: reads the JSON objects of a reply, one body or a stream's events, in order.
/// How they are framed (SSE, an array, one body) is the extractor's business.
class ReplyReader
{
public:
    ReplyReader() = default;
    virtual ~ReplyReader() = default;
    ReplyReader(const ReplyReader &) = delete;
    ReplyReader &operator=(const ReplyReader &) = delete;

    virtual void read(JsonReader::Object &root) = 0;
    /// One of the reply's headers.
    virtual void readHeader(std::string_view name, std::string_view value)
    {
        (void)name;
        (void)value;
    }
    /// The stream's framing says that the call failed; either may be empty.
    void fail(std::string_view code, std::string_view message);
    /// OpenAI ends a stream with "[DONE]", which is no JSON.
    void endOfStream() { m_ended = true; }
    /// A stream's own end was read: nothing follows.
    [[nodiscard]] bool ended() const { return m_ended; }
    /// What was read may be the last word on the usage, though more may follow.
    [[nodiscard]] bool toldUsage() const { return m_toldUsage; }
    /// What was read so far; `complete` is left to the framing.
    [[nodiscard]] UsageReport report() const;

protected:
    /// Turns the merged usage object into the event's rule. The parts need not be consistent: report() clamps
    /// them.
    virtual void convert(JsonReader::Object &usage, UsageReport &report) const = 0;

    void mergeUsage(JsonReader::Value &value);
    /// Reads an `error` member: an object with a message, a code or both, or a plain string. Null is none.
    void readError(JsonReader::Value &value);
    /// Non-empty strings only: some providers send an empty model in a stream's first event.
    static void keep(std::string &target, JsonReader::Value &value);

    UsageMembers m_usage;
    std::string m_model;
    std::string m_serviceTier;
    std::string m_error;
    std::int64_t m_textBytes = 0;
    std::int64_t m_toolCalls = 0; ///< billed by the piece and counted in the reply, not in its usage
    bool m_ended = false;
    bool m_toldUsage = false;
    bool m_failed = false;
    bool m_pending = false;
    bool m_saysBackground = false;
    std::string m_responseId;
};

std::unique_ptr<ReplyReader> makeOpenAiReplyReader();
std::unique_ptr<ReplyReader> makeResponsesReplyReader();
std::unique_ptr<ReplyReader> makeAnthropicReplyReader();
std::unique_ptr<ReplyReader> makeGeminiReplyReader();
std::unique_ptr<ReplyReader> makeBedrockReplyReader();
std::unique_ptr<ReplyReader> makeCohereReplyReader();
std::unique_ptr<ReplyReader> makeOllamaReplyReader();
/// Reads nothing but errors: for count_tokens, batches and what is passed through.
std::unique_ptr<ReplyReader> makeErrorReplyReader();

/// Bytes of generated text below a value: strings under the names that the wires use for text, tool
/// arguments and reasoning. Signatures, ids, binary data and the like do not count.
std::int64_t textBytesOf(JsonReader::Value &value, int depth = 0);

/// Makes a usage consistent whatever the provider said: nothing negative, no part above its whole, and cached
/// and written input together no more than all input (reads first: what was read from the cache was not
/// written to it).
void clampUsage(TokenUsage &usage);

} // namespace farthing
