// SPDX-License-Identifier: GPL-3.0-or-later
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/SmallDisk.h"
#include "integration/proxy/StubUpstream.h"

#include <QFile>
#include <QTest>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

using namespace farthing;

namespace {

const std::string chatReply = "{\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                              "\"completion_tokens\":2,\"total_tokens\":9}}";
const std::string chat = "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 18\r\n\r\n"
                         "{\"model\":\"gpt-4o\"}";

/// Another program that holds the database for writing, as long as it lives.
class ForeignLock
{
public:
    explicit ForeignLock(const std::filesystem::path &database)
    {
        const bool held = sqlite3_open(database.c_str(), &m_db) == SQLITE_OK &&
                          sqlite3_busy_timeout(m_db, 5'000) == SQLITE_OK &&
                          sqlite3_exec(m_db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK;
        if (!held)
            qFatal("%s", sqlite3_errmsg(m_db));
    }
    ~ForeignLock() { sqlite3_close(m_db); }
    ForeignLock(const ForeignLock &) = delete;
    ForeignLock &operator=(const ForeignLock &) = delete;

private:
    sqlite3 *m_db = nullptr;
};

} // namespace

/// What becomes of calls and events while the store cannot take them.
class TestProxyFaults : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_upstream = std::make_unique<StubUpstream>(
            [](const HttpMessage &) { return StubUpstream::plain(200, "application/json", chatReply); });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(m_upstream->url() + "/v1"));
        m_proxy = std::make_unique<FarthingdProcess>();
    }
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

    void aFullDiskLosesNothing()
    {
        const SmallDisk disk(m_proxy->dir().database().parent_path());
        if (!disk.mounted())
            QSKIP("a small file system can only be mounted as root");
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call(1);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), 1, 10'000);
        disk.fill();
        call(100);
        QTRY_VERIFY_WITH_TIMEOUT(health()["store"]["ok"] == false, 10'000);
        const auto full = health();
        QVERIFY(full["status"] == "degraded");
        QVERIFY(full["store"]["error"].get<std::string>().find("full") != std::string::npos);
        QVERIFY(full["store"]["since"].is_string());
        QCOMPARE(full["journal"]["pending_events"].get<int>(), 100);
        QCOMPARE(full["unrecorded_calls"].get<int>(), 0);
        QVERIFY(QFile::remove(disk.filler()));
        everyCallIsAnEvent(101);
        m_proxy.reset(); // its log is a file on that disk
    }

    void aLockedDatabaseLosesNothing()
    {
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call(1);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), 1, 10'000);
        {
            const ForeignLock lock(m_proxy->dir().database());
            call(20);
            QTRY_VERIFY_WITH_TIMEOUT(health()["store"]["ok"] == false, 20'000);
            QCOMPARE(health()["journal"]["pending_events"].get<int>(), 20);
            QTRY_VERIFY(m_proxy->log().contains("the store takes no events since"));
            call(20);
        }
        QTRY_VERIFY_WITH_TIMEOUT(m_proxy->log().contains("the store takes events again"), 20'000);
        everyCallIsAnEvent(41);
    }

    void aFileThatIsNoDatabaseIsLeftAloneAndLosesNothing()
    {
        const QByteArray foreign = QByteArray("this is somebody's text file\n").repeated(100);
        const QString database = QString::fromStdString(m_proxy->dir().database().string());
        {
            QFile file(database);
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(foreign) == foreign.size());
        }
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call(20);
        QTRY_VERIFY_WITH_TIMEOUT(health()["store"]["ok"] == false, 10'000);
        QVERIFY(health()["status"] == "degraded");
        QFile file(database);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), foreign);
        QVERIFY(QFile::rename(database, database + ".aside"));
        everyCallIsAnEvent(20);
    }

private:
    void call(int times)
    {
        for (int i = 0; i < times; ++i) {
            const HttpMessage reply = exchange(m_proxy->port(), chat);
            QCOMPARE(reply.status(), 200);
            QCOMPARE(reply.body, chatReply);
        }
    }
    nlohmann::json health()
    {
        return nlohmann::json::parse(
            exchange(m_proxy->port(), "GET /farthing/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").body);
    }
    int committed() { return health()["store"]["committed_events"]; }
    /// Once the store is back.
    void everyCallIsAnEvent(int calls)
    {
        QTRY_VERIFY_WITH_TIMEOUT(health()["status"] == "ok", 20'000);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), calls, 20'000);
        QVERIFY(m_proxy->stop());
        const auto events = m_proxy->events();
        QCOMPARE(int(events.size()), calls);
        QCOMPARE(m_upstream->received(), calls);
        for (const CostEvent &event : events)
            QCOMPARE(event.usage.input, std::int64_t(7));
    }

    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyFaults)
#include "tst_proxy_faults.moc"
