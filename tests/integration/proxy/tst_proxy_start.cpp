// SPDX-License-Identifier: GPL-3.0-or-later
// Starts in a folder that something is wrong with: calls pass from the first, and are recorded as soon as
// they can be.
#include "core/providers/RequestFacts.h"
#include "core/store/QueryService.h"
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/SmallDisk.h"
#include "integration/proxy/StubUpstream.h"

#include <QDir>
#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTest>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

using namespace farthing;

namespace {

const std::string chatReply = "{\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                              "\"completion_tokens\":2,\"total_tokens\":9}}";
const std::string chat = "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 18\r\n\r\n"
                         "{\"model\":\"gpt-4o\"}";

void write(const std::filesystem::path &path, const QByteArray &content)
{
    QFile file(QString::fromStdString(path.string()));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
}

QByteArray contentOf(const std::filesystem::path &path)
{
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestProxyStart : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_forwarded.clear();
        m_upstream = std::make_unique<StubUpstream>([this](const HttpMessage &request) {
            const std::lock_guard lock(m_mutex);
            if (const auto name = request.headers.find("x-test-call"); name != request.headers.end())
                m_forwarded.insert(name->second);
            return StubUpstream::plain(200, "application/json", chatReply);
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(m_upstream->url() + "/v1"));
        m_folder = std::make_unique<QTemporaryDir>();
        m_log.clear();
    }
    void cleanup()
    {
        if (m_process)
            kill();
        m_upstream.reset();
        m_folder.reset();
    }

    void aJournalThatCannotBeOpenedIsTriedAgain()
    {
        write(dir().journal(), "in the way");
        QVERIFY2(start(), log().constData());
        call();
        const auto without = health();
        QVERIFY(without["status"] == "degraded");
        QVERIFY(without["store"]["ok"] == false);
        QVERIFY(!without["store"]["error"].get<std::string>().empty());
        QVERIFY(without["store"]["since"].is_string());
        QCOMPARE(without["unrecorded_calls"].get<int>(), 1);
        QVERIFY(QFile::remove(QString::fromStdString(dir().journal().string())));
        theNextCallIsRecorded();
    }

    void aFullDiskIsWaitedFor()
    {
        const SmallDisk disk(m_folder->path().toStdString());
        if (!disk.mounted())
            QSKIP("a small file system can only be mounted as root");
        disk.fill();
        QVERIFY2(start(), log().constData());
        call();
        const auto full = health();
        QVERIFY(full["status"] == "degraded");
        QVERIFY2(full["store"]["error"].get<std::string>().find("pace") != std::string::npos,
                 full["store"]["error"].get<std::string>().c_str());
        QVERIFY(full["store"]["since"].is_string());
        QVERIFY(!std::filesystem::exists(dir().serving()));
        QVERIFY(QFile::remove(disk.filler()));
        theNextCallIsRecorded();
        QTRY_VERIFY(contentOf(dir().serving()).contains("\"listen\""));
        QTRY_COMPARE(contentOf(dir().secret()).size(), qsizetype(sizeof(AnatomyKey)));
        stop();
    }

    void aReadOnlyFolderIsWaitedFor()
    {
        const SmallDisk disk(m_folder->path().toStdString());
        if (!disk.mounted())
            QSKIP("a small file system can only be mounted as root");
        QVERIFY(disk.setReadOnly(true));
        QVERIFY2(start(), log().constData());
        call();
        const auto without = health();
        QVERIFY(without["status"] == "degraded");
        QVERIFY2(without["store"]["error"].get<std::string>().find("ead-only") != std::string::npos,
                 without["store"]["error"].get<std::string>().c_str());
        QVERIFY(without["store"]["since"].is_string());
        QVERIFY(disk.setReadOnly(false));
        theNextCallIsRecorded();
        QTRY_VERIFY(contentOf(dir().serving()).contains("\"listen\""));
        stop();
    }

    void aKillOnAFullDiskLosesNothing()
    {
        const SmallDisk disk(m_folder->path().toStdString());
        if (!disk.mounted())
            QSKIP("a small file system can only be mounted as root");
        QVERIFY2(start(), log().constData());
        QCOMPARE(callNamed("before"), 200);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), 1, 10'000);
        disk.fill();
        std::atomic<bool> dead = false;
        std::vector<std::thread> clients;
        for (int client = 0; client < 8; ++client)
            clients.emplace_back([this, client, &dead] {
                for (int i = 0; !dead && i < 10'000; ++i)
                    callNamed("first-" + std::to_string(client) + "-" + std::to_string(i));
            });
        QTest::qWait(400);
        kill();
        dead = true;
        for (std::thread &client : clients)
            client.join();

        disk.fill();
        QVERIFY2(start(), log().constData());
        for (int i = 0; i < 50; ++i)
            QCOMPARE(callNamed("second-" + std::to_string(i)), 200);
        const int unrecorded = health()["unrecorded_calls"];
        kill();
        QVERIFY(QFile::remove(disk.filler()));
        QVERIFY2(start(), log().constData());
        QTRY_VERIFY_WITH_TIMEOUT(health()["status"] == "ok", 20'000);
        stop();

        std::multiset<std::string> recorded;
        const auto queries = QueryService::open(dir().database());
        QVERIFY(queries.ok());
        QVERIFY((*queries)->forEach(
            {}, [&](const CostEvent &e) { return recorded.insert(e.session), true; }, nullptr));
        int lost[2] = {};
        int twice = 0;
        for (const std::string &name : m_forwarded) {
            lost[name.starts_with("second") ? 1 : 0] += recorded.contains(name) ? 0 : 1;
            twice += recorded.count(name) > 1 ? 1 : 0;
        }
        qInfo(
            "%zu calls forwarded on a full disk, killed twice: %zu events, %d lost before the first kill, %d "
            "after it, of which %d were said to pass without a record",
            m_forwarded.size(), recorded.size(), lost[0], lost[1], unrecorded);
        QVERIFY(m_forwarded.size() > 100);
        QCOMPARE(lost[0], 0);
        QCOMPARE(lost[1], unrecorded);
        QCOMPARE(twice, 0);
    }

    void badPricesAreSaidAndTheBuiltInOnesServe()
    {
        write(dir().prices(), "{\n\"version\": \"x\",\n oops }");
        QVERIFY2(start(), log().constData());
        call();
        const auto bad = health();
        QVERIFY(bad["prices_file"]["ok"] == false);
        QVERIFY2(bad["prices_file"]["error"].get<std::string>().find("line 3") != std::string::npos,
                 bad["prices_file"]["error"].get<std::string>().c_str());
        QVERIFY(bad["prices_file"]["since"].is_string());
        QVERIFY(QFile::remove(QString::fromStdString(dir().prices().string())));
        QTRY_VERIFY_WITH_TIMEOUT(health()["prices_file"]["ok"] == true, 5'000);
        QVERIFY(bad["prices"] == health()["prices"]);
        QTRY_COMPARE_WITH_TIMEOUT(committed(), 1, 10'000);
    }

    void aSecretThatCannotBeReadIsLeftAlone_data()
    {
        QTest::addColumn<bool>("isFolder");
        QTest::newRow("another content") << false;
        QTest::newRow("a folder") << true;
    }
    void aSecretThatCannotBeReadIsLeftAlone()
    {
        QFETCH(bool, isFolder);
        if (isFolder)
            QVERIFY(QDir().mkpath(QString::fromStdString(dir().secret().string())));
        else
            write(dir().secret(), "short");
        QVERIFY2(start(), log().constData());
        call();
        QTRY_COMPARE_WITH_TIMEOUT(committed(), 1, 10'000);
        QCOMPARE(contentOf(dir().secret()), isFolder ? QByteArray() : QByteArray("short"));
        QVERIFY(log().contains("secret"));
    }

    void anAddressThatCannotBeWrittenDownServes()
    {
        QVERIFY(QDir().mkpath(QString::fromStdString((dir().serving() / "x").string())));
        QVERIFY2(start(), log().constData());
        call();
        QVERIFY(health()["status"] == "ok");
        QVERIFY(QDir(QString::fromStdString(dir().serving().string())).removeRecursively());
        QTRY_VERIFY(contentOf(dir().serving()).contains(QByteArray::number(m_port)));
        stop();
        QVERIFY(!std::filesystem::exists(dir().serving()));
    }

    void aLogFileThatCannotBeOpenedServes()
    {
        QVERIFY2(start({"--log-file", m_folder->path()}), log().constData());
        call();
    }

private:
    DataDir dir() { return DataDir::resolve(std::filesystem::path(m_folder->path().toStdString())); }
    /// False where it does not serve within ten seconds; it may have no file to say its address in.
    bool start(const QStringList &more = {})
    {
        static const QRegularExpression address("serves on 127\\.0\\.0\\.1:(\\d+)");
        m_process = std::make_unique<QProcess>();
        m_process->start(QStringLiteral(FARTHING_BIN_DIR "/farthingd"),
                         QStringList{"--data-dir", m_folder->path(), "--listen", "127.0.0.1:0"} + more);
        QElapsedTimer timer;
        for (timer.start(), m_port = 0; m_port == 0 && timer.elapsed() < 10'000;) {
            m_port = address.match(QString::fromUtf8(log())).captured(1).toInt();
            if (m_process->state() == QProcess::NotRunning)
                return false;
        }
        return m_port != 0;
    }
    QByteArray log()
    {
        m_process->waitForReadyRead(5);
        return m_log += m_process->readAllStandardError();
    }
    void stop()
    {
        m_process->terminate();
        QVERIFY(m_process->waitForFinished(10'000));
        QCOMPARE(m_process->exitCode(), 0);
    }
    void kill()
    {
        m_process->kill();
        m_process->waitForFinished();
        m_process.reset();
        m_log.clear();
    }
    int callNamed(const std::string &name) const
    {
        const std::string request =
            "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Farthing-Session: " + name +
            "\r\nX-Test-Call: " + name + "\r\nContent-Length: 18\r\n\r\n{\"model\":\"gpt-4o\"}";
        return farthing::exchange(m_port, request).status();
    }
    void call()
    {
        const HttpMessage reply = exchange(m_port, chat);
        QCOMPARE(reply.status(), 200);
        QCOMPARE(reply.body, chatReply);
    }
    nlohmann::json health()
    {
        return nlohmann::json::parse(
            exchange(m_port, "GET /farthing/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").body);
    }
    int committed() { return health()["store"]["committed_events"]; }
    void theNextCallIsRecorded()
    {
        QTRY_VERIFY_WITH_TIMEOUT(health()["store"]["ok"] == true, 10'000);
        call();
        QTRY_COMPARE_WITH_TIMEOUT(committed(), 1, 10'000);
        QVERIFY(health()["status"] == "ok");
        QVERIFY(health()["store"]["since"].is_null());
    }

    std::mutex m_mutex;
    std::set<std::string> m_forwarded; ///< the calls that have a name
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<QProcess> m_process;
    QByteArray m_log;
    int m_port = 0;
};

QTEST_GUILESS_MAIN(TestProxyStart)
#include "tst_proxy_start.moc"
