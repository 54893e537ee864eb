// SPDX-License-Identifier: GPL-3.0-or-later
#include "integration/ctl/Farthingctl.h"
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
        theStoreIsSaidToFail("full");
        const auto full = health();
        QCOMPARE(full["journal"]["pending_events"].get<int>(), 100);
        QCOMPARE(full["unrecorded_calls"].get<int>(), 0);
        QVERIFY(QFile::remove(disk.filler()));
        everyCallIsAnEvent(101);
        m_proxy.reset(); // its log is a file on that disk
    }

    /// As where the disk fails, or is full and writes each page to a new place.
    void aDiskThatTakesNoPageOfTheJournalLosesNothingElse()
    {
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call(1);
        const auto folder = m_proxy->dir().journal();
        for (const auto &segment : std::filesystem::directory_iterator(folder))
            std::filesystem::resize_file(segment.path(), 4096);
        call(50);
        QCOMPARE(health()["unrecorded_calls"].get<int>(), 0);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), 51, 10'000);

        for (const auto &segment : std::filesystem::directory_iterator(folder))
            std::filesystem::resize_file(segment.path(), 0);
        const std::filesystem::path away = folder.string() + ".away";
        std::filesystem::rename(folder, away);
        call(20);
        QCOMPARE(health()["unrecorded_calls"].get<int>(), 20);
        QVERIFY(health()["journal"]["full"] == true);
        std::filesystem::rename(away, folder);
        QTest::qWait(1'100);
        call(5);
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().size(), std::size_t(56));
    }

    void aFullDiskThatWritesEachPageAnewEndsNoCall()
    {
        const CopyOnWriteDisk disk(m_proxy->dir().database().parent_path());
        if (!disk.mounted())
            QSKIP("btrfs can only be mounted as root, from a loop device, where btrfs-progs are installed");
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call(20);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), 20, 10'000);
        disk.fill();
        const auto unrecorded = [this] { return health()["unrecorded_calls"].get<std::size_t>(); };
        call(100);
        const std::size_t unrecordedBefore = unrecorded();
        m_proxy->kill(); // and a start on the full disk
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call(50);
        QVERIFY(QFile::remove(disk.filler()));
        std::size_t calls = 170;
        const auto isRecordedAgain = [&] {
            const std::size_t before = unrecorded();
            call(1);
            ++calls;
            return unrecorded() == before;
        };
        QVERIFY(QTest::qWaitFor(isRecordedAgain, 10'000));
        const std::size_t said = unrecordedBefore + unrecorded();
        QVERIFY2(m_proxy->stop(), m_proxy->log().constData());
        QCOMPARE(m_proxy->events().size() + said, calls);
        qInfo("%zu calls, %zu of them without a record, and said so", calls, said);
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
            theStoreIsSaidToFail("locked");
            QCOMPARE(health()["journal"]["pending_events"].get<int>(), 20);
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
        theStoreIsSaidToFail("not a database");
        QFile file(database);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), foreign);
        QVERIFY(QFile::rename(database, database + ".aside"));
        everyCallIsAnEvent(20);
    }

    void aDatabaseThatCannotBeWrittenLosesNothing()
    {
        makeDatabase();
        {
            const ReadOnlyFile file(m_proxy->dir().database());
            if (!file.isReadOnly())
                QSKIP("a file can only be made read-only for root by a mount, and only root can do that");
            QVERIFY2(m_proxy->start(), m_proxy->log().constData());
            call(20);
            theStoreIsSaidToFail("readonly");
            QCOMPARE(health()["journal"]["pending_events"].get<int>(), 20);
        }
        everyCallIsAnEvent(20, 20);
    }

    void aDeletedDatabaseIsMadeAnewAndLosesNothingThatCameAfter()
    {
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call(5);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), 5, 10'000);
        for (const char *suffix : {"", "-wal", "-shm"})
            QFile::remove(QString::fromStdString(m_proxy->dir().database().string() + suffix));
        call(20);
        QTRY_VERIFY_WITH_TIMEOUT(m_proxy->log().contains("deleted or moved away"), 10'000);
        QTRY_VERIFY_WITH_TIMEOUT(health()["journal"]["pending_events"] == 0, 10'000);
        QVERIFY(health()["status"] == "ok");
        QVERIFY(m_proxy->stop());
        // What the journal still had of the first five comes back too.
        QCOMPARE(m_proxy->events().size(), std::size_t(25));
    }

    void aDamagedDatabaseLosesNothingThatCameAfter()
    {
        makeDatabase();
        const QString database = QString::fromStdString(m_proxy->dir().database().string());
        {
            QFile file(database);
            QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(4096));
            const QByteArray damage(file.size() - 4096, '\x5a');
            QVERIFY(file.write(damage) == damage.size());
        }
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call(20);
        theStoreIsSaidToFail("malformed");
        QVERIFY(health()["journal"]["pending_events"].get<int>() >= 20);
        QVERIFY(QFile::rename(database, database + ".damaged"));
        everyCallIsAnEvent(40); // the journal still had the first twenty
    }

    void aJournalAtItsBoundSaysWhatItCannotTake()
    {
        m_proxy->writeConfig("{\"limits\":{\"journal_max_bytes\":1048576}}");
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call(1);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), 1, 10'000);
        int calls = 1;
        int unrecorded = 0;
        {
            const ForeignLock lock(m_proxy->dir().database());
            for (; calls < 5'000 && unrecorded == 0; calls += 50) {
                call(50);
                unrecorded = health()["unrecorded_calls"];
            }
            call(50);
            calls += 50;
            const auto full = health();
            QCOMPARE(full["unrecorded_calls"].get<int>(), unrecorded + 50);
            unrecorded += 50;
            QVERIFY(full["status"] == "degraded");
            QVERIFY(full["journal"]["full"] == true);
            QVERIFY(full["journal"]["full_since"].is_string());
            QVERIFY(full["unrecorded_since"].is_string());
            QVERIFY(full["unrecorded_reason"].get<std::string>().find("journal is full") !=
                    std::string::npos);
            QVERIFY(full["journal"]["bytes"].get<int>() <= 1'048'576);
            QCOMPARE(full["journal"]["pending_events"].get<int>(), calls - 1 - unrecorded);
            QVERIFY2(sinceInMetrics("journal") > 0 && sinceInMetrics("records") > 0, metrics().c_str());
            QTRY_VERIFY(m_proxy->log().contains("calls pass without a record since"));
            const QByteArray doctor = doctorSays();
            QVERIFY2(doctor.contains("its journal is full since") &&
                         doctor.contains("calls passed without a record since"),
                     doctor.constData());
        }
        qInfo("a journal of 1 MiB: %d calls passed, %d of them without a record, and said so", calls,
              unrecorded);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), calls - unrecorded, 20'000);
        call(1);
        QTRY_VERIFY_WITH_TIMEOUT(health()["status"] == "ok", 10'000);
        QCOMPARE(sinceInMetrics("journal"), 0LL);
        QCOMPARE(sinceInMetrics("records"), 0LL);
        QTRY_VERIFY(m_proxy->log().contains("calls are recorded again"));
        QVERIFY(m_proxy->stop());
        QCOMPARE(int(m_proxy->events().size()), calls + 1 - unrecorded);
        QCOMPARE(m_upstream->received(), calls + 1);
    }

