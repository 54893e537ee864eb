// SPDX-License-Identifier: GPL-3.0-or-later
// A farthingd that is to keep some days of events, with more than these in its store.
#include "integration/ctl/Farthingctl.h"
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"
#include "tests/core/store/Events.h"

#include "core/store/EventImport.h"
#include "core/store/QueryService.h"

#include <QTest>
#include <nlohmann/json.hpp>

using namespace farthing;
using namespace std::chrono_literals;

class TestProxyRetention : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_proxy = std::make_unique<FarthingdProcess>();
        m_proxy->writeConfig(R"({"store": {"keep_events_days": 3, "keep_sums_days": 6}})");
        const Timestamp today = std::chrono::floor<std::chrono::days>(SystemClock().now());
        m_events = eventsApart(2min, 9 * 720, 3);
        UuidV7Generator ids;
        for (std::size_t i = 0; i < m_events.size(); ++i) {
            m_events[i].time = today - 9 * 24h + i * 2min;
            m_events[i].eventId = m_events[i].callId = ids.make(m_events[i].time);
        }
        QVERIFY(writeEvents(m_proxy->dir().database(), m_events).ok());
    }
    void cleanup() { m_proxy.reset(); }

    void oldDaysGoWhileCallsComeIn()
    {
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        int posted = 0;
        std::chrono::milliseconds slowest{0};
        const auto isDone = [&] {
            const auto began = std::chrono::steady_clock::now();
            if (post({{"model", "gpt-4o"}, {"workflow", "w"}}).status() == 200)
                ++posted;
            slowest = std::max(slowest, std::chrono::duration_cast<std::chrono::milliseconds>(
                                            std::chrono::steady_clock::now() - began));
            const auto summary = QueryService::open(m_proxy->dir().database()).operator*()->summary();
            return summary->sumsSince && summary->events < 3 * 720 + 1000;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isDone(), 20'000);
        qInfo("%d events posted meanwhile, the slowest in %d ms", posted, static_cast<int>(slowest.count()));

        const Farthingctl ctl{m_proxy->folder()};
        const auto health = nlohmann::json::parse(
            exchange(m_proxy->port(), "GET /farthing/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").body);
        QVERIFY2(health["store"]["ok"] == true, health.dump().c_str());
        const auto verified = ctl({"doctor", "--offline", "--verify", "--json"});
        QVERIFY2(verified.code == 0, verified.out.constData());
        QVERIFY2(verified.out.contains("events since"), verified.out.constData());
        const auto report = ctl({"report", "cost", "--json"});
        QCOMPARE(report.json().value("total").toObject().value("requests").toInt(), 6 * 720 + posted);
        const auto edge = ctl({"report", "cost", "--json", "--since", at(m_events[4 * 720 + 5])});
        QCOMPARE(edge.json().value("range").toObject().value("since").toString(), at(m_events[4 * 720]));
        QCOMPARE(edge.json().value("total").toObject().value("requests").toInt(), 5 * 720 + posted);
        QVERIFY2(edge.error.contains("no longer kept"), edge.error.constData());
        QVERIFY(ctl({"report", "cost", "--by", "session"}).error.contains("no longer kept"));

        // Twice sums would be wrong, so what is too old is refused wherever it comes from.
        const auto late = post({{"model", "gpt-4o"}, {"time", formatRfc3339(m_events[5].time)}});
        QCOMPARE(late.status(), 400);
        QVERIFY2(late.body.find("keep_events_days") != std::string::npos, late.body.c_str());
        const auto exported = ctl({"export", "events", "--format", "json"});
        QByteArray old = exported.out.left(exported.out.indexOf('\n') + 1);
        QVERIFY(m_proxy->stop());
        QCOMPARE(ctl({"import", "events", "-"}, old).code, 0);
        const QByteArray tooOld =
            QByteArray::fromStdString("event_id,time\n" + m_events[5].eventId.toString() + "," +
                                      formatRfc3339(m_events[5].time) + "\n");
        const auto refused = ctl({"import", "events", "-"}, tooOld);
        QCOMPARE(refused.code, 1);
        QVERIFY2(refused.error.contains("no longer kept"), refused.error.constData());
        const auto skipped = ctl({"import", "events", "-", "--on-error", "skip", "--json"}, tooOld);
        QVERIFY2(skipped.code == 0, skipped.error.constData());
        QCOMPARE(skipped.json().value("too_old").toInt(), 1);
    }

    void aProxyThatIsKilledGoesOnWithIt()
    {
        for (int i = 0; i < 6; ++i) {
            QVERIFY2(m_proxy->start(), m_proxy->log().constData());
            QTest::qWait(25 * i);
            m_proxy->kill();
        }
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        const auto isDone = [&] {
            const auto summary = QueryService::open(m_proxy->dir().database()).operator*()->summary();
            return summary->sumsSince && summary->events == 3 * 720;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isDone(), 20'000);
        QVERIFY(m_proxy->stop());
        const auto verified = Farthingctl{m_proxy->folder()}({"doctor", "--offline", "--verify", "--json"});
        QVERIFY2(verified.code == 0, verified.out.constData());
        const auto report = Farthingctl{m_proxy->folder()}({"report", "cost", "--json"});
        QCOMPARE(report.json().value("total").toObject().value("requests").toInt(), 6 * 720);
    }

private:
    static QString at(const CostEvent &event) { return QString::fromStdString(formatRfc3339(event.time)); }
    [[nodiscard]] HttpMessage post(const nlohmann::json &event) const
    {
        const std::string body = event.dump();
        return exchange(m_proxy->port(), "POST /farthing/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                         "Content-Type: application/json\r\nContent-Length: " +
                                             std::to_string(body.size()) + "\r\n\r\n" + body);
    }

    std::unique_ptr<FarthingdProcess> m_proxy;
    std::vector<CostEvent> m_events;
};

QTEST_GUILESS_MAIN(TestProxyRetention)
#include "tst_proxy_retention.moc"
