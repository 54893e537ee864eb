// SPDX-License-Identifier: GPL-3.0-or-later
// farthingd as a service manager runs it: sockets that are passed, and SIGHUP.
#include "integration/proxy/StubUpstream.h"

#include "core/config/DataDir.h"

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTest>
#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace farthing;

namespace {

/// A socket as a service manager makes it; closed at the end, as its own copy is.
class Socket
{
public:
    Socket(int family, const char *address, bool listens = true, int type = SOCK_STREAM)
        : fd(::socket(family, type | SOCK_CLOEXEC, 0))
    {
        sockaddr_storage bound = {};
        bound.ss_family = static_cast<sa_family_t>(family);
        socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        if (family == AF_INET)
            ::inet_pton(family, address, &reinterpret_cast<sockaddr_in *>(&bound)->sin_addr);
        else if (family == AF_INET6)
            ::inet_pton(family, address, &reinterpret_cast<sockaddr_in6 *>(&bound)->sin6_addr);
        else
            size = sizeof(sa_family_t); // of a name that the kernel chooses
        auto *const any = reinterpret_cast<sockaddr *>(&bound);
        usable = ::bind(fd, any, size) == 0 && (!listens || ::listen(fd, 64) == 0);
        size = sizeof bound;
        ::getsockname(fd, any, &size);
        port = ntohs(reinterpret_cast<sockaddr_in *>(&bound)->sin_port); // in the same place in both families
    }
    ~Socket() { ::close(fd); }
    Socket(const Socket &) = delete;
    Socket &operator=(const Socket &) = delete;

    int fd;
    int port = 0;
    bool usable = false;
};

const std::string health = "GET /farthing/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

} // namespace