private:
    void makeDatabase()
    {
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call(20);
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().size(), std::size_t(20));
    }
    QByteArray doctorSays()
    {
        const auto folder = QString::fromStdString(m_proxy->dir().config().parent_path().string());
        return Farthingctl{folder}({"doctor", "--offline"}).out;
    }
    std::string metrics()
    {
        return exchange(m_proxy->port(), "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").body;
    }
    long long sinceInMetrics(const std::string &what)
    {
        const std::string line = "\nfarthing_fault_since_timestamp_seconds{what=\"" + what + "\"} ";
        const std::string all = metrics();
        const auto at = all.find(line);
        return at == std::string::npos ? -1 : std::stoll(all.substr(at + line.size()));
    }
    void theStoreIsSaidToFail(const char *why)
    {
        QTRY_VERIFY_WITH_TIMEOUT(health()["store"]["ok"] == false, 20'000);
        const auto store = health()["store"];
        QVERIFY(health()["status"] == "degraded");
        QVERIFY2(store["error"].get<std::string>().find(why) != std::string::npos, store.dump().c_str());
        QVERIFY(store["since"].is_string());
        QVERIFY2(sinceInMetrics("store") > 0, metrics().c_str());
        const QByteArray said = "its store takes no events since " +
                                QByteArray::fromStdString(store["since"].get<std::string>()).left(16);
        const QByteArray doctor = doctorSays();
        QVERIFY2(doctor.contains(said) && doctor.contains(why), doctor.constData());
        QTRY_VERIFY(m_proxy->log().contains("the store takes no events since"));
    }
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
    void everyCallIsAnEvent(int calls, int before = 0)
    {
        QTRY_VERIFY_WITH_TIMEOUT(health()["status"] == "ok", 20'000);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), calls, 20'000);
        QVERIFY(m_proxy->stop());
        const auto events = m_proxy->events();
        QCOMPARE(int(events.size()), before + calls);
        for (const CostEvent &event : events)
            QCOMPARE(event.usage.input, std::int64_t(7));
    }

    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyFaults)
#include "tst_proxy_faults.moc"
