// SPDX-License-Identifier: GPL-3.0-or-later
// What the lines of a transcript become.
#include "tests/core/ingest/logs/ReadLog.h"

#include <QTest>

#include <algorithm>

using namespace farthing;

namespace {

std::vector<CostEvent> eventsOf(const QByteArrayList &lines)
{
    ClaudeCodeLog log;
    std::vector<CostEvent> events;
    for (const QByteArray &line : lines)
        if (const auto taken = takeLine(log, line); !taken)
            qFatal("%s: %s", line.constData(), taken.error().toString().c_str());
    log.takeAll(events);
    return events;
}

QByteArray without(const char *member, QByteArray line)
{
    const qsizetype begin = line.indexOf(QByteArray("'") + member + "'");
    const qsizetype end = line.indexOf(',', begin);
    return line.remove(begin, end + 1 - begin);
}

} // namespace

class TestClaudeCodeLog : public QObject
{
    Q_OBJECT
private slots:
    void anAnswerIsACall()
    {
        const auto events = eventsOf({answer("msg_1", "req_1", 7)});
        QCOMPARE(events.size(), std::size_t(1));
        const CostEvent &event = events.front();
        QVERIFY(event.usage == (TokenUsage{.input = 60, .cachedInput = 20, .cacheWrite5m = 30, .output = 7}));
        QCOMPARE(formatRfc3339(event.time), std::string("2026-11-20T10:00:00.250000Z"));
        QVERIFY(event.eventId.isV7Of(event.time));
        QCOMPARE(event.callId, event.eventId);
        QCOMPARE(event.provider, std::string("anthropic"));
        QCOMPARE(event.endpoint, std::string("chat"));
        QCOMPARE(event.workflow, std::string("claude-code"));
        QCOMPARE(event.feature, std::string("app"));
        QCOMPARE(event.session, std::string("s1"));
        QCOMPARE(event.requestModel, std::string("claude-sonnet-4-5"));
        QCOMPARE(event.responseModel, std::string("claude-sonnet-4-5"));
        QCOMPARE(event.client, std::string("claude-cli/2.0.1"));
        QCOMPARE(event.status, 200);
        QVERIFY(event.stream && event.usageSource == UsageSource::Provider && !event.cost);
        QVERIFY(event.rawUsage.starts_with("{\"input_tokens\":10"));
    }

    void linesOfOneMessageAreOneEvent_data()
    {
        QTest::addColumn<QByteArrayList>("lines");
        QTest::addColumn<QList<int>>("outputs");
        const auto row = [](const char *name, const QByteArrayList &lines, const QList<int> &outputs) {
            QTest::newRow(name) << lines << outputs;
        };
        row("each block its line", {answer("a", "r", 7), answer("a", "r", 7, 1)}, {7});
        row("output that grows", {answer("a", "r", 1), answer("a", "r", 7, 1)}, {7});
        row("output that shrinks", {answer("a", "r", 7), answer("a", "r", 1, 1)}, {7});
        row("two messages", {answer("a", "r", 1), answer("b", "r", 2)}, {1, 2});
        row("two requests", {answer("a", "r", 1), answer("a", "q", 2)}, {1, 2});
        row("agents side by side",
            {answer("a", "r", 1), answer("b", "q", 2), answer("a", "r", 3), answer("b", "q", 4)}, {3, 4});
        row("no request id",
            {without("requestId", answer("a", "r", 1)), without("requestId", answer("a", "r", 2))}, {2});
        row("no message id, other lines", {answer("", "r", 1), answer("", "r", 1, 1)}, {1, 1});
        row("no message id, the same line", {answer("", "r", 1), answer("", "r", 1)}, {1});
        row("neither ids", {without("uuid", answer("", "r", 1)), without("uuid", answer("", "r", 2))},
            {1, 2});
    }
    void linesOfOneMessageAreOneEvent()
    {
        QFETCH(QByteArrayList, lines);
        QFETCH(QList<int>, outputs);
        QList<int> found;
        for (const CostEvent &event : eventsOf(lines))
            found.append(static_cast<int>(event.usage.output));
        QCOMPARE(found, outputs);
    }

    void theFirstLineSaysWhen()
    {
        const auto once = eventsOf({answer("a", "r", 1, 3), answer("a", "r", 9, 5)});
        const auto again = eventsOf({answer("a", "r", 9, 5), answer("a", "r", 1, 3)});
        QCOMPARE(once.size(), std::size_t(1));
        QCOMPARE(once.front().eventId, again.front().eventId);
        QCOMPARE(formatRfc3339(once.front().time), std::string("2026-11-20T10:00:03.250000Z"));
        QCOMPARE(once.front().usage.output, 9);
    }

    void aMessageThatComesBackCountsOnce()
    {
        ClaudeCodeLog log;
        std::vector<CostEvent> events;
        QVERIFY(takeLine(log, answer("a", "r", 5)));
        log.takeAll(events);
        const Uuid id = events.front().eventId;
        for (const int output : {5, 3}) {
            events.clear();
            QVERIFY(takeLine(log, answer("a", "r", output, 40)));
            log.takeAll(events);
            QVERIFY(events.empty());
        }
        // With more output it is the same event, at the same time.
        QVERIFY(takeLine(log, answer("a", "r", 8, 40)));
        log.takeAll(events);
        QCOMPARE(events.size(), std::size_t(1));
        QCOMPARE(events.front().eventId, id);
        QCOMPARE(events.front().usage.output, 8);
    }

