// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/CsvExport.h"

#include "core/base/Files.h"
#include "core/model/EventCsv.h"
#include "core/store/EventImport.h"
#include "core/store/Events.h"

#include <QDir>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace farthing;

namespace {

constexpr int patienceMs = 30'000;

std::string csvOf(const std::vector<CostEvent> &events)
{
    std::string text;
    appendCsvHeader(text);
    for (const CostEvent &event : events)
        appendCsvRow(text, event);
    return text;
}

} // namespace

class CsvExportTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        EventMaker maker(11);
        for (int i = 0; i < 5000; ++i)
            m_events.push_back(maker.make());
        m_events[7].workflow = "=1+1";
        m_events[8].workflow = "a,\"b\"\r\nc";
        m_database = m_storeDir.filePath("events.db").toStdString();
        QVERIFY(writeEvents(m_database, m_events).ok());
    }

    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("größe.csv");
    }

    void theFileHoldsTheEventsOfTheFilterInOrderOfTime_data()
    {
        QTest::addColumn<QString>("condition");
        QTest::addColumn<bool>("half");
        QTest::newRow("all") << "" << false;
        QTest::newRow("one workflow") << "workflow=summarise" << false;
        QTest::newRow("half of the time") << "" << true;
        QTest::newRow("formulas") << "workflow==1+1" << false;
        QTest::newRow("none") << "workflow=unknown" << false;
    }
    void theFileHoldsTheEventsOfTheFilterInOrderOfTime()
    {
        QFETCH(QString, condition);
        QFETCH(bool, half);
        EventFilter filter;
        if (!condition.isEmpty())
            filter.dimensions = {*parseDimensionFilter(condition.toStdString())};
        if (half)
            filter.range = {m_events[1000].time, m_events[3500].time};
        std::vector<CostEvent> expected;
        for (std::size_t i = 0; i < m_events.size(); ++i)
            if ((filter.dimensions.empty() ||
                 m_events[i].workflow == filter.dimensions.front().values.front()) &&
                (!half || (i >= 1000 && i < 3500)))
                expected.push_back(m_events[i]);

        const auto outcome = exported(m_database, filter, m_path);
        QCOMPARE(outcome.error, QString());
        QCOMPARE(outcome.events, qint64(expected.size()));
        const auto text = readFile(m_path.toStdString());
        QVERIFY(text.ok());
        QVERIFY(*text == csvOf(expected));
        QCOMPARE(files(), QStringList("größe.csv"));
    }

    void anEarlierFileIsReplaced()
    {
        QVERIFY(writeFileAtomically(m_path.toStdString(), std::string(10'000'000, 'x')).ok());
        QCOMPARE(exported(m_database, {}, m_path).error, QString());
        QVERIFY(*readFile(m_path.toStdString()) == csvOf(m_events));
    }

    void aStoreThatIsNotThereYetIsAHeader()
    {
        const auto outcome = exported(m_dir->filePath("no.db").toStdString(), {}, m_path);
        QCOMPARE(outcome.error, QString());
        QCOMPARE(outcome.events, qint64(0));
        QVERIFY(*readFile(m_path.toStdString()) == csvOf({}));
        QCOMPARE(files(), QStringList("größe.csv"));
    }

    void aStoreThatCannotBeReadIsAnErrorAndLeavesNothing()
    {
        const std::string broken = m_dir->filePath("broken.db").toStdString();
        QVERIFY(
            writeFileAtomically(broken, "this is no database, but text long enough to be read as one").ok());
        const auto outcome = exported(broken, {}, m_path);
        QVERIFY(outcome.error.contains("broken.db"));
        QCOMPARE(outcome.events, qint64(0));
        QVERIFY(!QFile::exists(m_path));
    }

    void aFolderThatCannotBeWrittenIsAnErrorAndLeavesNothing_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::newRow("read-only") << "locked";
        QTest::newRow("not there") << "absent";
        QTest::newRow("a file") << "file";
    }
    void aFolderThatCannotBeWrittenIsAnErrorAndLeavesNothing()
    {
        QFETCH(QString, folder);
        const QString path = m_dir->filePath(folder);
        if (folder == "locked") {
            if (::geteuid() == 0)
                QSKIP("root writes into every folder");
            QVERIFY(QDir().mkdir(path));
            QVERIFY(QFile::setPermissions(path, QFile::ReadOwner | QFile::ExeOwner));
        } else if (folder == "file") {
            QVERIFY(writeFileAtomically(path.toStdString(), "mine").ok());
        }
        const QStringList before = files();
        const auto outcome = exported(m_database, {}, path + "/out.csv");
        QVERIFY2(outcome.error.contains(path + "/out.csv: "), qUtf8Printable(outcome.error));
        QCOMPARE(outcome.events, qint64(0));
        QCOMPARE(files(), before);
        if (folder == "locked") {
            QVERIFY(QDir(path).isEmpty());
            QVERIFY(QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
        }
    }

    void cancelLeavesNothing_data()
    {
        QTest::addColumn<bool>("begun");
        QTest::addColumn<bool>("earlier");
        QTest::addColumn<bool>("goes");
        QTest::newRow("before it began") << false << false << false;
        QTest::newRow("while it writes") << true << false << false;
        QTest::newRow("over an earlier file") << true << true << false;
        QTest::newRow("because it goes") << true << false << true;
    }
    void cancelLeavesNothing()
    {
        QFETCH(bool, begun);
        QFETCH(bool, earlier);
        QFETCH(bool, goes);
        // On a busy machine the worker may be done before this thread runs again: then once more.
        bool inTime = false;
        for (int attempt = 0; attempt < 50 && !inTime; ++attempt) {
            QFile::remove(m_path);
            if (earlier)
                QVERIFY(writeFileAtomically(m_path.toStdString(), "what was there").ok());
            auto exporting = std::make_unique<CsvExport>(m_database, EventFilter(), m_path, nullptr);
            QSignalSpy finished(exporting.get(), &CsvExport::finished);
            exporting->start();
            while (begun && exporting->written() == 0)
                QThread::yieldCurrentThread();
            if (goes) {
                exporting.reset();
                inTime = !QFile::exists(m_path);
                continue;
            }
            exporting->cancel();
            QVERIFY(finished.count() == 1 || finished.wait(patienceMs));
            inTime = finished[0][1].toString() == "cancelled";
            // Too late: then the file is whole, and that is what is said.
            if (!inTime) {
                QCOMPARE(finished[0][1].toString(), QString());
                QVERIFY(*readFile(m_path.toStdString()) == csvOf(m_events));
            }
            QTest::qWait(20);
            QCOMPARE(finished.count(), 1);
        }
        QVERIFY(inTime);
        QCOMPARE(files(), earlier ? QStringList("größe.csv") : QStringList());
        if (earlier)
            QCOMPARE(*readFile(m_path.toStdString()), std::string("what was there"));
    }

private:
    struct Outcome
    {
        qint64 events = -1;
        QString error = "(not finished)";
    };
    static Outcome exported(const std::filesystem::path &database, const EventFilter &filter,
                            const QString &path)
    {
        CsvExport exporting(database, filter, path, nullptr);
        QSignalSpy finished(&exporting, &CsvExport::finished);
        exporting.start();
        if (!finished.wait(patienceMs))
            return {};
        return {finished[0][0].toLongLong(), finished[0][1].toString()};
    }
    [[nodiscard]] QStringList files() const
    {
        return QDir(m_dir->path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    }

    QTemporaryDir m_storeDir;
    std::filesystem::path m_database;
    std::vector<CostEvent> m_events;
    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_path;
};

QTEST_GUILESS_MAIN(CsvExportTest)
#include "tst_csv_export.moc"
