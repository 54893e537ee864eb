// SPDX-License-Identifier: GPL-3.0-or-later
// What lies before a request can go out: names that a resolver thread looks up, connections that take long.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/FullPort.h"
#include "integration/proxy/StubUpstream.h"

#include <QElapsedTimer>
#include <QTest>
#include <thread>
#include <unistd.h>

using namespace farthing;

namespace {

std::string chatAt(const std::string &upstream)
{
    return "POST /up/" + upstream +
           "/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
           "18\r\n\r\n{\"model\":\"gpt-4o\"}";
}

} // namespace

class TestProxyNames : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        qputenv("LD_PRELOAD", STUB_RESOLVER);
        qputenv("ASAN_OPTIONS", qgetenv("ASAN_OPTIONS") + ":verify_asan_link_order=0");
    }
    void cleanupTestCase() { qunsetenv("LD_PRELOAD"); }

    void init()
    {
        m_upstream = std::make_unique<StubUpstream>([](const HttpMessage &) {
            auto reply = StubUpstream::chunked(200, "text/plain", {"one", "two", "three"});
            reply.pause = std::chrono::milliseconds(20);
            return reply;
        });
        m_proxy = std::make_unique<FarthingdProcess>();
        QByteArrayList upstreams;
        for (const char *name : {"silent", "dual", "named", "named1", "named2", "named3", "named4"}) {
            const QByteArray domain = QByteArray(name).startsWith("named") ? "named" : name;
            upstreams.append(QByteArray("\"") + name + "\":{\"base_url\":\"http://" + name + '.' + domain +
                             ".test:" + QByteArray::number(m_upstream->port()) + "/v1\"}");
        }
        for (const auto &[name, port] :
             {std::pair("closing", m_closing.port()), std::pair("full", m_full.port())})
            upstreams.append(QByteArray("\"") + name +
                             "\":{\"base_url\":\"http://127.0.0.1:" + QByteArray::number(port) + "/v1\"}");
        m_proxy->writeConfig("{\"upstreams\":{" + upstreams.join(',') + "}}");
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
    }
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

    void aReplyIsHeardAsItComes()
    {
        for (const char *name : {"named", "named1", "named2", "named3", "named4", "named"}) {
            QElapsedTimer timer;
            timer.start();
            const HttpMessage reply = exchange(m_proxy->port(), chatAt(name));
            QVERIFY2(reply.body == "onetwothree", reply.body.c_str());
            QVERIFY2(timer.elapsed() < 700, qPrintable(QString::number(timer.elapsed())));
        }
    }

    void aCallGivenUpDuringALookupHoldsNobodyUp()
    {
        QCOMPARE(exchange(m_proxy->port(), chatAt("named")).status(), 200);
        const int client = connectTo(m_proxy->port());
        QVERIFY(sendAll(client, chatAt("silent")));
        QTest::qWait(200);
        ::close(client);
        QTest::qWait(100);
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(exchange(m_proxy->port(), chatAt("named")).status(), 200);
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().size(), std::size_t(3));
        const CostEvent unsent = m_proxy->events().at(1);
        QCOMPARE(unsent.status, status::clientClosed);
        QVERIFY(unsent.usageSource == UsageSource::None); // nobody can have worked on it
        QCOMPARE(unsent.usage.input, std::int64_t(0));
        QVERIFY(unsent.cost == Money());
    }

    /// The numbers of their sockets are those of the next connections.
    void callsGivenUpDuringAConnectHarmNobody_data()
    {
        QTest::addColumn<std::string>("upstream");
        QTest::newRow("that never comes about") << std::string("full");
        QTest::newRow("that comes about at once") << std::string("closing");
    }
    void callsGivenUpDuringAConnectHarmNobody()
    {
        QFETCH(std::string, upstream);
        const int port = m_proxy->port();
        std::atomic<bool> done = false;
        std::vector<std::thread> rude;
        for (int i = 0; i < 3; ++i)
            rude.emplace_back([&] {
                while (!done) {
                    const int client = connectTo(port);
                    sendAll(client, chatAt(upstream));
                    ::close(client);
                    std::this_thread::sleep_for(std::chrono::milliseconds(5));
                }
            });
        std::atomic<int> served = 0;
        std::vector<std::thread> patient;
        for (int i = 0; i < 2; ++i)
            patient.emplace_back([&] {
                for (int call = 0; call < 200; ++call)
                    if (farthing::exchange(port, chatAt("closing")).status() == 200)
                        ++served;
            });
        for (std::thread &thread : patient)
            thread.join();
        done = true;
        for (std::thread &thread : rude)
            thread.join();
        QCOMPARE(served.load(), 400);
        QVERIFY2(m_proxy->stop(), m_proxy->log().constData());
    }

    /// Its name has two addresses, and the first one refuses.
    void theNextAddressIsTried()
    {
        for (int call = 0; call < 3; ++call) {
            QElapsedTimer timer;
            timer.start();
            QCOMPARE(exchange(m_proxy->port(), chatAt("dual")).status(), 200);
            QVERIFY2(timer.elapsed() < 700, qPrintable(QString::number(timer.elapsed())));
        }
    }

private:
    StubUpstream m_closing{[](const HttpMessage &) {
        auto reply = StubUpstream::plain(200, "text/plain", "closing", "Connection: close\r\n");
        reply.closeAtEnd = true;
        return reply;
    }};
    FullPort m_full;
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyNames)
#include "tst_proxy_names.moc"
