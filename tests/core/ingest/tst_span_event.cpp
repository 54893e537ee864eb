// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of a span: an event, nothing, or an error.
#include "core/ingest/OtlpBytes.h"
#include "core/ingest/SpanEvent.h"
#include "core/model/EventFields.h"

#include <QTest>

using namespace farthing;
using otlp::attribute;
using otlp::integer;
using otlp::real;
using otlp::spanAttribute;
using otlp::text;

namespace {

CostEvent fromExporter()
{
    CostEvent from;
    from.time = fromMicros(1'764'000'000'000'000);
    from.workflow = "untagged";
    from.client = "OTel-OTLP-Exporter-Go/1.2";
    from.instance = "127.0.0.1:4141";
    return from;
}

Result<SpanEvent> eventOf(const std::string &request, const CostEvent &from = fromExporter())
{
    std::vector<Result<SpanEvent>> all;
    const auto read = readProtobufSpans(request, [&](const Result<const Span *> &span) {
        all.push_back(span ? eventOfSpan(**span, from, "127.0.0.1:4141") : span.error());
    });
    if (!read)
        return read.error();
    return all.size() == 1 ? all.front() : Error{"not one span"};
}

Result<SpanEvent> eventOfSpanWith(const std::string &more)
{
    return eventOf(otlp::request(otlp::span(otlp::chatSpan() + more)));
}

QByteArray fieldOf(const CostEvent &event, const QByteArray &name)
{
    return QByteArray::fromStdString(eventField(name.toStdString())->get(event));
}

QByteArray bytesOf(const std::string &text)
{
    return QByteArray::fromStdString(text);
}

std::string operation(std::string_view name)
{
    return attribute(spanAttribute, "gen_ai.operation.name", text(name));
}
std::string countAttribute(std::string_view name, std::int64_t value)
{
    return attribute(spanAttribute, name, integer(value));
}
std::string textAttribute(std::string_view name, std::string_view value)
{
    return attribute(spanAttribute, name, text(value));
}

} // namespace

class SpanEventTest : public QObject
{
    Q_OBJECT

private slots:
    void aCallBecomesAnEvent()
    {
        const auto made = eventOf(otlp::request(
            otlp::span(otlp::chatSpan()), attribute(1, "service.name", text("shop")),
            otlp::bytes(1, "opentelemetry.instrumentation.openai_v2") + otlp::bytes(2, "2.1b0")));
        QVERIFY2(made.ok(), made ? "" : made.error().toString().c_str());
        QCOMPARE(made->kind, SpanEvent::Kind::Call);
        const CostEvent &event = made->event;
        QCOMPARE(formatRfc3339(event.time), std::string("2025-11-24T16:00:00.123456Z"));
        QVERIFY(event.eventId.isV7Of(event.time));
        QCOMPARE(event.callId, event.eventId);
        QCOMPARE(event.provider, std::string("openai"));
        QCOMPARE(event.endpoint, std::string("chat"));
        QCOMPARE(event.workflow, std::string("shop"));
        QCOMPARE(event.session, std::string("30313233343536373839616263646566"));
        QCOMPARE(event.client, std::string("opentelemetry.instrumentation.openai_v2 2.1b0"));
        QCOMPARE(event.instance, std::string("127.0.0.1:4141"));
        QCOMPARE(event.requestModel, std::string("gpt-4o"));
        QCOMPARE(event.listModel, std::string("gpt-4o"));
        QCOMPARE(event.usage, (TokenUsage{.input = 1000, .output = 50}));
        QCOMPARE(event.usageSource, UsageSource::Provider);
        QCOMPARE(event.status, 200);
        QCOMPARE(event.latencyUs, std::int64_t(1'500'000));
        QCOMPARE(event.ttftUs, std::int64_t(-1));
        QVERIFY(!event.cost);
        const auto again = eventOf(otlp::request(otlp::span(otlp::chatSpan())));
        QCOMPARE(again->event.eventId, event.eventId);
        const auto other =
            eventOf(otlp::request(otlp::span(otlp::chatSpan("\x01\x02\x03\x04\x05\x06\x07\x09"))));
        QVERIFY(other->event.eventId != event.eventId);
    }

