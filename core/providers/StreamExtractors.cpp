// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/StreamExtractors.h"

#include "core/base/Base64.h"
#include "core/providers/AwsEventStream.h"
#include "core/providers/JsonSplitter.h"
#include "core/providers/SseParser.h"

namespace farthing {

namespace {

/// What the ways of cutting a stream share: its reader knows when it has ended.
class StreamExtractor : public UsageExtractor
{
public:
    explicit StreamExtractor(std::unique_ptr<ReplyReader> reader)
        : m_reader(std::move(reader))
    {}

    [[nodiscard]] bool sawEnd() const override { return m_reader->ended(); }
    [[nodiscard]] UsageReport finish() override
    {
        UsageReport report = m_reader->report();
        // What counts no token of the text that came is not the last word.
        const bool counts = report.usage.output > 0 || report.outputTextBytes == 0;
        report.complete = m_reader->ended() || (m_reader->toldUsage() && counts);
        return report;
    }

protected:
    [[nodiscard]] ReplyReader &reader() const { return *m_reader; }

private:
    std::unique_ptr<ReplyReader> m_reader;
};

class SseExtractor final : public StreamExtractor
{
public:
    using StreamExtractor::StreamExtractor;

    void feed(std::string_view decoded) override
    {
        m_parser.feed(decoded, [this](const SseParser::Event &event) {
            if (event.data == "[DONE]")
                reader().endOfStream();
            else
                readObject(reader(), event.data);
        });
    }

private:
    SseParser m_parser;
};

class JsonLinesExtractor final : public StreamExtractor
{
public:
    using StreamExtractor::StreamExtractor;

    void feed(std::string_view decoded) override
    {
        m_splitter.feed(decoded, [this](std::string_view object) { readObject(reader(), object); });
    }

private:
    JsonSplitter m_splitter{JsonSplitter::Objects::OneAfterTheOther};
};

/// The message of an exception's payload, {"message": "…"}.
std::string messageIn(std::string_view payload)
{
    std::string message;
    JsonReader parser;
    JsonReader::Object root;
    if (parser.open(payload, root))
        forEachField(root, [&message](std::string_view key, JsonReader::Value value) {
            if (key == "message" || key == "Message")
                message = stringOf(value);
        });
    return message;
}

/// ConverseStream's events are JSON; InvokeModelWithResponseStream's hold the model's own JSON, in Base64.
class AwsEventExtractor final : public StreamExtractor
{
public:
    using StreamExtractor::StreamExtractor;

    void feed(std::string_view decoded) override
    {
        m_stream.feed(decoded, [this](const AwsEventStream::Message &message) {
            if (message.type == "exception")
                reader().fail(message.name, messageIn(message.payload));
            else if (message.type == "error")
                reader().fail(message.name, message.error);
            else if (message.name == "chunk")
                readObject(reader(), modelsJson(message.payload));
            else
                readObject(reader(), message.payload);
        });
        if (!m_stream.fault().empty())
            reader().fail({}, m_stream.fault());
    }

private:
    static std::string modelsJson(std::string_view payload)
    {
        std::string json;
        thread_local JsonReader parser;
        JsonReader::Object root;
        if (parser.open(payload, root))
            forEachField(root, [&json](std::string_view key, JsonReader::Value value) {
                if (key == "bytes")
                    json = base64Decoded(stringOf(value));
            });
        parser.shrink();
        return json;
    }

    AwsEventStream m_stream;
};

} // namespace

bool readObject(ReplyReader &reader, std::string_view json)
{
    thread_local JsonReader parser;
    JsonReader::Object root;
    const bool opened = parser.open(json, root);
    if (opened)
        reader.read(root);
    parser.shrink();
    return opened;
}

std::unique_ptr<UsageExtractor> makeSseExtractor(std::unique_ptr<ReplyReader> reader)
{
    return std::make_unique<SseExtractor>(std::move(reader));
}

std::unique_ptr<UsageExtractor> makeAwsEventExtractor(std::unique_ptr<ReplyReader> reader)
{
    return std::make_unique<AwsEventExtractor>(std::move(reader));
}

std::unique_ptr<UsageExtractor> makeJsonLinesExtractor(std::unique_ptr<ReplyReader> reader)
{
    return std::make_unique<JsonLinesExtractor>(std::move(reader));
}

} // namespace farthing
