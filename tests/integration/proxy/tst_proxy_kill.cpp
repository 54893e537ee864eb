// SPDX-License-Identifier: GPL-3.0-or-later
// kill -9 of the proxy under load: forwarded = events, none lost, none twice, and what clients saw succeed
// says so.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include "core/store/Reprice.h"

#include <QDir>
#include <QTest>
#include <QtEndian>
#include <random>
#include <set>
#include <span>
#include <unistd.h>

using namespace farthing;

namespace {

constexpr int kills = 20;
constexpr int clients = 32;

const std::string answer = "{\"id\":\"x\",\"object\":\"chat.completion\",\"model\":\"gpt-4o\",\"choices\":[{"
                           "\"index\":0,\"message\":{\"role\":\"assistant\","
                           "\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":"
                           "9,\"completion_tokens\":3,\"total_tokens\":12}}";

std::string event(const std::string &json)
{
    return "data: " + json + "\n\n";
}

std::vector<std::string> streamPieces()
{
    std::vector<std::string> pieces;
    for (int i = 0; i < 5; ++i)
        pieces.push_back(event("{\"id\":\"x\",\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{"
                               "\"content\":\"Hi\"}}],\"usage\":null}"));
    pieces.push_back(event("{\"id\":\"x\",\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,"
                           "\"completion_tokens\":5,\"total_tokens\":14}}"));
    pieces.push_back(event("[DONE]"));
    return pieces;
}

std::string requestOf(const std::string &name, bool stream)
{
    const std::string body = std::string("{\"model\":\"gpt-4o\",") + (stream ? "\"stream\":true," : "") +
                             "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Farthing-Session: " + name +
           "\r\nX-Test-Call: " + name +
           "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

class TestProxyKill : public QObject
{
    Q_OBJECT

private slots:
    void nothingIsLostAndNothingTwice()
    {
        std::mutex mutex;
        std::multiset<std::string> forwarded;
        std::set<std::string> succeeded;
        StubUpstream upstream([&](const HttpMessage &request) {
            {
                const std::lock_guard lock(mutex);
                forwarded.insert(request.headers.at("x-test-call"));
            }
            StubUpstream::Reply reply = request.body.find("\"stream\":true") != std::string::npos
                                            ? StubUpstream::chunked(200, "text/event-stream", streamPieces())
                                            : StubUpstream::plain(200, "application/json", answer);
            reply.pause = std::chrono::milliseconds(2);
            return reply;
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        std::mt19937 random(42);
        int calls = 0;

        for (int round = 0; round < kills; ++round) {
            QVERIFY2(proxy.start(), proxy.log().constData());
            std::atomic<bool> dead = false;
            std::vector<std::thread> threads;
            std::atomic<int> made = 0;
            for (int client = 0; client < clients; ++client)
                threads.emplace_back([&, client] {
                    const std::string prefix = std::to_string(round) + "-" + std::to_string(client) + "-";
                    for (int i = 0; !dead && i < 10'000; ++i) {
                        const std::string name = prefix + std::to_string(i);
                        const HttpMessage reply = exchange(proxy.port(), requestOf(name, client % 2 == 0));
                        ++made;
                        const bool sawDone =
                            client % 2 != 0 || reply.body.find("[DONE]") != std::string::npos;
                        if ((reply.complete || client % 2 == 0) &&
                            reply.startLine.find(" 200 ") != std::string::npos && sawDone) {
                            const std::lock_guard lock(mutex);
                            succeeded.insert(name);
                        }
                    }
                });
            QThread::msleep(50 + random() % 250);
            proxy.kill();
            dead = true;
            for (std::thread &thread : threads)
                thread.join();
            calls += made;
        }
        QVERIFY2(proxy.start(), proxy.log().constData());
        QVERIFY2(proxy.stop(), proxy.log().constData());

        std::multiset<std::string> recorded;
        std::map<std::string, int> statusOf;
        int died = 0;
        for (const CostEvent &e : proxy.events()) {
            recorded.insert(e.session);
            statusOf[e.session] = e.status;
            died += e.status == status::proxyDied ? 1 : 0;
        }
        const std::lock_guard lock(mutex);
        int lost = 0;
        int twice = 0;
        int neverForwarded = 0;
        int succeededWithoutSaying = 0;
        for (const std::string &name : std::set(forwarded.begin(), forwarded.end()))
            lost += recorded.contains(name) ? 0 : 1;
        for (const std::string &name : std::set(recorded.begin(), recorded.end())) {
            twice += recorded.count(name) > 1 ? 1 : 0;
            neverForwarded += forwarded.contains(name) ? 0 : 1;
        }
        for (const std::string &name : succeeded)
            succeededWithoutSaying += statusOf[name] == 200 ? 0 : 1;
        qInfo("%d kills, %d calls: %zu forwarded, %zu events (%d of them 598; %d whose request the kill cut "
              "off on its way), "
              "%d lost, %d twice, %zu seen to succeed, %d of them not recorded so",
              kills, calls, forwarded.size(), recorded.size(), died, neverForwarded, lost, twice,
              succeeded.size(), succeededWithoutSaying);
        QCOMPARE(lost, 0);
        QCOMPARE(twice, 0);
        QCOMPARE(succeededWithoutSaying, 0);
        QVERIFY(succeeded.size() > 100);
        // An intent is journalled before its call goes out: a kill in between leaves an event that says 598.
        for (const std::string &name : std::set(recorded.begin(), recorded.end()))
            if (!forwarded.contains(name))
                QVERIFY2(statusOf[name] == status::proxyDied || statusOf[name] == status::clientClosed,
                         (name + ": " + std::to_string(statusOf[name])).c_str());
    }

    /// A machine that dies leaves of the journal what the disk had, and a store that may be ahead of it.
    void whatTheMachineTookFromTheJournalCostsNoLaterCall()
    {
        StubUpstream upstream(
            [](const HttpMessage &) { return StubUpstream::plain(200, "application/json", answer); });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        proxy.writeConfig(R"({"store":{"synchronous":"full"}})");
        const auto call = [&proxy](int number) {
            return exchange(proxy.port(), requestOf(std::to_string(number), false)).status();
        };
        QVERIFY2(proxy.start(), proxy.log().constData());
        for (int i = 0; i < 20; ++i)
            QCOMPARE(call(i), 200);
        const auto committed = [&proxy] {
            const std::string metrics =
                exchange(proxy.port(),
                         "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .body;
            return metrics.find("farthing_events_committed_total 20\n") != std::string::npos;
        };
        QTRY_VERIFY_WITH_TIMEOUT(committed(), 5000);
        proxy.kill();
        const auto repriced = reprice(proxy.dir().database(), RepriceScope::All, [](CostEvent &event) {
            event.cost = Money::fromNanoUsd(7);
            return true;
        });
        QVERIFY(repriced && repriced->changed == 20);
        const auto before = proxy.events();

        QDir journal(QString::fromStdString(proxy.dir().journal().string()));
        constexpr qint64 boot = 32;
        constexpr qint64 firstRecord = 64;
        constexpr qint64 sizeOfIntent = firstRecord + 20;
        constexpr qint64 recordHeader = 40;
        constexpr qint64 kept = 4096;
        for (const QString &name : journal.entryList({QStringLiteral("*.journal")}, QDir::Files)) {
            QFile segment(journal.filePath(name));
            QVERIFY(segment.open(QIODevice::ReadWrite));
            QVERIFY(segment.seek(boot) && segment.write(QByteArray(16, 'x')) == 16);
            if (name == "000000000001.journal") { // and the first outcome is damaged
                QVERIFY(segment.seek(sizeOfIntent));
                const auto intent = qFromLittleEndian<quint32>(segment.read(4).constData());
                QVERIFY(segment.seek(firstRecord + recordHeader + (intent + 7) / 8 * 8 + recordHeader + 20));
                QCOMPARE(segment.write("damage"), qint64(6));
            }
            QVERIFY(segment.seek(kept) &&
                    segment.write(QByteArray(segment.size() - kept, '\0')) == segment.size() - kept);
        }

        QVERIFY2(proxy.start(), proxy.log().constData());
        for (int i = 20; i < 50; ++i)
            QCOMPARE(call(i), 200);
        QTRY_VERIFY_WITH_TIMEOUT(proxy.log().contains("the journal is damaged: 1 of its records"), 5000);
        QVERIFY2(proxy.stop(), proxy.log().constData());
        const auto after = proxy.events();
        QCOMPARE(after.size(), std::size_t(50));
        QVERIFY(std::ranges::equal(before, std::span(after).first(before.size())));
    }
};

QTEST_GUILESS_MAIN(TestProxyKill)
#include "tst_proxy_kill.moc"