    void messagesAreHeldAWhile()
    {
        ClaudeCodeLog log;
        std::vector<CostEvent> events;
        for (int i = 0; i < 100; ++i) {
            QVERIFY(takeLine(log, answer("m" + QByteArray::number(i), "r", 1)));
            log.takeSettled(events);
        }
        QVERIFY(events.size() > 20 && events.size() < 100);
        log.takeAll(events);
        QCOMPARE(events.size(), std::size_t(100));
    }

    void linesWithoutACallArePassedOver_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("blank") << QByteArray(" \t\r");
        QTest::newRow("a user") << QByteArray("{'type':'user','message':{'role':'user','content':'usage'}}");
        QTest::newRow("a message that is a text") << QByteArray("{'usage':{},'message':'usage'}");
        QTest::newRow("usage elsewhere") << QByteArray("{'toolUseResult':{'usage':{'input_tokens':5}}}");
        QTest::newRow("a summary") << QByteArray("{'type':'summary','summary':'usage','leafUuid':'x'}");
        QTest::newRow("usage null") << QByteArray("{'message':{'id':'a','usage':null}}");
        QTest::newRow("nothing used") << QByteArray("{'message':{'id':'a','usage':{'input_tokens':0}}}");
        QTest::newRow("no time, but broken far from any usage") << QByteArray("{'a':}");
        QTest::newRow("synthetic") << answer("a", "r", 5).replace("claude-sonnet-4-5", "<synthetic>");
    }
    void linesWithoutACallArePassedOver()
    {
        QFETCH(QByteArray, line);
        QVERIFY(eventsOf({line}).empty());
    }

    void badLinesSayWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("error");
        const QByteArray good = answer("a", "r", 5);
        QTest::newRow("no object") << QByteArray("[1]") << QByteArray("expected a JSON object, found [1]");
        QTest::newRow("cut within the text")
            << good.left(100)
            << QByteArray("expected a JSON object, found " + good.left(60).replace('\'', '"') + "…");
        QTest::newRow("cut before the end") << good.left(good.size() - 1) << QByteArray("is not JSON");
        QTest::newRow("broken") << QByteArray(good).replace("'role':", "'role' ")
                                << QByteArray("is not JSON");
        QTest::newRow("broken outside of the message")
            << QByteArray(good).replace("'version':", "'version' ") << QByteArray("is not JSON");
        QTest::newRow("not UTF-8") << QByteArray(good).replace("Hi", "\xff") << QByteArray("is not JSON");
        QTest::newRow("no time") << without("timestamp", good) << QByteArray("timestamp: is missing");
        QTest::newRow("before computers")
            << QByteArray(good).replace("2026-", "1926-")
            << QByteArray("time: 1926-11-20T10:00:00.250000Z is outside of the years 1970 to 2254");
        QTest::newRow("a cost that is none")
            << answer("a", "r", 5, 0, ",'costUSD':1e400")
            << QByteArray("costUSD: '1e400' is not an amount in USD such as 0.00123");
    }
    void badLinesSayWhatIsWrong()
    {
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, error);
        ClaudeCodeLog log;
        const auto taken = takeLine(log, line);
        QVERIFY(!taken);
        QCOMPARE(QByteArray::fromStdString(taken.error().toString()), error);
        std::vector<CostEvent> events;
        log.takeAll(events);
        QVERIFY(events.empty());
    }

    void whatTheLineSaysIsKept_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QByteArray>("column");
        QTest::addColumn<QByteArray>("value");
        const auto row = [](const char *name, const char *from, const char *to, const char *column,
                            const char *value) {
            QTest::newRow(name) << QByteArray(from) << QByteArray(to) << QByteArray(column)
                                << QByteArray(value);
        };
        row("a folder of Windows", "/home/me/app", "C:\\\\src\\\\app", "feature", "app");
        row("a folder's slash", "/home/me/app", "/home/me/app/", "feature", "app");
        row("the root", "/home/me/app", "/", "feature", "/");
        row("Bedrock", "'id':'a'", "'id':'msg_bdrk_1'", "provider", "bedrock");
        row("Vertex AI", "'id':'a'", "'id':'msg_vrtx_1'", "provider", "vertex");
        row("a recorded cost", "'requestId'", "'costUSD':0.0123,'requestId'", "cost_usd", "0.0123");
        row("an hour's cache write", "'cache_creation_input_tokens':30",
            "'cache_creation':{'ephemeral_5m_input_tokens':10,'ephemeral_1h_input_tokens':20}",
            "cache_write_1h_tokens", "20");
    }
    void whatTheLineSaysIsKept()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QByteArray, column);
        QFETCH(QByteArray, value);
        const auto events = eventsOf({answer("a", "r", 5).replace(from, to)});
        QCOMPARE(events.size(), std::size_t(1));
        const EventField *const field = eventField(column.toStdString());
        QCOMPARE(QByteArray::fromStdString(field->get(events.front())), value);
    }
};

QTEST_GUILESS_MAIN(TestClaudeCodeLog)
#include "tst_claude_code_log.moc"
