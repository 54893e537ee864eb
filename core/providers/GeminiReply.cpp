// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ReplyReader.h"

#include <algorithm>

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

/// Tokens of the AUDIO modality in a list of {"modality", "tokenCount"}.
std::int64_t audioOf(JsonReader::Value &details)
{
    std::int64_t audio = 0;
    forEachItem(details, [&](JsonReader::Value item) {
        bool isAudio = false;
        std::int64_t count = 0;
        forEachField(item, [&](std::string_view key, JsonReader::Value value) {
            if (key == "modality")
                isAudio = stringOf(value) == "AUDIO";
            else if (key == "tokenCount")
                count = countOf(value);
        });
        audio += isAudio ? count : 0;
    });
    return audio;
}

/// Vertex reports the traffic type where the Gemini API reports a service tier.
std::string_view tierOfTraffic(std::string_view traffic)
{
    if (traffic == "ON_DEMAND")
        return "standard";
    if (traffic == "ON_DEMAND_FLEX")
        return "flex";
    if (traffic == "ON_DEMAND_PRIORITY")
        return "priority";
    return traffic == "PROVISIONED_THROUGHPUT" ? "provisioned_throughput" : std::string_view();
}

/// Gemini's generateContent, streamed or not, and embedContent. A stream's counts are cumulative
/// (ai.google.dev, "UsageMetadata").
class GeminiReplyReader final : public ReplyReader
{
public:
    void read(JsonReader::Object &root) override
    {
        bool finished = false;
        bool goesOn = false;
        bool sawUsage = false;
        forEachField(root, [&](std::string_view key, JsonReader::Value value) {
            if (key == "candidates") {
                forEachItem(value, [&](JsonReader::Value candidate) {
                    const bool last = readCandidate(candidate);
                    finished = finished || last;
                    goesOn = goesOn || !last;
                });
            } else if (key == "usageMetadata") {
                sawUsage = typeOf(value) == json_type::object;
                mergeUsage(value);
            } else if (key == "modelVersion") {
                keep(m_model, value);
            } else if (key == "error") {
                readError(value);
            }
        });
        // Each candidate ends with a reason, and some models give one with each chunk.
        m_toldUsage = !goesOn && (m_toldUsage || (finished && sawUsage));
    }

protected:
    void convert(JsonReader::Object &usage, UsageReport &report) const override
    {
        std::int64_t prompt = 0;
        std::int64_t toolUsePrompt = 0;
        std::int64_t candidates = 0;
        TokenUsage &result = report.usage;
        forEachField(usage, [&](std::string_view key, JsonReader::Value value) {
            if (key == "promptTokenCount")
                prompt = countOf(value);
            else if (key == "toolUsePromptTokenCount")
                toolUsePrompt = countOf(value);
            else if (key == "cachedContentTokenCount")
                result.cachedInput = countOf(value);
            else if (key == "candidatesTokenCount" || key == "responseTokenCount")
                candidates = countOf(value);
            else if (key == "thoughtsTokenCount")
                result.reasoning = countOf(value);
            else if (key == "promptTokensDetails" || key == "toolUsePromptTokensDetails" ||
                     key == "promptTokenDetails")
                result.inputAudio += audioOf(value);
            else if (key == "candidatesTokensDetails" || key == "responseTokensDetails")
                result.outputAudio += audioOf(value);
            else if (key == "serviceTier")
                keep(report.serviceTier, value);
            else if (key == "trafficType" && report.serviceTier.empty())
                report.serviceTier = tierOfTraffic(stringOf(value));
        });
        result.input = prompt + toolUsePrompt;
        result.output = candidates + result.reasoning;
        // Grounding is billed by the query on Gemini 3, by the grounded prompt before (ai.google.dev,
        // "Pricing").
        result.serverToolCalls =
            m_model.starts_with("gemini-3") ? m_queries : std::min<std::int64_t>(m_queries, 1);
    }

private:
    /// True where the candidate says why it finished.
    bool readCandidate(JsonReader::Value &candidate)
    {
        bool finished = false;
        forEachField(candidate, [&](std::string_view key, JsonReader::Value value) {
            if (key == "content")
                m_textBytes += textBytesOf(value);
            else if (key == "finishReason")
                finished = !stringOf(value).empty();
            else if (key == "groundingMetadata")
                countSearches(value);
        });
        return finished;
    }

    void countSearches(JsonReader::Value &grounding)
    {
        forEachField(grounding, [this](std::string_view key, JsonReader::Value value) {
            std::int64_t queries = 0;
            if (key == "webSearchQueries")
                forEachItem(value, [&](JsonReader::Value) { ++queries; });
            m_queries = std::max(m_queries, queries);
        });
    }

    std::int64_t m_queries = 0;
};

} // namespace

std::unique_ptr<ReplyReader> makeGeminiReplyReader()
{
    return std::make_unique<GeminiReplyReader>();
}

} // namespace farthing
