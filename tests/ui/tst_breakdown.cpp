// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/store/Events.h"

#include "core/store/EventImport.h"
#include "ui/models/Breakdown.h"
#include "ui/models/FilterState.h"

#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

class BreakdownTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_path = m_dir.filePath("events.db").toStdString();
        EventMaker maker(21);
        for (int i = 0; i < 4000; ++i)
            m_events.push_back(maker.make());
        QVERIFY(writeEvents(m_path, m_events).ok());
    }

    void tableAndChartAddUpToTheSame_data() { dimensions(); }
    void tableAndChartAddUpToTheSame()
    {
        QFETCH(int, dimension);
        const auto data = ask(static_cast<Dimension>(dimension));
        QVERIFY(data->groups.rows.size() > data->seriesKeys.size());
        for (std::size_t series = 0; series <= data->seriesKeys.size(); ++series) {
            Money sum;
            for (const Money &each : data->overTime.series[series])
                sum += each;
            Money expected;
            for (const GroupRow &row : data->groups.rows)
                if (series < data->seriesKeys.size()
                        ? row.key == data->seriesKeys[series]
                        : std::ranges::find(data->seriesKeys, row.key) == data->seriesKeys.end())
                    expected += row.total.cost;
            QCOMPARE(sum, expected);
        }
        for (std::uint32_t i = 0; i < data->groups.rows.size(); ++i)
            QCOMPARE(data->find(data->groups.rows[i].key), std::optional(i));
        QVERIFY(!data->find("no such key"));
    }

    void aMarkIsTheCallsThatMadeIt_data() { dimensions(); }
    void aMarkIsTheCallsThatMadeIt()
    {
        QFETCH(int, dimension);
        const auto data = ask(static_cast<Dimension>(dimension));
        int marks = 0;
        for (std::size_t series = 0; series <= data->seriesKeys.size(); ++series)
            for (std::size_t stretch = 0; stretch < data->overTime.stretches(); ++stretch) {
                const MarkFilter mark = filterOfMark(*data, series, stretch);
                EventFilter filter = data->filter;
                filter.range = mark.range;
                filter.dimensions.push_back(mark.condition);
                Money sum;
                for (const CostEvent &event : m_events)
                    if (event.cost && accepts(filter, event))
                        sum += *event.cost;
                QCOMPARE(sum, data->overTime.series[series][stretch]);
                marks += sum.nanoUsd() > 0 ? 1 : 0;
            }
        QVERIFY(marks > 20);
    }

    void theFiguresOfTheChartAreALineForEachStretch()
    {
        const auto data = ask(Dimension::Workflow);
        const QStringList lines = QString::fromUtf8(spendCsvOf(*data, "others")).split("\r\n");
        QCOMPARE(lines.size(), qsizetype(data->overTime.stretches()) + 2);
        QCOMPARE(lines.last(), QString());
        QVERIFY(lines[0].startsWith("time,"));
        QVERIFY(lines[0].endsWith(",others"));
        for (std::size_t i = 0; i < data->overTime.stretches(); ++i) {
            const QStringList cells = lines[qsizetype(i) + 1].split(',');
            QCOMPARE(cells.size(), qsizetype(data->seriesKeys.size()) + 2);
            QVERIFY(*parseRfc3339(cells[0].toStdString()) == data->overTime.edges[i]);
            for (std::size_t series = 0; series <= data->seriesKeys.size(); ++series)
                QCOMPARE(cells[qsizetype(series) + 1].toStdString(),
                         data->overTime.series[series][i].toUsdString());
        }
    }

    void aFormulaInTheFiguresOfTheChartIsNeutralised()
    {
        Breakdown data;
        data.seriesKeys = {"=1+1", "a,b"};
        data.groups.rows = {{"=1+1", {}}, {"a,b", {}}};
        QCOMPARE(spendCsvOf(data, "others"), QByteArray("time,\"'=1+1\",\"a,b\"\r\n"));
    }

private:
    static void dimensions()
    {
        QTest::addColumn<int>("dimension");
        for (const Dimension dimension : {Dimension::Workflow, Dimension::User, Dimension::Model})
            QTest::newRow(nameOf(dimension).data()) << static_cast<int>(dimension);
    }

    [[nodiscard]] std::shared_ptr<const Breakdown> ask(Dimension dimension) const
    {
        const auto store = QueryService::open(m_path);
        EventFilter filter;
        filter.range = {m_events[333].time, m_events[3777].time};
        filter.dimensions = {{Dimension::Provider, {m_events[0].provider}, true}};
        const QueryService::Cancel cancel{false};
        return *askBreakdown(**store, dimension, filter, 2, 30, cancel);
    }

    QTemporaryDir m_dir;
    std::string m_path;
    std::vector<CostEvent> m_events;
};

QTEST_MAIN(BreakdownTest)
#include "tst_breakdown.moc"
