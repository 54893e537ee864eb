// SPDX-License-Identifier: GPL-3.0-or-later
// Which of a client's own records are of calls that passed through the proxy.
#include "core/store/EventImport.h"
#include "core/store/MeteredCalls.h"

#include <QTemporaryDir>
#include <QTest>

using namespace farthing;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp arrival = fromMicros(1'790'000'000'000'000);

CostEvent call(Timestamp time, const char *session, std::int64_t input, const char *client,
               const char *instance)
{
    static UuidV7Generator ids;
    CostEvent event;
    event.time = time;
    event.eventId = event.callId = ids.make(time);
    event.status = 200;
    event.session = session;
    event.usage = {.input = input, .cachedInput = input / 2, .output = 40};
    event.client = client;
    event.instance = instance;
    return event;
}

} // namespace

class MeteredCallsTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    std::filesystem::path m_database = m_folder.filePath("events.db").toStdString();

private slots:
    void initTestCase()
    {
        const std::vector<CostEvent> events = {
            call(arrival, "s1", 1000, "claude-cli/2.0.1 (external, cli)", "127.0.0.1:4141"),
            call(arrival + 1s, "s1", 2000, "claude-cli/2.0.1", ""),
            call(arrival + 2s, "s1", 3000, "curl/7.88.1", "127.0.0.1:4141"),
            call(arrival + 3s, "", 4000, "claude-cli/2.0.1", "127.0.0.1:4141")};
        QVERIFY(writeEvents(m_database, events));
    }

    void callsAreKnownBySessionInputAndTime_data()
    {
        QTest::addColumn<qint64>("afterUs");
        QTest::addColumn<QByteArray>("session");
        QTest::addColumn<qint64>("input");
        QTest::addColumn<bool>("known");
        const auto row = [](const char *name, Micros after, const char *session, qint64 input, bool known) {
            QTest::newRow(name) << qint64(after.count()) << QByteArray(session) << input << known;
        };
        row("as it is written down", 8s, "s1", 1000, true);
        row("after a long reply", 59min, "s1", 1000, true);
        row("much later", 61min, "s1", 1000, false);
        row("by a clock that is behind", -4s, "s1", 1000, true);
        row("before", -6s, "s1", 1000, false);
        row("another session", 8s, "s2", 1000, false);
        row("another input", 8s, "s1", 1001, false);
        row("imported, not metered", 8s, "s1", 2000, false);
        row("another client's", 8s, "s1", 3000, false);
        row("without a session", 8s, "", 4000, false);
    }
    void callsAreKnownBySessionInputAndTime()
    {
        QFETCH(qint64, afterUs);
        QFETCH(QByteArray, session);
        QFETCH(qint64, input);
        const auto calls = MeteredCalls::ofClient(m_database, "claude-cli/");
        QVERIFY(calls);
        CostEvent event = call(arrival + Micros(afterUs), session.constData(), input, "claude-cli/2.0.1", "");
        event.usage.output = 1; // written down before the reply was whole
        QTEST(calls->has(event), "known");
    }

    void whereNobodyCalledNothingIsKnown()
    {
        const auto others = MeteredCalls::ofClient(m_database, "claude-clj/");
        QVERIFY(others && !others->has(call(arrival, "s1", 1000, "claude-cli/2.0.1", "")));
        const auto none = MeteredCalls::ofClient(m_folder.filePath("none.db").toStdString(), "claude-cli/");
        QVERIFY(none && !none->has(call(arrival, "s1", 1000, "claude-cli/2.0.1", "")));
        QVERIFY(!QFile::exists(m_folder.filePath("none.db")));
    }

    void aStoreThatIsNoneSaysSo()
    {
        const QString path = m_folder.filePath("broken.db");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(8192, 'x'));
        file.close();
        QVERIFY(!MeteredCalls::ofClient(path.toStdString(), "claude-cli/"));
    }
};

QTEST_GUILESS_MAIN(MeteredCallsTest)
#include "tst_metered_calls.moc"
