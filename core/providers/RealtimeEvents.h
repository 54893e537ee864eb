// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/UsageExtractor.h"

#include <memory>
#include <string>
#include <string_view>

namespace farthing {

class ReplyReader;

/// What the first bytes of a server event of OpenAI's Realtime, or of its Responses over a WebSocket, say
/// about it: audio is large and frequent, and not parsed.
struct RealtimeEventHead
{
    std::string_view type; ///< empty where it stands further behind
    std::string_view responseId;

    static RealtimeEventHead read(std::string_view head);
    /// Whether there is something in it to read.
    [[nodiscard]] bool isWorthReading() const;
};

/// What a server event that is worth reading says (platform.openai.com, "Realtime server events").
struct RealtimeEvent
{
    enum class Kind : std::uint8_t { Other, Session, ResponseBegins, ResponseEnds, Transcription };

    Kind kind = Kind::Other;
    std::string responseId;
    std::string sessionId;
    std::string model;                   ///< of the session
    std::string transcriptionModel;      ///< of the session, for what the user said
    std::string audioFormat;             ///< of the session's output: "audio/pcm", "pcm16", "g711_ulaw" …
    std::string workflow, feature, user; ///< of a response's metadata
    bool billsTokens = false;            ///< a transcription may be billed by its length instead

    static RealtimeEvent read(std::string_view json);
};

/// One response among others on a connection: reads the events that it is made of. Where its usage is never
/// told, what was heard of it is counted: a token for each piece of text, 20 for each second of audio.
class RealtimeResponse final : public UsageExtractor
{
public:
    explicit RealtimeResponse(std::string_view audioFormat);
    ~RealtimeResponse() override;

    void feed(std::string_view event) override;
    /// An event that was not worth reading, of which only the type and the size are known.
    void count(std::string_view type, std::uint64_t bytes);
    [[nodiscard]] std::int64_t outputTokens() const;
    [[nodiscard]] bool sawEnd() const override;
    [[nodiscard]] UsageReport finish() override;

private:
    std::unique_ptr<ReplyReader> m_reader;
    std::uint64_t m_bytesPerAudioToken;
    std::uint64_t m_audioBytes = 0;
    std::int64_t m_textTokens = 0;
};

} // namespace farthing