    void attributesFillTheirFields_data()
    {
        QTest::addColumn<QByteArray>("more");
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<QByteArray>("value");
        const auto row = [](const char *name, const std::string &more, const char *field, const char *value) {
            QTest::newRow(name) << bytesOf(more) << QByteArray(field) << QByteArray(value);
        };
        row("response model", textAttribute("gen_ai.response.model", "gpt-4o-2024-08-06"), "response_model",
            "gpt-4o-2024-08-06");
        row("conversation", textAttribute("gen_ai.conversation.id", "c_1"), "session", "c_1");
        row("session before conversations", textAttribute("session.id", "s_1"), "session", "s_1");
        row("user", textAttribute("user.id", "u_1"), "user", "u_1");
        row("end user", textAttribute("enduser.id", "u_2"), "user", "u_2");
        row("a user by number", countAttribute("user.id", 4821), "user", "4821");
        row("workflow", textAttribute("farthing.workflow", "summarise"), "workflow", "summarise");
        row("workflow by its convention", textAttribute("gen_ai.workflow.name", "triage"), "workflow",
            "triage");
        row("feature", textAttribute("farthing.feature", "search"), "feature", "search");
        row("agent", textAttribute("gen_ai.agent.name", "planner"), "feature", "planner");
        row("stream", attribute(spanAttribute, "gen_ai.request.stream", otlp::flag(true)), "stream", "1");
        row("first chunk in seconds",
            attribute(spanAttribute, "gen_ai.response.time_to_first_chunk", real(0.25)), "ttft_ms", "250");
        row("first chunk in milliseconds", attribute(spanAttribute, "ai.response.msToFirstChunk", real(12.5)),
            "ttft_ms", "12.5");
        row("first chunk as an event",
            otlp::bytes(11, otlp::fixed64(1, otlp::startNs + 300'000'000) +
                                otlp::bytes(2, "llm.content.completion.chunk")),
            "ttft_ms", "300");
        row("a first chunk behind the end",
            attribute(spanAttribute, "gen_ai.response.time_to_first_chunk", real(9)), "ttft_ms", "");
        row("cached input", countAttribute("gen_ai.usage.cache_read.input_tokens", 800),
            "cached_input_tokens", "800");
        row("cached input, older", countAttribute("gen_ai.usage.cache_read_input_tokens", 800),
            "cached_input_tokens", "800");
        row("cache writes", countAttribute("gen_ai.usage.cache_creation.input_tokens", 100),
            "cache_write_5m_tokens", "100");
        row("cache writes, older", countAttribute("gen_ai.usage.cache_creation_input_tokens", 100),
            "cache_write_5m_tokens", "100");
        row("cache writes, newest", countAttribute("gen_ai.usage.cache_write.input_tokens", 100),
            "cache_write_5m_tokens", "100");
        row("input that includes what is cached",
            countAttribute("gen_ai.usage.cache_read.input_tokens", 1000), "input_tokens", "1000");
        row("input that leaves out what is cached",
            countAttribute("gen_ai.usage.cache_read.input_tokens", 900) +
                countAttribute("gen_ai.usage.cache_creation.input_tokens", 101),
            "input_tokens", "2001");
        row("reasoning within output", countAttribute("gen_ai.usage.reasoning.output_tokens", 50),
            "output_tokens", "50");
        row("reasoning beside output", countAttribute("gen_ai.usage.reasoning_tokens", 60), "output_tokens",
            "110");
        row("an error's type", textAttribute("error.type", "429"), "status", "429");
        row("an error of no status", textAttribute("error.type", "TimeoutError"), "status", "500");
        row("what it was", textAttribute("error.type", "TimeoutError"), "error", "TimeoutError");
        row("an error's status",
            textAttribute("error.type", "RateLimitError") + countAttribute("http.response.status_code", 429),
            "status", "429");
        row("a status that failed",
            otlp::bytes(15, otlp::bytes(2, "key sk-1234567890 is bad") + otlp::number(3, 2)), "error",
            "error");
        row("text that is no UTF-8", textAttribute("farthing.workflow", "a\xff"), "workflow",
            "a\xef\xbf\xbd");
    }
    void attributesFillTheirFields()
    {
        QFETCH(QByteArray, more);
        QFETCH(QByteArray, field);
        QFETCH(QByteArray, value);
        const auto made = eventOfSpanWith(more.toStdString());
        QVERIFY2(made.ok(), made ? "" : made.error().toString().c_str());
        QCOMPARE(made->kind, SpanEvent::Kind::Call);
        QCOMPARE(fieldOf(made->event, field), value);
    }

