// SPDX-License-Identifier: GPL-3.0-or-later
// Requests of OTLP/HTTP and their answers, in both encodings.
#include "core/ingest/IntakeFixture.h"
#include "core/ingest/OtlpBytes.h"
#include "tests/Deflated.h"

#include <QTest>
#include <nlohmann/json.hpp>

using namespace farthing;
using nlohmann::json;

namespace {

const std::string protobuf = "application/x-protobuf";

json attributeOf(const std::string &key, const json &value)
{
    return {{"key", key}, {"value", value}};
}

/// As chatSpan() of OtlpBytes.h.
json chatSpan()
{
    return {{"traceId", "30313233343536373839616263646566"},
            {"spanId", "0102030405060708"},
            {"name", "chat gpt-4o"},
            {"kind", 3},
            {"startTimeUnixNano", std::to_string(otlp::startNs)},
            {"endTimeUnixNano", otlp::endNs},
            {"attributes",
             {attributeOf("gen_ai.operation.name", {{"stringValue", "chat"}}),
              attributeOf("gen_ai.provider.name", {{"stringValue", "openai"}}),
              attributeOf("gen_ai.request.model", {{"stringValue", "gpt-4o"}}),
              attributeOf("gen_ai.usage.input_tokens", {{"intValue", "1000"}}),
              attributeOf("gen_ai.usage.output_tokens", {{"intValue", 50}})}}};
}

json requestOf(const json &spans)
{
    return {
        {"resourceSpans",
         {{{"resource", {{"attributes", {attributeOf("service.name", {{"stringValue", "shop"}})}}}},
           {"scopeSpans", {{{"scope", {{"name", "otel.openai"}, {"version", "2"}}}, {"spans", spans}}}}}}}};
}

} // namespace

class OtlpTracesTest : public QObject
{
    Q_OBJECT

private slots:
    void bothEncodingsSayTheSame()
    {
        IntakeFixture fixture;
        const std::string body = requestOf(json::array({chatSpan()})).dump();
        const IngestReply reply = fixture.intake().takeSpans(IntakeFixture::request(body));
        QCOMPARE(reply.status, 200);
        QCOMPARE(reply.contentType, std::string("application/json"));
        QCOMPARE(reply.body, std::string("{}"));
        const auto fromJson = fixture.stored();
        QCOMPARE(fromJson.size(), std::size_t(1));

        const std::string bytes = otlp::request(otlp::span(otlp::chatSpan()),
                                                otlp::attribute(1, "service.name", otlp::text("shop")),
                                                otlp::bytes(1, "otel.openai") + otlp::bytes(2, "2"));
        IntakeFixture other;
        const IngestReply binary = other.intake().takeSpans(IntakeFixture::request(bytes, protobuf));
        QCOMPARE(binary.status, 200);
        QCOMPARE(binary.contentType, protobuf);
        QCOMPARE(binary.body, std::string());
        const auto fromBytes = other.stored();
        QCOMPARE(fromBytes.size(), std::size_t(1));
        QVERIFY(fromBytes[0] == fromJson[0]);
        QCOMPARE(fromJson[0].cost->toUsdString(), std::string("0.003"));
        QCOMPARE(fromJson[0].listCost->toUsdString(), std::string("0.003"));
    }

    void whatIsSentAgainCountsOnce()
    {
        IntakeFixture fixture;
        const std::string body =
            otlp::request(otlp::span(otlp::chatSpan()) + otlp::span(otlp::chatSpan("abcdefgh")));
        for (int i = 0; i < 3; ++i)
            QCOMPARE(fixture.intake().takeSpans(IntakeFixture::request(body, protobuf)).status, 200);
        QCOMPARE(fixture.stored().size(), std::size_t(2));
        QCOMPARE(fixture.intake().takeSpans(IntakeFixture::request(body, protobuf)).status, 200);
        QCOMPARE(fixture.stored().size(), std::size_t(2));
        QCOMPARE(fixture.counters.events.load(), std::uint64_t(8));
    }

    void spansOfWhatIsNoLongerKeptAreRejectedAlone()
    {
        IntakeFixture fixture;
        const auto take = [&fixture] {
            return fixture.intake().takeSpans(
                IntakeFixture::request(otlp::request(otlp::span(otlp::chatSpan())), protobuf));
        };
        fixture.keptSince = IntakeFixture::arrival + Micros(std::chrono::hours(24 * 365));
        const IngestReply refused = take();
        QCOMPARE(refused.status, 200);
        QVERIFY2(refused.body.find("keep_events_days") != std::string::npos, refused.body.c_str());
        QCOMPARE(fixture.counters.rejected.load(), std::uint64_t(1));
        QVERIFY(fixture.stored().empty());
        fixture.keptSince = fromMicros(1);
        QCOMPARE(take().body, std::string());
        QCOMPARE(fixture.stored().size(), std::size_t(1));
    }

