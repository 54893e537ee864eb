// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Files.h"
#include "core/providers/UsageExtractor.h"

#include <QTest>

#include <filesystem>
#include <map>
#include <random>

#include <nlohmann/json.hpp>

using namespace farthing;
using nlohmann::json;

namespace {

std::filesystem::path wireFolder()
{
    const QByteArray shared = qgetenv("FARTHING_SHARED_DATA");
    const std::filesystem::path root =
        shared.isEmpty() ? std::filesystem::path(FARTHING_SOURCE_DIR).parent_path() / "shared" / "data"
                         : std::filesystem::path(shared.toStdString());
    return root / "wire";
}

/// The wires that Farthing does not speak, by name, so that nothing is left out silently; empty for those it
/// does.
std::string otherWireOf(const json &entry)
{
    const std::string api = entry.at("api");
    if (entry.at("provider") == "cohere")
        return "Cohere " + api;
    return api.starts_with("converse") || api.starts_with("invoke") ? "Bedrock " + api : std::string();
}

struct Deviation
{
    const char *reason;
    TokenUsage expected; ///< what the event's rule makes of the body
};

/// Entries whose body contradicts itself: the manifest copies what it says, an event has to be consistent.
const std::map<std::string, Deviation> deviations = {
    {"d167",
     {"total_tokens 100 exceeds prompt 66 + completion 6: the 28 hidden thinking tokens are billed as output",
      {.input = 66, .output = 34, .reasoning = 28}}},
    {"d375",
     {"2,161 tokens reported both as read from and as written to the cache, of 2,168: reads first, writes "
      "the rest",
      {.input = 2168, .cachedInput = 2161, .cacheWrite5m = 7, .output = 100}}},
    {"d388",
     {"11 reasoning tokens in 10 completion tokens (total 53 = 43 + 10): a part cannot exceed its whole",
      {.input = 43, .output = 10, .reasoning = 10}}},
};

TokenUsage fromManifest(const json &u)
{
    const auto count = [&](const char *key) { return u.at(key).get<std::int64_t>(); };
    return {.input = count("input_total"),
            .cachedInput = count("cache_read"),
            .cacheWrite5m = count("cache_write_5m") + count("cache_write_unspecified"),
            .cacheWrite1h = count("cache_write_1h"),
            .inputAudio = count("audio_in"),
            .output = count("output_total"),
            .reasoning = count("reasoning"),
            .outputAudio = count("audio_out")};
}

/// What was paid where iterations ran: their sum, from the usage object that the manifest kept.
TokenUsage fromIterations(const json &entry, const TokenUsage &top)
{
    TokenUsage sum;
    sum.reasoning = top.reasoning;
    for (const json &iteration : entry.at("usage_raw").at("iterations")) {
        const auto count = [&](const char *key) { return iteration.value(key, std::int64_t{0}); };
        const json split = iteration.value("cache_creation", json::object());
        const std::int64_t written = count("cache_creation_input_tokens");
        const std::int64_t written1h = split.value("ephemeral_1h_input_tokens", std::int64_t{0});
        sum.input += count("input_tokens") + count("cache_read_input_tokens") + written;
        sum.cachedInput += count("cache_read_input_tokens");
        sum.cacheWrite5m += written - written1h;
        sum.cacheWrite1h += written1h;
        sum.output += count("output_tokens");
    }
    return sum;
}

Endpoint endpointOf(const json &entry)
{
    const std::string provider = entry.at("provider");
    const Wire wire = provider == "anthropic"                        ? Wire::Anthropic
                      : provider == "gemini" || provider == "vertex" ? Wire::Gemini
                                                                     : Wire::OpenAi;
    return classifyEndpoint(wire, "POST", entry.at("request_path").get<std::string>());
}

/// Sizes of the pieces a body is fed in; the last is repeated.
std::vector<std::vector<std::size_t>> cutsOf(const std::string &body)
{
    std::vector<std::vector<std::size_t>> cuts = {{body.size()}, {1}, {7}};
    std::mt19937 random(static_cast<unsigned>(body.size()));
    std::vector<std::size_t> pieces;
    for (std::size_t at = 0; at < body.size(); at += pieces.back())
        pieces.push_back(1 + random() % 300);
    cuts.push_back(pieces);
    // On, just before and just after each line end: where events, and CR from LF, come apart.
    for (const std::size_t shift : {0, 1, 2}) {
        pieces.clear();
        std::size_t last = 0;
        for (std::size_t at = body.find('\n'); at != std::string::npos; at = body.find('\n', at + 1))
            if (at + shift > last) {
                pieces.push_back(at + shift - last);
                last = at + shift;
            }
        pieces.push_back(body.size());
        cuts.push_back(pieces);
    }
    return cuts;
}

UsageReport extract(const json &entry, const std::string &body, const std::vector<std::size_t> &pieces)
{
    const auto extractor = makeUsageExtractor(endpointOf(entry), entry.at("http_status").get<int>(),
                                              entry.at("content_type").get<std::string>());
    std::size_t at = 0;
    for (std::size_t i = 0; at < body.size(); ++i) {
        const std::size_t size = std::min(pieces[std::min(i, pieces.size() - 1)], body.size() - at);
        // A copy of its own, so that a sanitizer sees a view kept from one piece to the next.
        const std::string piece = body.substr(at, size);
        extractor->feed(piece);
        at += size;
    }
    return extractor->finish();
}

std::string describe(const TokenUsage &u)
{
    return "input " + std::to_string(u.input) + " cached " + std::to_string(u.cachedInput) + " 5m " +
           std::to_string(u.cacheWrite5m) + " 1h " + std::to_string(u.cacheWrite1h) + " audio " +
           std::to_string(u.inputAudio) + " output " + std::to_string(u.output) + " reasoning " +
           std::to_string(u.reasoning) + " audio " + std::to_string(u.outputAudio);
}

} // namespace

