// SPDX-License-Identifier: GPL-3.0-or-later
// doctor and completion, as a user runs them.
#include "tests/integration/ctl/Farthingctl.h"
#include "tests/integration/ctl/FileServer.h"
#include "tests/integration/proxy/SmallDisk.h"

#include "core/store/Database.h"
#include "core/store/EventImport.h"
#include "tests/core/store/Events.h"

#include <QJsonArray>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

namespace {

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

    void aStoreIsCompactedWhereTheDiskHasRoom()
    {
        const QTemporaryDir dir;
        const SmallDisk disk(dir.path().toStdString());
        if (!disk.mounted())
            QSKIP("a small file system can only be mounted as root");
        EventMaker maker(5);
        std::vector<CostEvent> events;
        for (int i = 0; i < 9000; ++i)
            events.push_back(maker.make());
        QVERIFY(writeEvents(dir.filePath("events.db").toStdString(), events).ok());
        const Farthingctl ctl{dir.path()};
        const auto compacted = ctl({"doctor", "--offline", "--compact", "--json"});
        QCOMPARE(verdictOf(compacted.json(), "compact"), QStringLiteral("ok"));
        disk.fill();
        const auto full = ctl({"doctor", "--offline", "--compact", "--json"});
        QCOMPARE(verdictOf(full.json(), "compact"), QStringLiteral("failed"));
        QVERIFY2(full.out.contains("MB beside it to be written anew"), full.out.constData());
        QCOMPARE(verdictOf(full.json(), "integrity"), QStringLiteral("ok"));
        QVERIFY(QFile::remove(disk.filler()));
        QCOMPARE(ctl({"doctor", "--offline", "--verify"}).code, 0);
    }

    void sumsThatAreNotThoseOfTheEventsAreNamedAndMended()
    {
        const QTemporaryDir dir;
        const std::filesystem::path path = dir.filePath("events.db").toStdString();
        EventMaker maker(4);
        std::vector<CostEvent> events;
        for (int i = 0; i < 9000; ++i)
            events.push_back(maker.make());
        QVERIFY(writeEvents(path, events).ok());
        const Farthingctl ctl{dir.path()};
        const auto verdict = [&ctl](const char *option) {
            return verdictOf(ctl({"doctor", "--offline", "--json", option}).json(), "rollups");
        };
        QCOMPARE(verdict("--verify"), QStringLiteral("ok"));
        {
            auto database = Database::open(path, Database::Access::ReadWrite);
            QVERIFY(database->execute("DELETE FROM rollups WHERE id = (SELECT max(id) FROM rollups)").ok());
        }
        QCOMPARE(verdict("--verify"), QStringLiteral("failed"));
        QVERIFY(ctl({"doctor", "--offline", "--verify"}).out.contains("--rebuild"));
        QCOMPARE(verdict("--rebuild"), QStringLiteral("ok"));
        QCOMPARE(verdict("--verify"), QStringLiteral("ok"));
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
