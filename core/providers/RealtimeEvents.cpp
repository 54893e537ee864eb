// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/RealtimeEvents.h"

#include "core/providers/ReplyReader.h"
#include "core/providers/StreamExtractors.h"

#include <algorithm>
#include <array>

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

constexpr std::array<std::string_view, 4> sessionTypes = {
    "session.created", "session.updated", "transcription_session.created", "transcription_session.updated"};
constexpr std::array<std::string_view, 5> endTypes = {
    "response.done", "response.completed", "response.incomplete", "response.failed", "response.cancelled"};
constexpr std::string_view beginType = "response.created";
constexpr std::string_view transcriptionType = "conversation.item.input_audio_transcription.completed";

/// Output audio is a token for each 50 ms ("Managing costs"), in Base64: of PCM at 24 kHz, of G.711 at 8 kHz.
constexpr std::uint64_t pcmBytesPerToken = 3200;
constexpr std::uint64_t g711BytesPerToken = 533;
/// What stands around the audio of a delta.
constexpr std::uint64_t deltaOverhead = 200;

bool contains(const auto &names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

RealtimeEvent::Kind kindOf(std::string_view type)
{
    if (type == beginType)
        return RealtimeEvent::Kind::ResponseBegins;
    if (type == transcriptionType)
        return RealtimeEvent::Kind::Transcription;
    if (contains(endTypes, type))
        return RealtimeEvent::Kind::ResponseEnds;
    return contains(sessionTypes, type) ? RealtimeEvent::Kind::Session : RealtimeEvent::Kind::Other;
}

/// The strings at the surface of an object, in order, as they stand; a key is a string with ':' behind it.
class SurfaceStrings
{
public:
    explicit SurfaceStrings(std::string_view json)
        : m_json(json)
    {}

    /// False at the end of the text. `isKey` says whether `text` names the next value.
    bool next(std::string_view &text, bool &isKey)
    {
        for (; m_at < m_json.size(); ++m_at) {
            const char c = m_json[m_at];
            if (c == '{' || c == '[')
                ++m_depth;
            else if (c == '}' || c == ']')
                --m_depth;
            if (c != '"')
                continue;
            const std::size_t begin = ++m_at;
            while (m_at < m_json.size() && m_json[m_at] != '"')
                m_at += m_json[m_at] == '\\' ? 2 : 1;
            if (m_at >= m_json.size())
                return false;
            if (m_depth != 1)
                continue;
            text = m_json.substr(begin, m_at++ - begin);
            const std::size_t behind = m_json.find_first_not_of(" \t\r\n", m_at);
            isKey = behind != m_json.npos && m_json[behind] == ':';
            return true;
        }
        return false;
    }

private:
    std::string_view m_json;
    std::size_t m_at = 0;
    int m_depth = 0;
};

void take(std::string &target, JsonReader::Value &value)
{
    if (const std::string_view text = stringOf(value); !text.empty())
        target = text;
}

/// "audio/pcm", or {"type": "audio/pcm", "rate": 24000}.
void takeFormat(std::string &target, JsonReader::Value &value)
{
    if (typeOf(value) != json_type::object)
        return take(target, value);
    forEachField(value, [&target](std::string_view key, JsonReader::Value field) {
        if (key == "type")
            take(target, field);
    });
}

void takeModel(std::string &target, JsonReader::Value &value)
{
    if (typeOf(value) == json_type::object)
        forEachField(value, [&target](std::string_view key, JsonReader::Value field) {
            if (key == "model")
                take(target, field);
        });
}

/// {"input": {"transcription": {"model"}}, "output": {"format"}}, as it is since the general availability.
void readAudio(JsonReader::Value &audio, RealtimeEvent &event)
{
    forEachField(audio, [&event](std::string_view side, JsonReader::Value value) {
        forEachField(value, [&event, side](std::string_view key, JsonReader::Value field) {
            if (side == "input" && key == "transcription")
                takeModel(event.transcriptionModel, field);
            else if (side == "output" && key == "format")
                takeFormat(event.audioFormat, field);
        });
    });
}

void readSession(JsonReader::Value &session, RealtimeEvent &event)
{
    forEachField(session, [&event](std::string_view key, JsonReader::Value value) {
        if (key == "id")
            take(event.sessionId, value);
        else if (key == "model")
            take(event.model, value);
        else if (key == "input_audio_transcription")
            takeModel(event.transcriptionModel, value);
        else if (key == "output_audio_format")
            takeFormat(event.audioFormat, value);
        else if (key == "audio")
            readAudio(value, event);
    });
}

void readResponse(JsonReader::Value &response, RealtimeEvent &event)
{
    forEachField(response, [&event](std::string_view key, JsonReader::Value value) {
        if (key == "id")
            take(event.responseId, value);
        else if (key == "metadata" && typeOf(value) == json_type::object)
            forEachField(value, [&event](std::string_view name, JsonReader::Value field) {
                if (name == "workflow")
                    take(event.workflow, field);
                else if (name == "feature")
                    take(event.feature, field);
                else if (name == "user_id")
                    take(event.user, field);
            });
    });
}

} // namespace

