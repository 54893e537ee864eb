// SPDX-License-Identifier: GPL-3.0-or-later
// Upstreams that are given by name, as real ones are: a resolver thread looks them up.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QElapsedTimer>
#include <QTest>
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
        for (const char *name : {"silent", "named", "named1", "named2", "named3", "named4"}) {
            const QByteArray domain = QByteArray(name).startsWith("named") ? "named" : "silent";
            upstreams.append(QByteArray("\"") + name + "\":{\"base_url\":\"http://" + name + '.' + domain +
                             ".test:" + QByteArray::number(m_upstream->port()) + "/v1\"}");
        }
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

private:
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyNames)
#include "tst_proxy_names.moc"
