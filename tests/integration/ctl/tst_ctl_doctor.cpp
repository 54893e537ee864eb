// SPDX-License-Identifier: GPL-3.0-or-later
// doctor, prices update and completion, as a user runs them.
#include "tests/integration/ctl/Farthingctl.h"

#include <QJsonArray>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

namespace {

/// Answers every request with the same bytes, on a thread of its own.
class FileServer : public QThread
{
public:
    explicit FileServer(QByteArray reply)
        : m_reply(std::move(reply))
    {
        start();
        while (m_port == 0)
            msleep(1);
    }
    ~FileServer() override
    {
        requestInterruption();
        wait();
    }
    QString url() const { return QStringLiteral("http://127.0.0.1:%1/prices.json").arg(m_port.load()); }

    static QByteArray ok(const QByteArray &body)
    {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + QByteArray::number(body.size()) +
               "\r\nConnection: close\r\n\r\n" + body;
    }

protected:
    void run() override
    {
        QTcpServer server;
        server.listen(QHostAddress::LocalHost);
        m_port = server.serverPort();
        while (!isInterruptionRequested()) {
            if (!server.waitForNewConnection(20))
                continue;
            const std::unique_ptr<QTcpSocket> socket(server.nextPendingConnection());
            socket->waitForReadyRead(2000);
            socket->write(m_reply);
            socket->waitForBytesWritten(2000);
            socket->disconnectFromHost();
        }
    }

private:
    QByteArray m_reply;
    std::atomic<quint16> m_port{0};
};

const QByteArray prices = "{\"version\": \"2026-11-01\", \"unit\": \"USD per million tokens\", \"entries\": "
                          "[{\"provider\": \"openai\", \"model\": \"gpt-unheard-of\", \"input\": 2.5, "
                          "\"output\": 10}]}";

QString verdictOf(const QJsonObject &report, const QString &what)
{
    QString worst;
    for (const QJsonValue &each : report.value("findings").toArray())
        if (each.toObject().value("what") == what &&
            (worst.isEmpty() || each.toObject().value("verdict") != "ok"))
            worst = each.toObject().value("verdict").toString();
    return worst;
}

} // namespace

class CtlDoctorTest : public QObject
{
    Q_OBJECT

private slots:
    void anEmptyInstallationIsWell()
    {
        const QTemporaryDir dir;
        const auto report = Farthingctl{dir.path()}({"doctor", "--offline", "--json"});
        QCOMPARE(report.code, 0);
        QVERIFY(report.json().value("ok").toBool());
        QCOMPARE(verdictOf(report.json(), "farthing.json"), QStringLiteral("ok"));
        QCOMPARE(verdictOf(report.json(), "proxy"), QStringLiteral("warning"));
    }

