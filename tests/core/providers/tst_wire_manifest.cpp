// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/WireManifest.h"
#include "core/providers/WireText.h"

#include <QTest>

using namespace farthing;
using namespace farthing::wire;

namespace {

UsageReport extract(const json &entry, const std::string &body, const std::vector<std::size_t> &pieces)
{
    const auto extractor =
        makeUsageExtractor(endpointOf(entry), entry.at("http_status").get<int>(),
                           isEventStream(entry.at("content_type").get<std::string>(), false));
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