    void operationsAndProvidersGoByOldNamesToo_data()
    {
        QTest::addColumn<QByteArray>("attributes");
        QTest::addColumn<QByteArray>("endpoint");
        QTest::addColumn<QByteArray>("provider");
        const std::string model = textAttribute("gen_ai.request.model", "m");
        const std::string tokens = countAttribute("gen_ai.usage.prompt_tokens", 7) +
                                   countAttribute("gen_ai.usage.completion_tokens", 3);
        const auto row = [&](const char *name, const std::string &kind, const char *provider,
                             const char *endpoint, const char *upstream) {
            QTest::newRow(name) << bytesOf(kind + textAttribute("gen_ai.system", provider) + model + tokens)
                                << QByteArray(endpoint) << QByteArray(upstream);
        };
        row("chat", operation("chat"), "anthropic", "chat", "anthropic");
        row("completion", operation("text_completion"), "OpenAI", "text_completion", "openai");
        row("embeddings", operation("embeddings"), "az.ai.openai", "embeddings", "azure");
        row("content", operation("generate_content"), "gcp.gemini", "generate_content", "gemini");
        row("vertex", operation("chat"), "gcp.vertex_ai", "chat", "vertex");
        row("bedrock", operation("chat"), "aws.bedrock", "chat", "bedrock");
        row("a request's type", textAttribute("llm.request.type", "completion"), "mistral_ai",
            "text_completion", "mistral");
        row("neither", {}, "x_ai", "chat", "xai");
    }
    void operationsAndProvidersGoByOldNamesToo()
    {
        QFETCH(QByteArray, attributes);
        QFETCH(QByteArray, endpoint);
        QFETCH(QByteArray, provider);
        const auto made = eventOf(otlp::request(otlp::span(otlp::spanHead() + attributes.toStdString())));
        QVERIFY2(made.ok(), made ? "" : made.error().toString().c_str());
        QCOMPARE(made->kind, SpanEvent::Kind::Call);
        QCOMPARE(bytesOf(made->event.endpoint), endpoint);
        QCOMPARE(bytesOf(made->event.provider), provider);
        QCOMPARE(made->event.usage.input, std::int64_t(7));
        QCOMPARE(made->event.usage.output, std::int64_t(3));
    }