RealtimeEventHead RealtimeEventHead::read(std::string_view head)
{
    RealtimeEventHead found;
    SurfaceStrings strings(head);
    std::string_view key;
    std::string_view text;
    bool isKey = false;
    while ((found.type.empty() || found.responseId.empty()) && strings.next(text, isKey)) {
        if (isKey)
            key = text;
        else if (key == "type")
            found.type = text;
        else if (key == "response_id")
            found.responseId = text;
    }
    return found;
}

bool RealtimeEventHead::isWorthReading() const
{
    return type.empty() || kindOf(type) != RealtimeEvent::Kind::Other;
}

RealtimeEvent RealtimeEvent::read(std::string_view json)
{
    RealtimeEvent event;
    thread_local JsonReader reader;
    JsonReader::Object root;
    if (!reader.open(json, root))
        return event;
    forEachField(root, [&event](std::string_view key, JsonReader::Value value) {
        if (key == "type")
            event.kind = kindOf(stringOf(value));
        else if (key == "session" && typeOf(value) == json_type::object)
            readSession(value, event);
        else if (key == "response" && typeOf(value) == json_type::object)
            readResponse(value, event);
        else if (key == "usage" && typeOf(value) == json_type::object)
            forEachField(value, [&event](std::string_view name, JsonReader::Value field) {
                if (name == "type")
                    event.billsTokens = stringOf(field) != "duration";
            });
    });
    reader.shrink();
    return event;
}

RealtimeResponse::RealtimeResponse(std::string_view audioFormat)
    : m_reader(makeResponsesReplyReader())
    , m_bytesPerAudioToken(audioFormat.find("711") != audioFormat.npos ||
                                   audioFormat.find("pcmu") != audioFormat.npos ||
                                   audioFormat.find("pcma") != audioFormat.npos
                               ? g711BytesPerToken
                               : pcmBytesPerToken)
{}

RealtimeResponse::~RealtimeResponse() = default;

void RealtimeResponse::feed(std::string_view event)
{
    readObject(*m_reader, event);
}

void RealtimeResponse::count(std::string_view type, std::uint64_t bytes)
{
    if (type == "response.output_audio.delta" || type == "response.audio.delta")
        m_audioBytes += bytes - std::min(bytes, deltaOverhead);
    else if (type.ends_with(".delta"))
        ++m_textTokens;
}

std::int64_t RealtimeResponse::outputTokens() const
{
    return m_textTokens + static_cast<std::int64_t>(m_audioBytes / m_bytesPerAudioToken);
}

bool RealtimeResponse::sawEnd() const
{
    return m_reader->ended();
}

UsageReport RealtimeResponse::finish()
{
    UsageReport report = m_reader->report();
    report.complete = m_reader->ended();
    report.outputTextBytes = 0; // of spoken text, which says nothing about tokens of audio
    if (!report.reported) {
        report.usage.outputAudio = outputTokens() - m_textTokens;
        report.usage.output = outputTokens();
    }
    return report;
}

} // namespace farthing
