// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/UsageExtractor.h"

#include "core/providers/JsonSplitter.h"
#include "core/providers/JsonThinner.h"
#include "core/providers/ReplyReader.h"
#include "core/providers/StreamExtractors.h"

#include <optional>
#include <utility>

namespace farthing {

namespace {

/// Of a body, beyond what is thinned out of it.
constexpr std::size_t maxBodyBytes = std::size_t{128} << 20;
constexpr std::size_t blockBytes = std::size_t{1} << 20;
/// Embeddings and images, some 70 MB and many at once.
constexpr std::size_t thinnedBeyond = std::size_t{256} << 10;

/// One JSON body, or an array of objects as Gemini streams it; the first significant byte tells.
class JsonExtractor final : public UsageExtractor
{
public:
    explicit JsonExtractor(std::unique_ptr<ReplyReader> reader)
        : m_reader(std::move(reader))
    {}

    void readHeader(std::string_view name, std::string_view value) override
    {
        m_reader->readHeader(name, value);
    }
    void feed(std::string_view decoded) override
    {
        if (m_shape == Shape::Unknown) {
            const std::size_t first = decoded.find_first_not_of(" \t\r\n");
            if (first == std::string_view::npos)
                return;
            decoded.remove_prefix(first);
            m_shape = decoded.front() == '['   ? Shape::Array
                      : decoded.front() == '{' ? Shape::Body
                                               : Shape::Other;
        }
        if (m_shape == Shape::Array) {
            m_splitter.feed(decoded, [this](std::string_view element) { readObject(*m_reader, element); });
        } else if (m_shape == Shape::Body) {
            take(decoded);
        } else {
            m_tooLarge = true;
        }
    }
    [[nodiscard]] std::size_t unread() const override
    {
        return m_shape == Shape::Body && !m_tooLarge && !m_bodyRead ? m_bytes : 0;
    }
    [[nodiscard]] bool sawEnd() const override { return m_splitter.closed(); }
    [[nodiscard]] UsageReport finish() override
    {
        if (unread() > 0) {
            m_bodyWhole = readObject(*m_reader, wholeBody());
            m_bodyRead = true;
        }
        UsageReport report = m_reader->report();
        report.complete =
            m_bodyWhole || m_splitter.closed() || (m_shape == Shape::Array && m_reader->toldUsage());
        // A body that broke off says nothing about its parts: most of it is text.
        if (m_shape == Shape::Body && !m_bodyWhole)
            report.outputTextBytes = static_cast<std::int64_t>(m_bytes);
        return report;
    }

private:
    enum class Shape : std::uint8_t { Unknown, Body, Array, Other };

    void take(std::string_view decoded)
    {
        if (!m_thinner && m_bytes + decoded.size() <= thinnedBeyond)
            return keep(decoded);
        if (!m_thinner) {
            m_thinner.emplace();
            m_bytes = 0;
            for (const std::string &block : std::exchange(m_blocks, {}))
                thin(block);
        }
        thin(decoded);
    }
    void thin(std::string_view decoded)
    {
        m_thinner->feed(decoded, [this](std::string_view kept) { keep(kept); });
    }
    /// In blocks: a long body that had to move as it grows would hold up what else waits for this thread.
    void keep(std::string_view decoded)
    {
        if (m_tooLarge || m_bytes + decoded.size() > maxBodyBytes)
            return giveUp();
        m_bytes += decoded.size();
        m_bodyRead = m_bodyWhole;
        if (m_blocks.empty() || m_blocks.back().size() + decoded.size() > blockBytes)
            m_blocks.emplace_back();
        m_blocks.back().append(decoded);
    }
    void giveUp()
    {
        m_tooLarge = true;
        m_blocks = {};
        m_bytes = 0;
    }
    const std::string &wholeBody()
    {
        m_blocks.front().reserve(m_bytes);
        for (std::size_t i = 1; i < m_blocks.size(); ++i)
            m_blocks.front() += m_blocks[i];
        m_blocks.resize(1);
        return m_blocks.front();
    }

    std::unique_ptr<ReplyReader> m_reader;
    JsonSplitter m_splitter{JsonSplitter::Objects::InAnArray};
    std::optional<JsonThinner> m_thinner; ///< of a large body
    std::vector<std::string> m_blocks;
    std::size_t m_bytes = 0;
    Shape m_shape = Shape::Unknown;
    bool m_tooLarge = false;
    bool m_bodyRead = false; ///< as far as it was fed
    bool m_bodyWhole = false;
};

/// What has no tokens and succeeded has nothing to say, and may be a file of any size.
class NothingExtractor final : public UsageExtractor
{
public:
    void feed(std::string_view) override {}
    [[nodiscard]] bool sawEnd() const override { return false; }
    [[nodiscard]] UsageReport finish() override
    {
        UsageReport report;
        report.complete = true; // no usage is missing
        return report;
    }
};

std::unique_ptr<ReplyReader> readerFor(EndpointKind kind)
{
    switch (kind) {
    case EndpointKind::ChatCompletions:
    case EndpointKind::Completions:
    case EndpointKind::OpenAiEmbeddings:
        return makeOpenAiReplyReader();
    case EndpointKind::Responses:
    case EndpointKind::FetchedResponse:
        return makeResponsesReplyReader();
    case EndpointKind::Messages:
        return makeAnthropicReplyReader();
    case EndpointKind::GenerateContent:
    case EndpointKind::StreamGenerateContent:
    case EndpointKind::EmbedContent:
        return makeGeminiReplyReader();
    case EndpointKind::Converse:
    case EndpointKind::ConverseStream:
    case EndpointKind::InvokeModel:
    case EndpointKind::InvokeModelStream:
        return makeBedrockReplyReader();
    case EndpointKind::CohereChat:
    case EndpointKind::CohereEmbed:
    case EndpointKind::CohereRerank:
        return makeCohereReplyReader();
    case EndpointKind::OllamaChat:
    case EndpointKind::OllamaGenerate:
    case EndpointKind::OllamaEmbed:
        return makeOllamaReplyReader();
    case EndpointKind::CountTokens:
    case EndpointKind::Batch:
    case EndpointKind::Images:
    case EndpointKind::Audio:
    case EndpointKind::Videos:
    case EndpointKind::Rerank:
    case EndpointKind::Ocr:
    case EndpointKind::Unmetered:
    case EndpointKind::Other:
        break;
    }
    return makeErrorReplyReader();
}

} // namespace

std::unique_ptr<UsageExtractor> makeUsageExtractor(const Endpoint &endpoint, int httpStatus, StreamForm form)
{
    constexpr int firstErrorStatus = 400;
    if (!endpoint.mayReportUsage() && httpStatus < firstErrorStatus)
        return std::make_unique<NothingExtractor>();
    auto reader = readerFor(endpoint.kind);
    switch (form) {
    case StreamForm::ServerSentEvents:
        return makeSseExtractor(std::move(reader));
    case StreamForm::AwsEvents:
        return makeAwsEventExtractor(std::move(reader));
    case StreamForm::JsonLines:
        return makeJsonLinesExtractor(std::move(reader));
    case StreamForm::None:
        break;
    }
    return std::make_unique<JsonExtractor>(std::move(reader));
}

} // namespace farthing