    void onlyCallsOfAModelAreEvents_data()
    {
        QTest::addColumn<QByteArray>("span");
        QTest::addColumn<int>("kind");
        const std::string tokens = textAttribute("gen_ai.provider.name", "openai") +
                                   textAttribute("gen_ai.request.model", "gpt-4o") +
                                   countAttribute("gen_ai.usage.input_tokens", 9);
        const auto row = [](const char *name, const std::string &span, SpanEvent::Kind kind) {
            QTest::newRow(name) << bytesOf(otlp::spanHead() + span) << static_cast<int>(kind);
        };
        using enum SpanEvent::Kind;
        row("an agent", operation("invoke_agent") + tokens, NoCall);
        row("a tool", operation("execute_tool") + tokens, NoCall);
        row("an operation of tomorrow", operation("dream") + tokens, NoCall);
        row("HTTP", textAttribute("http.request.method", "GET"), NoCall);
        row("a model without tokens or an operation", textAttribute("gen_ai.request.model", "gpt-4o"),
            NoCall);
        row("a call without tokens", operation("chat"), Call);
        row("its reply named an event",
            operation("chat") + attribute(spanAttribute, "http.response.header.x-farthing-event-id",
                                          otlp::list(text("0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10"))),
            PassedHere);
        row("it names the event itself",
            operation("chat") + textAttribute("farthing.event_id", "0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10"),
            PassedHere);
        row("it names no event", operation("chat") + textAttribute("farthing.event_id", "7"), Call);
        row("it went to this proxy",
            operation("chat") + textAttribute("server.address", "localhost") +
                countAttribute("server.port", 4141),
            PassedHere);
        for (const char *own : {"LOCALHOST", "[::1]", "0.0.0.0", "127.0.0.2"})
            row(own,
                operation("chat") + textAttribute("server.address", own) +
                    countAttribute("server.port", 4141),
                PassedHere);
        row("it went to another port",
            operation("chat") + textAttribute("server.address", "127.0.0.1") +
                countAttribute("server.port", 11434),
            Call);
        row("it went elsewhere by that port",
            operation("chat") + textAttribute("server.address", "api.example.com") +
                countAttribute("server.port", 4141),
            Call);
    }
    void onlyCallsOfAModelAreEvents()
    {
        QFETCH(QByteArray, span);
        QFETCH(int, kind);
        const auto made = eventOf(otlp::request(otlp::span(span.toStdString())));
        QVERIFY2(made.ok(), made ? "" : made.error().toString().c_str());
        QCOMPARE(static_cast<int>(made->kind), kind);
    }

    void badSpansSayWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("span");
        QTest::addColumn<QByteArray>("error");
        const std::string chat = operation("chat");
        const auto row = [](const char *name, const std::string &span, const char *error) {
            QTest::newRow(name) << bytesOf(span) << QByteArray(error);
        };
        row("a short trace id", otlp::spanHead("12345678", "short") + chat,
            "trace id: is not an id of 16 bytes");
        row("a trace id of zeros", otlp::spanHead("12345678", std::string(16, '\0')) + chat, "trace id:");
        row("no span id", otlp::spanHead("") + chat, "span id: is not an id of 8 bytes");
        row("no start", otlp::bytes(1, "0123456789abcdef") + otlp::bytes(2, "12345678") + chat,
            "start time: is missing");
        const auto between = [&chat](std::uint64_t startNs, std::uint64_t endNs) {
            return otlp::bytes(1, "0123456789abcdef") + otlp::bytes(2, "12345678") +
                   otlp::fixed64(7, startNs) + otlp::fixed64(8, endNs) + chat;
        };
        row("a start past any", between(~0ULL, 0), "2554-07-21T23:34:33.709551Z is before the year 2000 or");
        row("a start of a clock never set", between(1, otlp::endNs),
            "start time: 1970-01-01T00:00:00.000000Z is before the year 2000 or more than a day ahead");
        row("a start in microseconds", between(otlp::startNs / 1000, otlp::endNs / 1000),
            "start time: 1970-01-21T");
        row("a start two days ahead", between(otlp::startNs + 2 * 86'400'000'000'000, 0),
            "start time: 2025-11-26T16:00:00.123456Z");
        row("an end that cannot be", between(otlp::startNs, ~0ULL), "latency_ms: ");
        row("tokens below zero", otlp::spanHead() + chat + countAttribute("gen_ai.usage.input_tokens", -1),
            "gen_ai.usage.input_tokens: is not a count of tokens");
        row("tokens as words",
            otlp::spanHead() + chat + textAttribute("gen_ai.usage.completion_tokens", "many"),
            "gen_ai.usage.output_tokens: is not a count of tokens");
        row("half a token",
            otlp::spanHead() + chat + attribute(spanAttribute, "gen_ai.usage.input_tokens", real(0.5)),
            "is not a count of tokens");
        row("more tokens than any",
            otlp::spanHead() + chat + countAttribute("gen_ai.usage.cache_read.input_tokens", INT64_MAX),
            "is not a count of tokens");
        row("bytes that are no span", otlp::spanHead() + "\x4a\x7f",
            "spans[0]: is not what Protocol Buffers encode");
        row("an attribute that is none", otlp::spanHead() + otlp::bytes(9, "\x12\x7f"),
            "is not what Protocol Buffers");
    }
    void badSpansSayWhatIsWrong()
    {
        QFETCH(QByteArray, span);
        QFETCH(QByteArray, error);
        const auto made = eventOf(otlp::request(otlp::span(span.toStdString())));
        QVERIFY(!made.ok());
        QVERIFY2(bytesOf(made.error().toString()).contains(error), made.error().toString().c_str());
    }

