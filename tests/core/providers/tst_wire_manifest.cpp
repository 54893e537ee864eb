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
                           streamFormOf(entry.at("content_type").get<std::string>(), StreamForm::None));
    for (const auto &[name, value] : usageHeadersOf(entry))
        extractor->readHeader(name, value);
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
            {"converse", EndpointKind::Converse},
            {"converse_stream", EndpointKind::ConverseStream},
            {"invoke", EndpointKind::InvokeModel},
            {"invoke_stream", EndpointKind::InvokeModelStream},
            {"cohere_chat", EndpointKind::CohereChat},
        };
        for (const json &entry : m_manifest) {
            const bool cohereEmbed = entry.at("provider") == "cohere" && entry.at("api") == "embeddings";
            const EndpointKind kind = cohereEmbed ? EndpointKind::CohereEmbed : kinds.at(entry.at("api"));
            QVERIFY2(endpointOf(entry).kind == kind, entry.at("request_path").get<std::string>().c_str());
        }
    }

    void everyTokenFieldEqualsTheManifestAtEveryCut()
    {
        Tally tally;
        std::size_t deviating = 0;
        for (const json &entry : m_manifest) {
            const std::string id = entry.at("id");
            const auto body = readFile(wireFolder() / entry.at("file").get<std::string>());
            QVERIFY2(body.ok(), id.c_str());
            const TokenUsage expected = expectedUsage(entry);
            for (const auto &pieces : cutsOf(*body)) {
                UsageReport report = extract(entry, *body, pieces);
                report.usage.serverToolCalls = 0; // counted by calls, which the manifest does not
                const std::string message = id + " first piece " + std::to_string(pieces.front()) + ": " +
                                            describe(report.usage) + ", expected " + describe(expected);
                QVERIFY2(report.usage == expected, message.c_str());
                QVERIFY2(report.reported == reportsUsage(entry), message.c_str());
            }
            const auto deviation = deviations.find(id);
            if (deviation == deviations.end()) {
                tally.add(entry, reportsUsage(entry) ? "exact" : "without usage");
                continue;
            }
            const bool hasUsage = entry.at("usage").is_object();
            QVERIFY2(!hasUsage || !(fromManifest(entry.at("usage")) == expected),
                     (id + " deviates no more").c_str());
            qInfo("%s differs: %s", id.c_str(), deviation->second.reason);
            tally.add(entry, "by the reason above");
            ++deviating;
        }
        tally.print();
        QCOMPARE(deviating, deviations.size());
    }

    void modelsAndErrorsAreRead()
    {
        int models = 0;
        for (const json &entry : m_manifest) {
            if (entry.at("api") == "count_tokens")
                continue;
            const std::string id = entry.at("id");
            const auto body = readFile(wireFolder() / entry.at("file").get<std::string>());
            QVERIFY2(body.ok(), id.c_str());
            const UsageReport report = extract(entry, *body, {body->size()});
            if (endpointOf(entry).wire == Wire::Bedrock) {
                QVERIFY2(report.responseModel.empty(), id.c_str()); // the path's id has the region
            } else if (entry.at("model_in_body").is_string()) {
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