class TestProxyService : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_log.clear();
    }
    void cleanup()
    {
        if (m_process) {
            m_process->kill();
            m_process->waitForFinished();
        }
        m_process.reset();
    }

    void aPassedSocketIsServedWhateverElseIsSaid_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("config");
        QTest::addColumn<bool>("warned");
        QTest::newRow("nothing else") << QStringList() << QByteArray() << false;
        QTest::newRow("farthing.json")
            << QStringList() << QByteArray("{\"listen\":\"127.0.0.1:1\"}") << false;
        QTest::newRow("the command line") << QStringList{"--listen", "127.0.0.1:1"} << QByteArray() << true;
    }
    void aPassedSocketIsServedWhateverElseIsSaid()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, config);
        QFETCH(bool, warned);
        if (!config.isEmpty())
            write("farthing.json", config);
        const Socket socket(AF_INET, "127.0.0.1");
        // Who comes before the program is there waits in the socket's queue.
        const int early = connectTo(socket.port);
        QVERIFY(sendAll(early, health));
        QVERIFY2(start({&socket}, arguments), log().constData());
        std::string rest;
        const HttpMessage reply = readMessage(early, rest);
        ::close(early);
        QCOMPARE(reply.status(), 200);
        const std::string address = "127.0.0.1:" + std::to_string(socket.port);
        QCOMPARE(nlohmann::json::parse(reply.body)["listen"].get<std::string>(), address);
        QFile serving(m_folder->filePath("serving.json"));
        QTRY_VERIFY(serving.exists());
        QVERIFY(serving.open(QIODevice::ReadOnly));
        QVERIFY(serving.readAll().contains('"' + QByteArray::fromStdString(address) + '"'));
        QCOMPARE(log().contains("--listen 127.0.0.1:1 is left aside"), warned);
    }

    void severalSocketsAreServed()
    {
        const Socket four(AF_INET, "127.0.0.1");
        const Socket six(AF_INET6, "::1");
        if (!six.usable)
            QSKIP("this machine has no IPv6");
        QVERIFY2(start({&four, &six}), log().constData());
        QCOMPARE(exchange(four.port, health).status(), 200);
        const int client = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in6 address = {};
        address.sin6_family = AF_INET6;
        address.sin6_addr = in6addr_loopback;
        address.sin6_port = htons(static_cast<std::uint16_t>(six.port));
        QCOMPARE(::connect(client, reinterpret_cast<sockaddr *>(&address), sizeof address), 0);
        QVERIFY(sendAll(client, health));
        std::string rest;
        QCOMPARE(readMessage(client, rest).status(), 200);
        ::close(client);
    }

    /// The manager's own copy stays open: nobody is refused between two lives.
    void aRestartRefusesNobody()
    {
        const Socket socket(AF_INET, "127.0.0.1");
        QVERIFY2(start({&socket}), log().constData());
        QCOMPARE(exchange(socket.port, health).status(), 200);
        m_process->terminate();
        QVERIFY(m_process->waitForFinished(10'000));
        QCOMPARE(m_process->exitCode(), 0);
        const int between = connectTo(socket.port);
        QVERIFY(between >= 0 && sendAll(between, health));
        QVERIFY2(start({&socket}), log().constData());
        std::string rest;
        QCOMPARE(readMessage(between, rest).status(), 200);
        ::close(between);
    }

    void socketsForAnotherProcessAreNotTaken()
    {
        const Socket socket(AF_INET, "127.0.0.1");
        QVERIFY2(start({&socket}, {"--listen", "127.0.0.1:0"}, "1"), log().constData());
        QVERIFY(m_port != socket.port);
        QCOMPARE(exchange(m_port, health).status(), 200);
    }

    void whatCannotBeServedIsRefused_data()
    {
        QTest::addColumn<int>("family");
        QTest::addColumn<QByteArray>("address");
        QTest::addColumn<bool>("listens");
        QTest::addColumn<int>("type");
        QTest::addColumn<QByteArray>("reason");
        QTest::newRow("every address") << int(AF_INET) << QByteArray("0.0.0.0") << true << int(SOCK_STREAM)
                                       << QByteArray("not a loopback address");
        QTest::newRow("one that does not listen")
            << int(AF_INET) << QByteArray("127.0.0.1") << false << int(SOCK_STREAM)
            << QByteArray("no TCP socket that listens");
        QTest::newRow("datagrams") << int(AF_INET) << QByteArray("127.0.0.1") << false << int(SOCK_DGRAM)
                                   << QByteArray("no TCP socket that listens");
        QTest::newRow("a Unix socket") << int(AF_UNIX) << QByteArray() << true << int(SOCK_STREAM)
                                       << QByteArray("no TCP socket that listens");
    }
    void whatCannotBeServedIsRefused()
    {
        QFETCH(int, family);
        QFETCH(QByteArray, address);
        QFETCH(bool, listens);
        QFETCH(int, type);
        QFETCH(QByteArray, reason);
        const Socket socket(family, address.constData(), listens, type);
        QVERIFY(!start({&socket}));
        QCOMPARE(m_process->exitCode(), 1);
        QVERIFY2(log().contains("the passed socket 3") && log().contains(reason), log().constData());
    }

    void sighupReadsBothFilesAtOnceAndSaysWhatCameOfIt()
    {
        QVERIFY2(start({}, {"--listen", "127.0.0.1:0"}), log().constData());
        QByteArray said = hangUp("prices.json is live");
        QVERIFY2(said.contains("farthing.json is live") && said.contains("prices.json is live"),
                 said.constData());

        write("farthing.json", "{\"upstreams\":{\"new\":{\"base_url\":\"http://127.0.0.1:1\"}}}");
        write("prices.json", "{\n\"version\": oops}");
        said = hangUp("prices.json is not taken over");
        QVERIFY2(said.contains("farthing.json is live"), said.constData());
        QVERIFY2(said.contains("prices.json:2") || said.contains("line 2"), said.constData());
        const auto now = nlohmann::json::parse(exchange(m_port, health).body);
        QVERIFY(now["upstreams"].contains("new"));
        QVERIFY(now["config_file"]["ok"] == true);
        QVERIFY(now["prices_file"]["ok"] == false);
        QVERIFY(now["prices_file"]["since"].is_string());

        write("farthing.json", "{\n\n\"limits\": 7}");
        QVERIFY(QFile::remove(m_folder->filePath("prices.json")));
        said = hangUp("prices.json is live");
        QVERIFY2(said.contains("farthing.json is not taken over") && said.contains("line 3"),
                 said.constData());
        const auto after = nlohmann::json::parse(exchange(m_port, health).body);
        QVERIFY(after["upstreams"].contains("new"));
        QVERIFY(after["config_file"]["ok"] == false);
    }

    void aFileThatCannotBeReachedIsNotOneThatIsNotThere()
    {
        const char *const files[] = {"farthing.json", "prices.json"};
        write(files[0], "{\"upstreams\":{\"new\":{\"base_url\":\"http://127.0.0.1:1\"}}}");
        QVERIFY2(start({}, {"--listen", "127.0.0.1:0"}), log().constData());
        for (const char *const name : files) {
            QFile::remove(m_folder->filePath(name));
            QVERIFY(QFile::link(name, m_folder->filePath(name))); // leads to itself
        }
        const QByteArray said = hangUp("prices.json is not taken over");
        QVERIFY2(said.contains("farthing.json is not taken over"), said.constData());
        const auto now = nlohmann::json::parse(exchange(m_port, health).body);
        QVERIFY(now["upstreams"].contains("new"));
        QVERIFY(now["config_file"]["ok"] == false && now["prices_file"]["ok"] == false);
    }

    void whatTakesAStartIsSaid_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<bool>("listens");
        QTest::newRow("listening as farthing.json says") << QStringList() << true;
        QTest::newRow("listening as an option says") << QStringList{"--listen", "127.0.0.2:0"} << false;
    }
    void whatTakesAStartIsSaid()
    {
        QFETCH(QStringList, arguments);
        QFETCH(bool, listens);
        const QByteArray before = "{\"listen\":\"127.0.0.1:0\"";
        write("farthing.json", before + "}");
        QVERIFY2(start({}, arguments), log().constData());
        write("farthing.json", before + ",\"upstreams\":{\"new\":{\"base_url\":\"http://127.0.0.1:1\"}}}");
        QVERIFY(!hangUp("prices.json is live").contains("read at the start"));
        write("farthing.json", "{\"listen\":\"127.0.0.1:4242\",\"limits\":{\"journal_max_bytes\":1048576},"
                               "\"store\":{\"synchronous\":\"full\"}}");
        const QByteArray said = hangUp("prices.json is live");
        const auto isSaid = [&said](const QByteArray &name) {
            return said.contains(name + " of farthing.json is read at the start");
        };
        QVERIFY2(isSaid("'limits.journal_max_bytes'") && isSaid("'store.synchronous'"), said.constData());
        QCOMPARE(isSaid("'listen'"), listens);
        write("farthing.json", "{");
        QVERIFY(!hangUp("prices.json is live").contains("read at the start"));
    }

    /// Whoever is not accepted yet when it ends waits for the next one. A few may have been, as in any end.
    void aPassedSocketKeepsWhoWaitsForTheNextProcess()
    {
        const Socket socket(AF_INET, "127.0.0.1");
        QVERIFY2(start({&socket}), log().constData());
        const auto pid = static_cast<pid_t>(m_process->processId());
        QCOMPARE(::kill(pid, SIGSTOP), 0);
        std::vector<int> clients;
        for (int i = 0; i < 20; ++i)
            clients.push_back(connectTo(socket.port));
        QCOMPARE(::kill(pid, SIGTERM), 0);
        QCOMPARE(::kill(pid, SIGCONT), 0);
        QVERIFY(m_process->waitForFinished(10'000));
        m_log.clear();
        QVERIFY2(start({&socket}), log().constData());
        int answered = 0;
        for (const int client : clients) {
            std::string rest;
            answered += sendAll(client, health) && readMessage(client, rest).status() == 200 ? 1 : 0;
            ::close(client);
        }
        QVERIFY2(answered >= 15, QByteArray::number(answered).constData());
    }

    void anEditWhileItStartsIsSeen()
    {
        for (int i = 0; i < 5; ++i) {
            QFile::remove(m_folder->filePath("farthing.json"));
            m_log.clear();
            QVERIFY2(start({}, {"--listen", "127.0.0.1:0"}), log().constData());
            write("farthing.json", "{\"upstreams\":{\"new\":{\"base_url\":\"http://127.0.0.1:1\"}}}");
            QTRY_VERIFY_WITH_TIMEOUT(
                nlohmann::json::parse(exchange(m_port, health).body)["upstreams"].contains("new"), 3'000);
            cleanup();
        }
    }

private:
    /// What the log says up to `said`, or for five seconds.
    QByteArray hangUp(const QByteArray &said)
    {
        m_log.clear();
        ::kill(static_cast<pid_t>(m_process->processId()), SIGHUP);
        QElapsedTimer timer;
        timer.start();
        while (!log().contains(said) && timer.elapsed() < 5'000) {
        }
        return m_log;
    }
    void write(const char *name, const QByteArray &content)
    {
        QFile file(m_folder->filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
    }
    /// By a shell that says for whom the sockets are, as a service manager does; $$ is farthingd's own
    /// number.
    bool start(const std::vector<const Socket *> &sockets, const QStringList &arguments = {},
               const QString &forProcess = "$$")
    {
        static const QRegularExpression address("serves on \\S*:(\\d+)");
        m_process = std::make_unique<QProcess>();
        m_process->setProcessChannelMode(QProcess::MergedChannels);
        m_process->setChildProcessModifier([sockets] {
            std::vector<int> passed; // out of the way first: one may be where another belongs
            for (const Socket *const socket : sockets)
                passed.push_back(::fcntl(socket->fd, F_DUPFD, 100));
            for (std::size_t i = 0; i < passed.size(); ++i)
                ::dup2(passed[i], static_cast<int>(3 + i));
        });
        const QString passing =
            sockets.empty() ? ""
                            : QString("LISTEN_PID=%1 LISTEN_FDS=%2 ").arg(forProcess).arg(sockets.size());
        m_process->start("sh", QStringList{"-c", passing + "exec \"$0\" \"$@\"",
                                           QStringLiteral(FARTHING_BIN_DIR "/farthingd"), "--data-dir",
                                           m_folder->path()} +
                                   arguments);
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
        return m_log += m_process->readAllStandardOutput();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<QProcess> m_process;
    QByteArray m_log;
    int m_port = 0;
};

QTEST_GUILESS_MAIN(TestProxyService)
#include "tst_proxy_service.moc"