    void tagsComeFromTheSpanThenTheResourceThenTheSender_data()
    {
        QTest::addColumn<QByteArray>("own");
        QTest::addColumn<QByteArray>("shared");
        QTest::addColumn<QByteArray>("sent");
        QTest::addColumn<QByteArray>("service");
        QTest::addColumn<QByteArray>("workflow");
        QTest::newRow("span") << QByteArray("a") << QByteArray("b") << QByteArray("c") << QByteArray("d")
                              << QByteArray("a");
        QTest::newRow("resource") << QByteArray() << QByteArray("b") << QByteArray("c") << QByteArray("d")
                                  << QByteArray("b");
        QTest::newRow("header") << QByteArray() << QByteArray() << QByteArray("c") << QByteArray("d")
                                << QByteArray("c");
        QTest::newRow("service") << QByteArray() << QByteArray() << QByteArray("untagged") << QByteArray("d")
                                 << QByteArray("d");
        QTest::newRow("none") << QByteArray() << QByteArray() << QByteArray("untagged")
                              << QByteArray("unknown_service:node") << QByteArray("untagged");
    }
    void tagsComeFromTheSpanThenTheResourceThenTheSender()
    {
        QFETCH(QByteArray, own);
        QFETCH(QByteArray, shared);
        QFETCH(QByteArray, sent);
        QFETCH(QByteArray, service);
        QFETCH(QByteArray, workflow);
        std::string resource = attribute(1, "service.name", text(service.toStdString()));
        if (!shared.isEmpty())
            resource += attribute(1, "farthing.workflow", text(shared.toStdString()));
        CostEvent from = fromExporter();
        from.workflow = sent.toStdString();
        const std::string mine = own.isEmpty() ? "" : textAttribute("farthing.workflow", own.toStdString());
        const auto made = eventOf(otlp::request(otlp::span(otlp::chatSpan() + mine), resource), from);
        QVERIFY(made.ok());
        QCOMPARE(bytesOf(made->event.workflow), workflow);
    }

    void whatHoldsForAllSpansMayComeBehindThem()
    {
        const std::string scopeSpans = otlp::span(otlp::chatSpan()) + otlp::bytes(1, otlp::bytes(1, "late"));
        const std::string request = otlp::bytes(
            1, otlp::bytes(2, scopeSpans) + otlp::bytes(1, attribute(1, "service.name", text("shop"))));
        const auto made = eventOf(request);
        QVERIFY(made.ok());
        QCOMPARE(made->event.workflow, std::string("shop"));
        QCOMPARE(made->event.client, std::string("late"));
    }

    void unknownFieldsAreSkipped()
    {
        const std::string unknown = otlp::number(900, 1) + otlp::bytes(901, "x") + otlp::fixed64(902, 3);
        const std::string span = otlp::span(unknown + otlp::chatSpan() + unknown + otlp::bytes(13, "a link") +
                                            otlp::bytes(9, unknown));
        const auto made = eventOf(unknown + otlp::request(unknown + span, unknown) + unknown);
        QVERIFY2(made.ok(), made ? "" : made.error().toString().c_str());
        QCOMPARE(made->event.usage.input, std::int64_t(1000));
    }

    void attributesBeyondTheirNumberAreLeftOut()
    {
        std::string many;
        for (int i = 0; i < 3000; ++i)
            many += textAttribute("a" + std::to_string(i), "x");
        const auto made = eventOfSpanWith(many + textAttribute("user.id", "late"));
        QVERIFY(made.ok());
        QCOMPARE(made->event.user, std::string());
    }
};

QTEST_GUILESS_MAIN(SpanEventTest)
#include "tst_span_event.moc"
