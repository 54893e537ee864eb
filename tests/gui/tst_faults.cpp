// SPDX-License-Identifier: GPL-3.0-or-later
// What the window says while something is wrong with the proxy it supervises, and since when; and that its
// own end is nothing to the proxy.
#include "tests/gui/Desktop.h"
#include "tests/integration/proxy/SmallDisk.h"

#include <QFrame>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QNetworkReply>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>

#include <csignal>

using namespace farthing;

namespace {

void write(const QString &path, const QByteArray &content)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("%s cannot be written", qPrintable(path));
}

/// The status of a reply to a call that the proxy at that address forwards, or answers itself.
int get(const QString &url)
{
    QNetworkAccessManager network;
    const std::unique_ptr<QNetworkReply> reply(network.get(QNetworkRequest(QUrl(url))));
    QSignalSpy finished(reply.get(), &QNetworkReply::finished);
    finished.wait(10'000);
    return reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
}

} // namespace

class WindowFaultsTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { qputenv("FARTHING_UPSTREAM_OPENAI", "http://127.0.0.1:1/v1"); } // nobody is there

    void theStatusStripSaysWhatIsWrongAndSinceWhen_data()
    {
        QTest::addColumn<QString>("file"); ///< what is put there, before the start or once the proxy serves
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<bool>("beforeStart");
        QTest::addColumn<QString>("told");
        QTest::newRow("no database") << "events.db" << QByteArray("a text\n").repeated(1000) << true
                                     << "the store takes no events: ";
        QTest::newRow("no journal") << "journal" << QByteArray("in the way") << true
                                    << "the store takes no events: ";
        QTest::newRow("farthing.json") << "farthing.json" << QByteArray("{\n\"limits\": 7}") << false
                                       << "farthing.json is not taken over: ";
        QTest::newRow("prices.json") << "prices.json" << QByteArray("{\n oops") << true
                                     << "prices.json is not taken over: ";
        QTest::newRow("an upstream")
            << "farthing.json"
            << QByteArray("{\"upstreams\":{\"down\":{\"base_url\":\"http://127.0.0.1:1\"}}}") << true
            << "calls to down fail: ";
    }
    void theStatusStripSaysWhatIsWrongAndSinceWhen()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, content);
        QFETCH(bool, beforeStart);
        QFETCH(QString, told);
        const QTemporaryDir dir;
        if (beforeStart)
            write(dir.filePath(file), content);
        Desktop desktop(dir.path());
        QTRY_COMPARE_WITH_TIMEOUT(desktop.proxy.state(), ProxySupervisor::State::Serving, 10'000);
        if (!beforeStart)
            write(dir.filePath(file), content);
        if (told.contains("down"))
            QCOMPARE(get(desktop.proxy.baseUrl() + "/up/down/v1/models"), 502);
        QTRY_VERIFY2_WITH_TIMEOUT(strip(desktop).contains(told), qPrintable(strip(desktop)), 10'000);
        QVERIFY2(strip(desktop).contains("(since "), qPrintable(strip(desktop)));
        if (told.contains("down"))
            return;
        QVERIFY(QFile::remove(dir.filePath(file)));
        QTRY_COMPARE_WITH_TIMEOUT(strip(desktop), "proxy " + desktop.proxy.address(), 10'000);
    }

    void severalFaultsAreCountedAndAllTold()
    {
        const QTemporaryDir dir;
        write(dir.filePath("farthing.json"),
              "{\"upstreams\":{\"down\":{\"base_url\":\"http://127.0.0.1:1\"}}}");
        Desktop desktop(dir.path());
        QTRY_COMPARE_WITH_TIMEOUT(desktop.proxy.state(), ProxySupervisor::State::Serving, 10'000);
        write(dir.filePath("prices.json"), "{\n oops");
        QCOMPARE(get(desktop.proxy.baseUrl() + "/up/down/v1/models"), 502);
        QTRY_VERIFY2_WITH_TIMEOUT(strip(desktop).contains("\ncalls to down fail: ") &&
                                      strip(desktop).contains("\nprices.json is not taken over: "),
                                  qPrintable(strip(desktop)), 10'000);
        const QString shown = addressLabel(desktop)->text();
        QVERIFY2(shown.startsWith("proxy " + desktop.proxy.address() + " — 2 faults"), qPrintable(shown));
    }

    void theStatusStripSaysThatTheDiskIsFull()
    {
        const QTemporaryDir dir;
        const SmallDisk disk(dir.path().toStdString());
        if (!disk.mounted())
            QSKIP("a small file system can only be mounted as root");
        Desktop desktop(dir.path());
        QTRY_COMPARE_WITH_TIMEOUT(desktop.proxy.state(), ProxySupervisor::State::Serving, 10'000);
        disk.fill();
        for (int i = 0; i < 60 && !strip(desktop).contains("is full"); ++i) {
            get(desktop.proxy.baseUrl() + "/v1/models"); // nobody answers it: an event all the same
            QTest::qWait(50);
        }
        QTRY_VERIFY2_WITH_TIMEOUT(strip(desktop).contains("the store takes no events: ") &&
                                      strip(desktop).contains("is full (since "),
                                  qPrintable(strip(desktop)), 10'000);
        QVERIFY(QFile::remove(disk.filler()));
        QTRY_VERIFY_WITH_TIMEOUT(!strip(desktop).contains("is full"), 10'000);
    }

    void theEndOfTheWindowIsNothingToTheProxy()
    {
        const QTemporaryDir dir;
        QProcess window;
        window.start(binary("farthing"), {"--data-dir", dir.path(), "--listen", "127.0.0.1:0"});
        QVERIFY(window.waitForStarted());
        const QString serving = dir.filePath("serving.json");
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(serving), 15'000);
        const auto file = readServingFile(serving);
        QVERIFY(file.has_value());
        const QString health = "http://" + file->listen + "/farthing/v1/health";
        QCOMPARE(get(health), 200);
        window.kill();
        QVERIFY(window.waitForFinished(5'000));
        for (int i = 0; i < 10; ++i) {
            QCOMPARE(get(health), 200);
            QTest::qWait(100);
        }
        const auto process = Process::open(file->pid);
        QVERIFY(process && (*process)->isAlive());
        ::kill(static_cast<pid_t>(file->pid), SIGTERM);
        QTRY_VERIFY_WITH_TIMEOUT(!(*process)->isAlive(), 10'000);
    }

private:
    /// All that it says of the proxy; on screen it may be cut short.
    static QString strip(const Desktop &desktop)
    {
        const QLabel *const label = addressLabel(desktop);
        return label != nullptr ? label->toolTip() : QString();
    }
    static const QLabel *addressLabel(const Desktop &desktop)
    {
        for (const QLabel *label :
             desktop.window->findChild<QFrame *>("statusStrip")->findChildren<QLabel *>())
            if (label->toolTip().startsWith("proxy"))
                return label;
        return nullptr;
    }
};

QTEST_MAIN(WindowFaultsTest)
#include "tst_faults.moc"