    void badSpansAreRejectedAlone()
    {
        IntakeFixture fixture;
        std::string spans;
        for (const char *id : {"aaaaaaaa", "bad", "bbbbbbbb", "", "worse", "short"})
            spans += otlp::span(otlp::chatSpan(id));
        const IngestReply reply =
            fixture.intake().takeSpans(IntakeFixture::request(otlp::request(spans), protobuf));
        QCOMPARE(reply.status, 200);
        const std::string message =
            "span 2: span id: is not an id of 8 bytes; span 4: span id: is not an id of 8 "
            "bytes; span 5: span id: is not an id of 8 bytes; …";
        QCOMPARE(reply.body, otlp::bytes(1, otlp::number(1, 4) + otlp::bytes(2, message)));
        QCOMPARE(fixture.stored().size(), std::size_t(2));
        QCOMPARE(fixture.counters.rejected.load(), std::uint64_t(4));

        json bad = chatSpan();
        bad["spanId"] = "0102030405060708ff";
        const std::string body = requestOf(json::array({bad, chatSpan()})).dump();
        const IngestReply inJson = fixture.intake().takeSpans(IntakeFixture::request(body));
        QCOMPARE(json::parse(inJson.body)["partialSuccess"]["rejectedSpans"].get<std::string>(),
                 std::string("1"));
        QVERIFY(!json::parse(inJson.body)["partialSuccess"]["errorMessage"].get<std::string>().empty());
        QCOMPARE(fixture.stored().size(), std::size_t(3));
    }

    void idsOfJson_data()
    {
        QTest::addColumn<QByteArray>("traceId");
        QTest::addColumn<QByteArray>("spanId");
        QTest::addColumn<bool>("taken");
        const QByteArray trace("30313233343536373839616263646566");
        const QByteArray span("0102030405060708");
        QTest::newRow("in base64") << QByteArray::fromHex(trace).toBase64()
                                   << QByteArray::fromHex(span).toBase64() << true;
        QTest::newRow("one of each") << trace << QByteArray::fromHex(span).toBase64() << true;
        QTest::newRow("base64 of 18 bytes") << QByteArray("MDEyMzQ1Njc4OWFiY2RlZmdo") << span << false;
        QTest::newRow("no base64") << QByteArray("MDEyMzQ1Njc4OWFiY2RlZg-=") << span << false;
        QTest::newRow("short hex") << trace << QByteArray("010203040506") << false;
        QTest::newRow("no ids") << QByteArray() << QByteArray() << false;
    }
    void idsOfJson()
    {
        QFETCH(QByteArray, traceId);
        QFETCH(QByteArray, spanId);
        QFETCH(bool, taken);
        IntakeFixture fixture;
        json span = chatSpan();
        const std::string inHex = requestOf(json::array({span})).dump();
        span["traceId"] = traceId.toStdString();
        span["spanId"] = spanId.toStdString();
        const std::string body = requestOf(json::array({span})).dump();
        const IngestReply reply = fixture.intake().takeSpans(IntakeFixture::request(body));
        QCOMPARE(reply.status, 200);
        QCOMPARE(reply.body == "{}", taken);
        QCOMPARE(fixture.stored().size(), std::size_t(taken ? 1 : 0));
        QCOMPARE(fixture.intake().takeSpans(IntakeFixture::request(inHex)).body, std::string("{}"));
        QCOMPARE(fixture.stored().size(), std::size_t(1)); // the same span
    }

    void spansOfCallsThroughThisProxyAreNotCountedAgain()
    {
        IntakeFixture fixture;
        json span = chatSpan();
        span["attributes"].push_back(attributeOf(
            "http.response.header.x-farthing-event-id",
            {{"arrayValue", {{"values", {{{"stringValue", "0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10"}}}}}}}));
        const std::string body = requestOf(json::array({span})).dump();
        QCOMPARE(fixture.intake().takeSpans(IntakeFixture::request(body)).body, std::string("{}"));
        QCOMPARE(fixture.counters.passedHere.load(), std::uint64_t(1));
        QVERIFY(fixture.stored().empty());
    }