class TestWireManifest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        const auto text = readFile(wireFolder() / "manifest.json");
        if (!text)
            QSKIP("the recorded provider replies (shared data, wire/manifest.json) are not here");
        m_manifest = json::parse(*text, nullptr, false);
        QVERIFY(m_manifest.is_array());
    }

    void endpointsAreRecognisedByTheirRecordedPaths()
    {
        const std::map<std::string, EndpointKind> kinds = {
            {"chat_completions", EndpointKind::ChatCompletions},
            {"responses", EndpointKind::Responses},
            {"completions", EndpointKind::Completions},
            {"embeddings", EndpointKind::OpenAiEmbeddings},
            {"messages", EndpointKind::Messages},
            {"count_tokens", EndpointKind::CountTokens},
            {"gemini_generate", EndpointKind::GenerateContent},
            {"gemini_stream", EndpointKind::StreamGenerateContent},
            {"gemini_embed", EndpointKind::EmbedContent},
        };
        for (const json &entry : m_manifest)
            if (const auto kind = kinds.find(entry.at("api"));
                kind != kinds.end() && entry.at("provider") != "cohere")
                QVERIFY2(endpointOf(entry).kind == kind->second,
                         entry.at("request_path").get<std::string>().c_str());
    }

    void everyTokenFieldEqualsTheManifestAtEveryCut()
    {
        int equal = 0;
        int withoutUsage = 0;
        std::map<std::string, int> other;
        for (const json &entry : m_manifest) {
            const std::string id = entry.at("id");
            if (const std::string wire = otherWireOf(entry); !wire.empty()) {
                ++other[wire];
                continue;
            }
            const auto body = readFile(wireFolder() / entry.at("file").get<std::string>());
            QVERIFY2(body.ok(), id.c_str());
            const bool hasUsage = entry.at("usage").is_object();
            TokenUsage expected = hasUsage ? fromManifest(entry.at("usage")) : TokenUsage{};
            if (entry.contains("iterations_sum") && entry.at("iterations_sum").is_object())
                expected = fromIterations(entry, expected);
            const auto deviation = deviations.find(id);
            if (deviation != deviations.end()) {
                QVERIFY2(!(deviation->second.expected == expected), (id + " deviates no more").c_str());
                expected = deviation->second.expected;
            }

            for (const auto &pieces : cutsOf(*body)) {
                UsageReport report = extract(entry, *body, pieces);
                report.usage.serverToolCalls = 0; // counted by calls, which the manifest does not
                const std::string message = id + " first piece " + std::to_string(pieces.front()) + ": " +
                                            describe(report.usage) + ", expected " + describe(expected);
                QVERIFY2(report.usage == expected, message.c_str());
                QVERIFY2(report.reported == hasUsage, message.c_str());
            }
            if (deviation != deviations.end())
                qInfo("%s differs: %s", id.c_str(), deviation->second.reason);
            else
                ++(hasUsage ? equal : withoutUsage);
        }
        qInfo("%d bodies with usage equal the manifest, %d without usage agree, %zu differ for the reasons "
              "above",
              equal, withoutUsage, deviations.size());
        for (const auto &[wire, count] : other)
            qInfo("another wire, not read: %s %d", wire.c_str(), count);
        QVERIFY(equal > 0);
    }

    void modelsAndErrorsAreRead()
    {
        int models = 0;
        for (const json &entry : m_manifest) {
            if (!otherWireOf(entry).empty() || entry.at("api") == "count_tokens")
                continue;
            const std::string id = entry.at("id");
            const auto body = readFile(wireFolder() / entry.at("file").get<std::string>());
            QVERIFY2(body.ok(), id.c_str());
            const UsageReport report = extract(entry, *body, {body->size()});
            if (entry.at("model_in_body").is_string()) {
                QVERIFY2(report.responseModel == entry.at("model_in_body").get<std::string>(),
                         (id + " " + report.responseModel).c_str());
                ++models;
            }
            if (entry.at("http_status").get<int>() >= 400)
                QVERIFY2(!report.error.empty(), id.c_str());
        }
        qInfo("%d response models equal the manifest", models);
        QVERIFY(models > 0);
    }

private:
    json m_manifest;
};

QTEST_GUILESS_MAIN(TestWireManifest)
#include "tst_wire_manifest.moc"
