// SPDX-License-Identifier: GPL-3.0-or-later
// Every recorded reply of the wires that Farthing speaks, through the built proxy: bytes and tokens.
#include "core/providers/WireManifest.h"
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QTest>

using namespace farthing;
using namespace farthing::wire;

namespace {

constexpr const char *entryHeader = "x-test-entry";

std::string upstreamOf(Wire wire)
{
    return "rec-" + std::string(nameOf(wire));
}

/// Streams that cannot pass byte for byte, by reason.
const std::map<std::string, const char *> bodiesThatDiffer = {
    {"d229",
     "the provider sends its usage chunk unasked; once usage is asked for on the client's behalf, that chunk "
     "cannot be told from the one that was asked for"},
};

/// Pieces that end on, before and after line ends, and inside names.
std::vector<std::string> awkwardPieces(const std::string &body, std::size_t whichCut)
{
    const auto cuts = cutsOf(body);
    const auto &sizes = cuts[whichCut % cuts.size()];
    std::vector<std::string> pieces;
    std::size_t at = 0;
    for (std::size_t i = 0; at < body.size(); ++i) {
        pieces.push_back(body.substr(at, sizes[std::min(i, sizes.size() - 1)]));
        at += pieces.back().size();
    }
    return pieces;
}

} // namespace

class TestProxyWire : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto text = readFile(wireFolder() / "manifest.json");
        if (!text)
            QSKIP("the recorded provider replies (shared data, wire/manifest.json) are not here");
        for (const json &entry : json::parse(*text))
            m_entries[entry.at("id").get<std::string>()] = entry;
        QCOMPARE(m_entries.size(), std::size_t{407});
    }

    void everyBodyIsByteIdenticalAndEveryEventExact()
    {
        StubUpstream upstream([this](const HttpMessage &request) {
            const json &entry = m_entries.at(request.headers.at(entryHeader));
            const std::string body = *readFile(wireFolder() / entry.at("file").get<std::string>());
            const int status = entry.at("http_status").get<int>();
            const std::string type = entry.at("content_type").get<std::string>();
            std::string headers;
            for (const auto &[name, value] : usageHeadersOf(entry))
                headers += name + ": " + value + "\r\n";
            if (!entry.at("stream").get<bool>())
                return StubUpstream::plain(status, type, body, headers);
            // One byte a chunk would test the stub's patience more than the proxy.
            return StubUpstream::chunked(status, type,
                                         awkwardPieces(body, 2 + std::hash<std::string>{}(body) % 5));
        });
        FarthingdProcess proxy;
        json config;
        for (const Wire wire : {Wire::OpenAi, Wire::Anthropic, Wire::Gemini, Wire::Bedrock, Wire::Cohere})
            config["upstreams"][upstreamOf(wire)] = {{"base_url", upstream.url()}, {"wire", nameOf(wire)}};
        proxy.writeConfig(QByteArray::fromStdString(config.dump()));
        QVERIFY2(proxy.start(), proxy.log().constData());

        std::map<std::string, std::string> entryOfEvent;
        std::vector<std::string> bodyDiffers;
        for (const auto &[id, entry] : m_entries) {
            const Endpoint endpoint = endpointOf(entry);
            std::string body = "{}";
            if (entry.contains("request_file") && entry.at("request_file").is_string())
                body = *readFile(wireFolder() / entry.at("request_file").get<std::string>());
            std::string target =
                std::string("/up/") + upstreamOf(endpoint.wire) + entry.at("request_path").get<std::string>();
            if (entry.contains("request_query") && entry.at("request_query").is_string() &&
                !entry.at("request_query").get<std::string>().empty())
                target += "?" + entry.at("request_query").get<std::string>();
            const HttpMessage reply = exchange(
                proxy.port(), "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + entryHeader + ": " +
                                  id + "\r\nContent-Type: application/json\r\n" +
                                  "Connection: close\r\nContent-Length: " + std::to_string(body.size()) +
                                  "\r\n\r\n" + body);
            QVERIFY2(reply.complete, id.c_str());
            QCOMPARE(reply.status(), entry.at("http_status").get<int>());
            entryOfEvent[reply.headers.at("x-farthing-event-id")] = id;
            if (reply.body != *readFile(wireFolder() / entry.at("file").get<std::string>()))
                bodyDiffers.push_back(id);
        }
        QVERIFY2(proxy.stop(), proxy.log().constData());

        Tally tally;
        std::map<std::string, int> unpriced; // of the hosts whose prices are their own
        std::vector<std::string> wrong;
        const auto events = proxy.events();
        QCOMPARE(events.size(), m_entries.size());
        for (const CostEvent &event : events) {
            const std::string id = entryOfEvent.at(event.eventId.toString());
            TokenUsage got = event.usage;
            got.serverToolCalls = 0; // the manifest does not count them
            const json &entry = m_entries[id];
            if (got != expectedUsage(entry) &&
                (reportsUsage(entry) || event.usageSource != UsageSource::Estimated))
                wrong.push_back(id + ": " + describe(got) + ", expected " + describe(expectedUsage(entry)));
            if (const Wire wire = endpointOf(entry).wire;
                !event.priced && (wire == Wire::Bedrock || wire == Wire::Cohere))
                ++unpriced[event.model()];
            if (!reportsUsage(entry))
                tally.add(entry, event.usageSource == UsageSource::Estimated
                                     ? "estimated: no usage is reported"
                                     : "without usage, nothing billed");
            else
                tally.add(entry, deviations.contains(id) ? "by a stated reason" : "exact");
        }
        tally.print();
        for (const auto &[model, count] : unpriced)
            qInfo("without a price: %s, %d calls", model.c_str(), count);
        const std::map<std::string, int> withoutPrice = {
            {"amazon.nova-2-multimodal-embeddings-v1:0", 2}, // images and sound are billed by other units
            {"arn:aws:sagemaker:us-east-1:767398002385:endpoint/endpoint-quick-start-idr7y",
             1},                                // by the hour
            {"command-a-reasoning-08-2025", 1}, // no source knows its price
        };
        QCOMPARE(unpriced, withoutPrice);
        qInfo("%zu replies through the proxy, %zu bodies differ", events.size(), bodyDiffers.size());
        for (const std::string &id : bodyDiffers)
            QVERIFY2(bodiesThatDiffer.contains(id), ("the body of " + id + " differs").c_str());
        for (const std::string &line : wrong)
            qWarning("%s", line.c_str());
        QVERIFY(wrong.empty());
        QCOMPARE(bodyDiffers.size(), bodiesThatDiffer.size());
    }

private:
    std::map<std::string, json> m_entries;
};

QTEST_GUILESS_MAIN(TestProxyWire)
#include "tst_proxy_wire.moc"