    void aRequestThatIsNoneIsRefusedWithItsPlace_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("contentType");
        QTest::addColumn<QByteArray>("encoding");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char *name, const std::string &body, const std::string &type,
                            const char *encoding, int status, const char *message) {
            QTest::newRow(name) << QByteArray::fromStdString(body) << QByteArray::fromStdString(type)
                                << QByteArray(encoding) << status << QByteArray(message);
        };
        const std::string inJson = "application/json; charset=utf-8";
        row("no JSON", "{\"resourceSpans\":[", inJson, "", 400, "the request: is not JSON");
        row("an array", "[]", inJson, "", 400, "is not an object");
        row("spans that are none", "{\"resourceSpans\":7}", inJson, "", 400,
            "resourceSpans: is not an array");
        row("a scope's spans that are none",
            R"({"resourceSpans":[{"scopeSpans":[{"spans":[]},{"spans":{}}]}]})", inJson, "", 400,
            "resourceSpans[0]: scopeSpans[1]: spans: is not an array");
        row("a resource's attributes", R"({"resourceSpans":[{"resource":{"attributes":[{}]}}]})", inJson, "",
            400, "resourceSpans[0]: resource: attributes[0]: has no key");
        row("no Protocol Buffers", "abc", protobuf, "", 400, "is not what Protocol Buffers encode");
        row("a scope cut short",
            otlp::bytes(1, otlp::bytes(2, "\x0a\x05"
                                          "ab")),
            protobuf, "", 400, "resource_spans[0]: scope_spans[0]: is not what Protocol Buffers encode");
        row("an unknown coding", "{}", inJson, "lzma", 400, "Content-Encoding: unknown content encoding");
        row("no gzip", "{}", inJson, "gzip", 400, "the body: corrupt deflate data");
        row("an unknown type", "{}", "text/plain", "", 415, "application/x-protobuf or application/json");
        row("no type", "{}", "", "", 415, "application/x-protobuf or application/json");
        row("too much in little", gzipped(std::string(std::size_t(3) << 20, ' ')), inJson, "gzip", 413,
            "is longer than max_body_bytes, 1048576");
    }
    void aRequestThatIsNoneIsRefusedWithItsPlace()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, contentType);
        QFETCH(QByteArray, encoding);
        QFETCH(int, status);
        QFETCH(QByteArray, message);
        IntakeFixture fixture;
        const std::string sent = body.toStdString();
        const std::string type = contentType.toStdString();
        const std::string coding = encoding.toStdString();
        IngestRequest request = IntakeFixture::request(sent, type);
        request.contentEncoding = coding;
        const IngestReply reply = fixture.intake().takeSpans(request);
        QCOMPARE(reply.status, status);
        QCOMPARE(reply.retryAfterS, 0);
        QVERIFY2(QByteArray::fromStdString(reply.body).contains(message), reply.body.c_str());
        if (type == protobuf)
            QVERIFY(reply.body.starts_with(otlp::number(1, 3) + "\x12"));
        else
            QVERIFY(json::parse(reply.body).contains("message"));
        QVERIFY(fixture.stored().empty());
    }

    void gzipIsAccepted()
    {
        IntakeFixture fixture;
        const std::string body = gzipped(otlp::request(otlp::span(otlp::chatSpan())));
        IngestRequest request = IntakeFixture::request(body, protobuf);
        request.contentEncoding = "gzip";
        QCOMPARE(fixture.intake().takeSpans(request).status, 200);
        QCOMPARE(fixture.stored().size(), std::size_t(1));
    }

    void aFullJournalAsksToComeAgain()
    {
        IntakeFixture fixture({.segmentBytes = 64 * 1024, .maxBytes = 256 * 1024, .onDeadCall = {}});
        int requests = 0;
        IngestReply reply;
        for (; reply.status == 200 && requests < 10'000; ++requests) {
            std::string spans;
            for (int i = 0; i < 20; ++i) {
                char id[9];
                std::snprintf(id, sizeof id, "%04d%04d", requests, i);
                spans += otlp::span(otlp::chatSpan(id));
            }
            reply = fixture.intake().takeSpans(IntakeFixture::request(otlp::request(spans), protobuf));
        }
        QCOMPARE(reply.status, 503);
        QVERIFY(reply.retryAfterS > 0);
        QVERIFY(reply.body.starts_with(otlp::number(1, 14)));
        QVERIFY2(reply.body.find("the journal is full") != std::string::npos, reply.body.c_str());
        QCOMPARE(fixture.counters.events.load(), std::uint64_t(requests - 1) * 20);
        QCOMPARE(fixture.stored().size(), std::size_t(requests - 1) * 20);

        fixture.writer.reset();
        fixture.journal.reset();
        const std::string body = otlp::request(otlp::span(otlp::chatSpan()));
        const IngestReply none = fixture.intake().takeSpans(IntakeFixture::request(body, protobuf));
        QCOMPARE(none.status, 503);
        QVERIFY(none.body.find("there is no journal") != std::string::npos);
    }

    void moreThanTheJournalTakesAtOnceIsTakenInParts()
    {
        IntakeFixture fixture({.segmentBytes = 64 * 1024, .maxBytes = 1024 * 1024, .onDeadCall = {}});
        std::string spans;
        for (int i = 0; i < 1500; ++i) {
            char id[9];
            std::snprintf(id, sizeof id, "%08d", i);
            spans += otlp::span(otlp::chatSpan(id));
        }
        const IngestReply reply =
            fixture.intake().takeSpans(IntakeFixture::request(otlp::request(spans), protobuf));
        QCOMPARE(reply.status, 200);
        QCOMPARE(fixture.stored().size(), std::size_t(1500));
    }
};

QTEST_GUILESS_MAIN(OtlpTracesTest)
#include "tst_otlp_traces.moc"
