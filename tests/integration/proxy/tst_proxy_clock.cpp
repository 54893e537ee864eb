// SPDX-License-Identifier: GPL-3.0-or-later
// A wall clock that jumps while calls are under way: every call is one event, at the time that the clock
// showed, and how long it took does not depend on that clock.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QTest>
#include <set>

using namespace farthing;

namespace {

constexpr std::int64_t day = 86'400;

const std::string chatReply = "{\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                              "\"completion_tokens\":2,\"total_tokens\":9}}";

std::string chatIn(const std::string &session)
{
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Farthing-Session: " + session +
           "\r\nContent-Length: 18\r\n\r\n{\"model\":\"gpt-4o\"}";
}

} // namespace

class TestProxyClock : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        qputenv("LD_PRELOAD", STUB_CLOCK_LIBRARY);
        qputenv("ASAN_OPTIONS", qgetenv("ASAN_OPTIONS") + ":verify_asan_link_order=0");
    }
    void cleanupTestCase() { qunsetenv("LD_PRELOAD"); }

    void aJumpOfTheClockLosesNothing_data()
    {
        QTest::addColumn<QList<qint64>>("offsets"); ///< of the wall clock, in seconds, one after the other
        QTest::newRow("an hour ahead and back") << QList<qint64>{0, 3600, 0};
        QTest::newRow("an hour back and ahead") << QList<qint64>{0, -3600, 0};
        QTest::newRow("two days ahead, then three back") << QList<qint64>{0, 2 * day, -day};
        QTest::newRow("a second to and fro") << QList<qint64>{0, -1, 0, -1, 0, 1, 0, -1};
        QTest::newRow("a battery that was empty") << QList<qint64>{-20 * 365 * day, 0};
    }
    void aJumpOfTheClockLosesNothing()
    {
        QFETCH(QList<qint64>, offsets);
        const QTemporaryDir dir;
        const QString file = dir.filePath("offset");
        setClock(file, offsets.front());
        qputenv("STUB_CLOCK", file.toUtf8());
        StubUpstream upstream([](const HttpMessage &) {
            auto reply = StubUpstream::plain(200, "application/json", chatReply);
            reply.pieces.insert(reply.pieces.begin(), "");
            reply.pause = std::chrono::milliseconds(150);
            return reply;
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        std::set<std::string> ids;
        std::mutex mutex;
        const auto call = [&](qsizetype step) {
            const HttpMessage reply = exchange(proxy.port(), chatIn(std::to_string(step)));
            const std::lock_guard lock(mutex);
            if (reply.status() == 200)
                ids.insert(reply.headers.at("x-farthing-event-id"));
        };
        for (qsizetype step = 0; step < offsets.size(); ++step) {
            setClock(file, offsets[step]);
            call(step);
            std::vector<std::thread> across; // the clock jumps in the middle of them
            for (int i = 0; i < 4; ++i)
                across.emplace_back([&] { call(step); });
            QTest::qWait(60);
            if (step + 1 < offsets.size())
                setClock(file, offsets[step + 1]);
            for (std::thread &each : across)
                each.join();
        }
        const auto calls = static_cast<std::size_t>(offsets.size()) * 5;
        QCOMPARE(ids.size(), calls);
        QVERIFY2(proxy.stop(), proxy.log().constData());
        const auto events = proxy.events();
        QCOMPARE(events.size(), calls);
        const Timestamp now = SystemClock().now();
        for (const CostEvent &event : events) {
            QVERIFY(ids.contains(event.eventId.toString()));
            QVERIFY2(event.latencyUs >= 100'000 && event.latencyUs < 5'000'000,
                     qPrintable(QString::number(event.latencyUs)));
            QVERIFY(event.ttftUs <= event.latencyUs);
            const auto ago = std::chrono::duration_cast<std::chrono::seconds>(now - event.time).count() +
                             offsets[std::stoi(event.session)];
            QVERIFY2(ago >= -1 && ago < 60, qPrintable(QString::number(ago)));
            QCOMPARE(event.usage.input, std::int64_t(7));
        }
    }

private:
    static void setClock(const QString &path, qint64 seconds)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        QCOMPARE(file.write(reinterpret_cast<const char *>(&seconds), sizeof seconds),
                 qint64(sizeof seconds));
    }
};

QTEST_GUILESS_MAIN(TestProxyClock)
#include "tst_proxy_clock.moc"
