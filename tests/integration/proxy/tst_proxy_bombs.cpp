// SPDX-License-Identifier: GPL-3.0-or-later
// Requests and replies that are made to cost time: nobody else's call waits for them.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"
#include "tests/Deflated.h"
#include "tests/Sanitized.h"

#include <QElapsedTimer>
#include <QTest>
#include <zlib.h>

using namespace farthing;

namespace {

/// What the machine takes for 10 MB now, whatever else it does, in microseconds.
qint64 timeToInflate()
{
    static const std::string member = gzipped(std::string(10'000'000, 'a'));
    std::string out(10'000'000, '\0');
    QElapsedTimer timer;
    timer.start();
    z_stream stream = {};
    inflateInit2(&stream, MAX_WBITS + 16);
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(member.data()));
    stream.avail_in = static_cast<uInt>(member.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    if (inflate(&stream, Z_FINISH) != Z_STREAM_END)
        qFatal("the bomb is none");
    inflateEnd(&stream);
    return timer.nsecsElapsed() / 1000;
}

std::string repeated(const std::string &text, std::size_t bytes)
{
    std::string all;
    while (all.size() < bytes)
        all += text;
    return all;
}

std::string times(const std::string &text, int count)
{
    std::string all;
    for (int i = 0; i < count; ++i)
        all += text;
    return all;
}

std::string chat(bool stream)
{
    const std::string body = stream ? "{\"model\":\"gpt-4o\",\"stream\":true}" : "{\"model\":\"gpt-4o\"}";
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// How others fared while a call took its time.
struct Others
{
    int asked = 0;
    qint64 longestUs = 0;
    bool allAnswered = true;
};

Others askUntil(const std::atomic<bool> &over, int port)
{
    Others others;
    for (; !over; ++others.asked) {
        QElapsedTimer timer;
        timer.start();
        others.allAnswered &=
            exchange(port, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").status() == 200;
        others.longestUs = std::max(others.longestUs, timer.nsecsElapsed() / 1000);
        QThread::usleep(500);
    }
    return others;
}

} // namespace

class TestProxyBombs : public QObject
{
    Q_OBJECT

private slots:
    void nobodyWaitsForOne_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("encoding");
        QTest::addColumn<QByteArray>("body");
        const auto row = [](const char *tag, const char *type, const char *encoding,
                            const std::string &body) {
            QTest::newRow(tag) << QByteArray(type) << QByteArray(encoding) << QByteArray::fromStdString(body);
        };
        const char *const json = "application/json";
        const char *const events = "text/event-stream";
        // 40 gzip members of 10 MB each, one after the other.
        row("400 MB of JSON", json, "gzip",
            gzipped("{\"a\":\"") + times(gzipped(std::string(10'000'000, 'a')), rounds(40)) + gzipped("\"}"));
        row("400 MB of events", events, "gzip",
            times(gzipped(repeated("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
                                   rounds(10'000'000))),
                  rounds(40)));
        row("one event of 400 MB", events, "gzip",
            gzipped("data: \"") + times(gzipped(std::string(10'000'000, 'd')), rounds(40)) +
                gzipped("\"\n\n"));
        row("one event of 100 MB, plain", events, "",
            "data: {\"choices\":[{\"delta\":{\"content\":\"" + repeated("and data: [", rounds(100'000'000)) +
                "\"}}]}\n\n");
        row("100 MB of JSON, plain", json, "", "{\"a\":\"" + repeated("word ", rounds(100'000'000)) + "\"}");
    }
    void nobodyWaitsForOne()
    {
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, encoding);
        QFETCH(QByteArray, body);
        const std::string headers =
            encoding.isEmpty() ? std::string() : "Content-Encoding: " + encoding.toStdString() + "\r\n";
        StubUpstream upstream([&](const HttpMessage &) {
            return StubUpstream::plain(200, type.toStdString(), body.toStdString(), headers);
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url()));
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());

        qint64 inflating = timeToInflate();
        std::atomic<bool> over = false;
        std::size_t relayed = 0;
        std::thread victim([&] {
            relayed = exchange(proxy.port(), chat(type == "text/event-stream")).body.size();
            over = true;
        });
        const Others others = askUntil(over, proxy.port());
        victim.join();
        inflating = std::max(inflating, timeToInflate());
        qInfo(
            "%lld bytes relayed, %d others asked, the slowest waited %lld us; zlib inflates 10 MB in %lld us",
            static_cast<long long>(relayed), others.asked, static_cast<long long>(others.longestUs),
            static_cast<long long>(inflating));
        QVERIFY(others.asked > 0 && others.allAnswered);
        QCOMPARE(relayed, static_cast<std::size_t>(body.size())); // byte for byte, whatever it decodes to
        QVERIFY2(isSanitized || others.longestUs < std::max(qint64{150'000}, 12 * inflating),
                 "another call waited for the bomb");
        QVERIFY2(proxy.stop(), proxy.log().constData());
        QCOMPARE(proxy.events().size(), std::size_t(1));
    }

    void nobodyWaitsForARequestThatIsLongToRead_data()
    {
        QTest::addColumn<QByteArray>("encoding");
        QTest::addColumn<int>("messages");
        QTest::newRow("a million messages") << QByteArray() << rounds(1'000'000);
        QTest::newRow("a million and a half, gzip")
            << QByteArray("Content-Encoding: gzip\r\n") << rounds(1'500'000);
    }
    void nobodyWaitsForARequestThatIsLongToRead()
    {
        QFETCH(QByteArray, encoding);
        QFETCH(int, messages);
        std::string body = "{\"model\":\"gpt-4o\",\"messages\":[" +
                           times("{\"role\":\"user\",\"content\":\"a\"},", messages - 1) +
                           "{\"role\":\"user\",\"content\":\"a\"}]}";
        if (!encoding.isEmpty())
            body = gzipped(body);
        std::atomic<std::size_t> arrived = 0;
        StubUpstream upstream([&](const HttpMessage &request) {
            arrived = request.body.size();
            return StubUpstream::plain(200, "application/json", "{}");
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url()));
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        std::atomic<bool> over = false;
        int status = 0;
        std::thread sender([&] {
            status = exchange(proxy.port(), "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
                                                encoding.toStdString() + "Content-Length: " +
                                                std::to_string(body.size()) + "\r\n\r\n" + body)
                         .status();
            over = true;
        });
        const Others others = askUntil(over, proxy.port());
        sender.join();
        qInfo("%d others asked, the slowest waited %lld us", others.asked,
              static_cast<long long>(others.longestUs));
        QCOMPARE(status, 200);
        QCOMPARE(arrived.load(), body.size());
        QVERIFY(others.asked > 0 && others.allAnswered);
        QVERIFY2(others.longestUs < std::max(qint64{150'000}, 12 * timeToInflate()),
                 "another call waited for the request");
        QVERIFY2(proxy.stop(), proxy.log().constData());
        QCOMPARE(proxy.events().size(), std::size_t(1));
        QCOMPARE(proxy.events()[0].requestModel, std::string("gpt-4o"));
    }
};

QTEST_GUILESS_MAIN(TestProxyBombs)
#include "tst_proxy_bombs.moc"