    void whatIsBrokenIsNamed_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("what");
        QTest::newRow("configuration")
            << "farthing.json" << QByteArray("{\"upstreams\": 3}") << "farthing.json";
        QTest::newRow("prices") << "prices.json" << QByteArray("{\"prices\": [") << "prices";
        QTest::newRow("store") << "events.db" << QByteArray(5000, 'x') << "store";
        QTest::newRow("proxy") << "serving.json" << QByteArray("{\"pid\": 1, \"listen\": \"127.0.0.1:1\"}")
                               << "proxy";
    }
    void whatIsBrokenIsNamed()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, content);
        QFETCH(QString, what);
        const QTemporaryDir dir;
        writeTo(dir.filePath(file), content);
        const auto report = Farthingctl{dir.path()}({"doctor", "--offline", "--json"});
        QCOMPARE(report.code, 1);
        QCOMPARE(verdictOf(report.json(), what), QStringLiteral("failed"));
    }

    void whatOthersMayReadOrChangeIsNamed_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QFile::Permissions>("mode");
        QTest::addColumn<QString>("what");
        const QFile::Permissions own = QFile::ReadOwner | QFile::WriteOwner;
        QTest::newRow("secret") << "anatomy.key" << (own | QFile::ReadOther) << "anatomy.key";
        QTest::newRow("configuration") << "farthing.json" << (own | QFile::WriteOther) << "farthing.json";
        QTest::newRow("prices") << "prices.json" << (own | QFile::WriteGroup) << "prices.json";
    }
    void whatOthersMayReadOrChangeIsNamed()
    {
        QFETCH(QString, file);
        QFETCH(QFile::Permissions, mode);
        QFETCH(QString, what);
        const QTemporaryDir dir;
        const auto warned = [&] {
            const auto report = Farthingctl{dir.path()}({"doctor", "--offline", "--json"});
            return report.out.contains("chmod") && verdictOf(report.json(), what) == "warning";
        };
        writeTo(dir.filePath(file), "{}");
        QFile::setPermissions(dir.filePath(file), QFile::ReadOwner | QFile::WriteOwner);
        QVERIFY(!warned());
        QFile::setPermissions(dir.filePath(file), mode);
        QVERIFY(warned());
    }

    void whatCannotBeLookedIntoIsAFinding()
    {
        const QTemporaryDir dir;
        writeTo(dir.filePath("journal"), "no folder");
        const auto report = Farthingctl{dir.path()}({"doctor", "--offline", "--json"});
        QCOMPARE(report.code, 1);
        QCOMPARE(verdictOf(report.json(), "journal"), QStringLiteral("failed"));
        const auto nowhere = Farthingctl{dir.filePath("journal/below")}({"doctor", "--offline", "--json"});
        QCOMPARE(nowhere.code, 1);
        QCOMPARE(verdictOf(nowhere.json(), "folder"), QStringLiteral("failed"));
    }

    void pricesOfOnesOwnOutliveAnImport()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        const auto file = [&dir](const char *name, QByteArray model) {
            writeTo(dir.filePath(name), QByteArray(prices).replace("gpt-unheard-of", model));
            return dir.filePath(name);
        };
        QCOMPARE(ctl({"prices", "import", file("own.json", "our-own-model")}).code, 0);
        const QString other = file("other.json", "gpt-unheard-of");
        const auto changes = [&](const QStringList &more) {
            return ctl(QStringList{"prices", "import", other, "--json"} + more).json();
        };
        const auto kinds = [](const QJsonObject &report) {
            QStringList all;
            for (const auto &change : report.value("changes").toArray())
                all.append(change.toObject().value("kind").toString() + " " +
                           change.toObject().value("model").toString());
            return all;
        };
        QCOMPARE(kinds(changes({"--dry-run", "--replace"})),
                 QStringList({"added gpt-unheard-of", "removed our-own-model"}));
        const QJsonObject imported = changes({});
        QCOMPARE(kinds(imported), QStringList({"added gpt-unheard-of"}));
        QVERIFY(imported.value("skipped").isArray() && imported.value("warnings").isArray());
        for (const char *model : {"our-own-model", "gpt-unheard-of"})
            QCOMPARE(ctl({"prices", "show", model}).code, 0);
        const auto replaced = ctl({"prices", "import", other, "--replace"});
        QVERIFY2(replaced.out.contains("our-own-model removed"), replaced.out.constData());
        QCOMPARE(ctl({"prices", "show", "our-own-model"}).code, 3);
    }

    void upstreamsAreAsked()
    {
        const QTemporaryDir dir;
        const FileServer server(FileServer::ok("{}"));
        writeTo(dir.filePath("farthing.json"),
                "{\"upstreams\": {\"here\": {\"base_url\": \"" + server.url().toUtf8() +
                    "\", \"wire\": \"openai\"}, \"gone\": {\"base_url\": \"http://127.0.0.1:1\", "
                    "\"wire\": \"openai\"}}}");
        const auto report = Farthingctl{dir.path()}({"doctor", "--json"});
        QCOMPARE(verdictOf(report.json(), "upstream here"), QStringLiteral("ok"));
        QCOMPARE(verdictOf(report.json(), "upstream gone"), QStringLiteral("warning"));
    }

    void pricesComeFromAUrl()
    {
        const QTemporaryDir dir;
        Farthingctl ctl{dir.path()};
        QCOMPARE(ctl({"prices", "show", "gpt-unheard-of"}).code, 3);
        const FileServer server(FileServer::ok(prices));
        QCOMPARE(ctl({"prices", "update", server.url(), "--dry-run"}).code, 0);
        QVERIFY(!QFile::exists(dir.filePath("prices.json")));
        const auto updated = ctl({"prices", "update", server.url()});
        QVERIFY2(updated.code == 0, updated.error.constData());
        const auto shown = ctl({"prices", "show", "gpt-unheard-of", "--json"});
        QCOMPARE(shown.code, 0);
        QVERIFY2(shown.out.contains("2.5"), shown.out.constData());
    }

    void aBadUrlChangesNothing_data()
    {
        QTest::addColumn<QByteArray>("reply");
        QTest::newRow("404") << QByteArray("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        QTest::newRow("no prices") << FileServer::ok("<html></html>");
        QTest::newRow("broken off") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{");
        QTest::newRow("another scheme") << QByteArray(
            "HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n");
    }
    void aBadUrlChangesNothing()
    {
        QFETCH(QByteArray, reply);
        const QTemporaryDir dir;
        const FileServer server(reply);
        const auto refused = Farthingctl{dir.path()}({"prices", "update", server.url()});
        QCOMPARE(refused.code, 1);
        QVERIFY(refused.error.contains("127.0.0.1") || refused.error.contains("file:"));
        QVERIFY(!QFile::exists(dir.filePath("prices.json")));
    }

    void shellsTakeTheirCompletion_data()
    {
        QTest::addColumn<QString>("shell");
        for (const char *shell : {"bash", "zsh", "fish"})
            QTest::newRow(shell) << shell;
    }
    void shellsTakeTheirCompletion()
    {
        QFETCH(QString, shell);
        const QTemporaryDir dir;
        const auto script = Farthingctl{dir.path()}({"completion", shell});
        QCOMPARE(script.code, 0);
        QVERIFY(script.out.contains("since") && script.out.contains("workflow"));
        const QString program = QStandardPaths::findExecutable(shell);
        if (program.isEmpty())
            QSKIP("this shell is not installed");
        writeTo(dir.filePath("script"), script.out);
        QProcess check;
        check.start(program, {"-n", dir.filePath("script")});
        QVERIFY(check.waitForFinished());
        QCOMPARE(check.readAllStandardError(), QByteArray());
        QCOMPARE(check.exitCode(), 0);
    }

    void bashCompletesCommandsAndValues_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("expected");
        QTest::newRow("a command") << QStringList{"farthingctl", "doc"} << "doctor";
        QTest::newRow("a value") << QStringList{"farthingctl", "report", "cost", "--by", "w"} << "workflow";
        QTest::newRow("an option") << QStringList{"farthingctl", "import", "events", "--on"} << "--on-error";
    }
    void bashCompletesCommandsAndValues()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, expected);
        const QTemporaryDir dir;
        writeTo(dir.filePath("script"), Farthingctl{dir.path()}({"completion", "bash"}).out);
        QProcess bash;
        bash.start("bash", {"-c", QStringLiteral("source %1; COMP_WORDS=(%2); COMP_CWORD=%3; _farthingctl; "
                                                 "echo ${COMPREPLY[@]}")
                                      .arg(dir.filePath("script"), words.join(' '))
                                      .arg(words.size() - 1)});
        QVERIFY(bash.waitForFinished());
        QCOMPARE(QString::fromUtf8(bash.readAllStandardOutput()).trimmed(), expected);
    }
};

QTEST_GUILESS_MAIN(CtlDoctorTest)
#include "tst_ctl_doctor.moc"
