// SPDX-License-Identifier: GPL-3.0-or-later
// The events of a filter as text: whole, counted, cancelled, and with memory that does not grow.
#include "core/store/EventExport.h"

#include "core/model/EventCsv.h"
#include "core/store/Database.h"
#include "core/store/EventImport.h"
#include "tests/Sanitized.h"
#include "tests/core/store/Events.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace farthing;

namespace {

/// Of this process, in kilobytes.
qint64 residentKb()
{
    QFile status("/proc/self/status");
    if (!status.open(QIODevice::ReadOnly))
        qFatal("there is no /proc");
    for (const QByteArray &line : status.readAll().split('\n'))
        if (line.startsWith("VmRSS:"))
            return line.mid(6).trimmed().split(' ').first().toLongLong();
    return -1;
}

} // namespace

class EventExportTest : public QObject
{
    Q_OBJECT

private:
    static constexpr int count = 20'000;
    QTemporaryDir m_folder;
    std::filesystem::path m_database = m_folder.filePath("events.db").toStdString();
    std::vector<CostEvent> m_events;
    std::unique_ptr<QueryService> m_store;

    std::string textOf(EventExport::Form form, const EventFilter &filter) const
    {
        std::string text;
        if (form == EventExport::Form::Csv)
            appendCsvHeader(text);
        for (const CostEvent &event : m_events) {
            if (!filter.dimensions.empty() && event.workflow != filter.dimensions.front().values.front())
                continue;
            if (form == EventExport::Form::Csv)
                appendCsvRow(text, event);
            else
                text += toJson(event, true) + '\n';
        }
        return text;
    }

private slots:
    void initTestCase()
    {
        EventMaker maker(5);
        for (int i = 0; i < count; ++i)
            m_events.push_back(maker.make());
        QVERIFY(writeEvents(m_database, m_events));
        auto store = QueryService::open(m_database);
        QVERIFY(store);
        m_store = *std::move(store);
    }

    void allEventsAreWrittenInOrder_data()
    {
        QTest::addColumn<bool>("csv");
        QTest::addColumn<QByteArray>("condition");
        QTest::newRow("CSV") << true << QByteArray();
        QTest::newRow("JSON lines") << false << QByteArray();
        QTest::newRow("CSV of one workflow") << true << QByteArray("workflow=summarise");
        QTest::newRow("nothing") << true << QByteArray("workflow=none");
    }
    void allEventsAreWrittenInOrder()
    {
        QFETCH(bool, csv);
        QFETCH(QByteArray, condition);
        const auto form = csv ? EventExport::Form::Csv : EventExport::Form::JsonLines;
        EventFilter filter;
        if (!condition.isEmpty())
            filter.dimensions = {*parseDimensionFilter(condition.toStdString())};
        std::string text;
        std::uint64_t written = 0;
        std::uint64_t all = 0;
        const EventExport run{.filter = filter,
                              .form = form,
                              .write = [&](std::string_view piece) { return text += piece, true; },
                              .progress =
                                  [&](std::uint64_t events, std::uint64_t of) {
                                      QVERIFY(events >= written && events <= of);
                                      written = events;
                                      all = of;
                                  }};
        const auto done = run.run(*m_store);
        QVERIFY(done);
        QVERIFY(text == textOf(form, filter));
        QCOMPARE(written, done->events);
        QCOMPARE(all, done->events);
    }

    void whatCannotBeWrittenEndsIt()
    {
        int pieces = 0;
        const EventExport run{.write = [&](std::string_view) { return ++pieces < 3; }};
        const auto done = run.run(*m_store);
        QVERIFY(done);
        QCOMPARE(pieces, 3);
        QVERIFY(done->events < count);
    }

    void itCanBeCancelled()
    {
        QueryService::Cancel cancel = false;
        const EventExport run{.write = [&](std::string_view) {
            cancel = true;
            return true;
        }};
        const auto done = run.run(*m_store, &cancel);
        QVERIFY(!done);
        QCOMPARE(done.error().message, std::string("cancelled"));
    }

    void memoryDoesNotGrowWithTheStore()
    {
        if (isSanitized)
            QSKIP("a sanitizer keeps what was freed");
        QTemporaryDir folder;
        const std::filesystem::path database = folder.filePath("events.db").toStdString();
        {
            const auto import = EventImport::open(database);
            QVERIFY(import);
            EventMaker maker(9);
            for (int batch = 0; batch < 6; ++batch) {
                std::vector<CostEvent> events;
                for (int i = 0; i < 10'000; ++i) {
                    events.push_back(maker.make());
                    events.back().session = "a session of its own, " + std::to_string(batch * 10'000 + i);
                }
                QVERIFY((*import)->add(events));
                QVERIFY((*import)->commit());
            }
        }
        const auto store = QueryService::open(database);
        QVERIFY(store);
        qint64 atFirst = 0;
        qint64 atLast = 0;
        const EventExport run{.write = [&](std::string_view) {
            atLast = residentKb();
            if (atFirst == 0)
                atFirst = atLast;
            return true;
        }};
        QVERIFY(run.run(**store));
        const qint64 file = QFileInfo(folder.filePath("events.db")).size() / 1024;
        QVERIFY2(file > 10'000, qPrintable(QString::number(file)));
        QVERIFY2(atLast - atFirst < 8'000, qPrintable(QString::number(atLast - atFirst)));
    }
};

QTEST_GUILESS_MAIN(EventExportTest)
#include "tst_event_export.moc"
