// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/BreakdownModel.h"
#include "ui/models/TableText.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <numeric>
#include <thread>

using namespace farthing;

using Column = BreakdownModel::Column;
using Tester = QAbstractItemModelTester;

namespace {

struct Figures
{
    std::string key;
    std::int64_t cost, requests, input, output, cached;
    std::int64_t costP50, costP95, latencyP50, latencyP95;
    std::int64_t unpriced, failed, estimated;
};

GroupRow rowOf(const Figures &f)
{
    GroupRow row{f.key, {}};
    Aggregate &a = row.total;
    a.cost = Money::fromNanoUsd(f.cost * 1'000'000'000);
    a.requests = f.requests;
    a.usage.input = f.input;
    a.usage.output = f.output;
    a.usage.cachedInput = f.cached;
    a.costP50 = Money::fromNanoUsd(f.costP50 * 1'000'000'000);
    a.costP95 = Money::fromNanoUsd(f.costP95 * 1'000'000'000);
    a.latencyP50Us = f.latencyP50;
    a.latencyP95Us = f.latencyP95;
    a.unpriced = f.unpriced;
    a.failed = f.failed;
    a.estimated = f.estimated;
    return row;
}

std::shared_ptr<Breakdown> breakdownOf(std::vector<GroupRow> rows)
{
    auto data = std::make_shared<Breakdown>();
    for (const GroupRow &row : rows) {
        data->groups.total.requests += row.total.requests;
        data->groups.total.cost += row.total.cost;
        data->groups.total.usage += row.total.usage;
        data->groups.total.unpriced += row.total.unpriced;
        data->groups.total.failed += row.total.failed;
        data->groups.total.estimated += row.total.estimated;
    }
    data->groups.rows = std::move(rows);
    data->indexGroups();
    return data;
}

/// Of "d" no call has a price; "b" and "d" have equally many marks.
std::shared_ptr<Breakdown> sample()
{
    return breakdownOf({
        rowOf({"a", 300, 5, 1000, 10, 500, 30, 90, 100, 900, 0, 1, 0}),
        rowOf({"c", 200, 7, 0, 20, 0, 40, 70, 200, 700, 0, 0, 0}),
        rowOf({"b", 100, 9, 500, 40, 0, 50, 60, 300, 500, 1, 0, 1}),
        rowOf({"d", 0, 2, 800, 30, 800, 0, 0, 400, 800, 2, 0, 0}),
    });
}

BreakdownModel::Order inOrder(const Breakdown &data)
{
    BreakdownModel::Order order(data.groups.rows.size());
    std::iota(order.begin(), order.end(), 0U);
    return order;
}

BreakdownModel::Sorting by(int column, Qt::SortOrder direction)
{
    return {column, direction};
}

void set(BreakdownModel &model, const std::shared_ptr<const Breakdown> &data)
{
    model.setBreakdown(data, inOrder(*data), {});
}

void sortBy(BreakdownModel &model, const std::shared_ptr<const Breakdown> &data,
            const BreakdownModel::Sorting &sorting)
{
    model.setBreakdown(data, BreakdownModel::sorted(*data, sorting), sorting);
}

QString keysOf(const BreakdownModel &model)
{
    QString keys;
    for (int row = 0; row < model.rowCount(); ++row)
        keys += model.keyAt(row);
    return keys;
}

QString titleOf(const BreakdownModel &model, int column)
{
    return model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
}

} // namespace

class BreakdownModelTest : public QObject
{
    Q_OBJECT

private slots:
    void itKeepsTheContractOfModels()
    {
        BreakdownModel model;
        const Tester tester(&model, Tester::FailureReportingMode::QtTest);
        const auto data = sample();
        set(model, data);
        sortBy(model, data, by(Column::Output, Qt::AscendingOrder));
        set(model, sample());
        set(model, breakdownOf({rowOf({"x", 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0})}));
        set(model, breakdownOf({}));
        set(model, breakdownOf({}));
        QCOMPARE(model.rowCount(), 0);

        TotalModel total;
        const Tester totalTester(&total, Tester::FailureReportingMode::QtTest);
        total.setTotal(data->groups.total, 4);
        QCOMPARE(total.rowCount(), 1);
        QCOMPARE(total.columnCount(), model.columnCount());
    }

    void everyColumnSortsBothWaysWithTheUnpricedLast_data()
    {
        QTest::addColumn<int>("column");
        QTest::addColumn<QString>("ascending");
        QTest::addColumn<QString>("descending");
        const auto row = [](const char *name, int column, const char *ascending, const char *descending) {
            QTest::newRow(name) << column << QString(ascending) << QString(descending);
        };
        row("name", Column::Name, "abcd", "dcba");
        row("cost", Column::Cost, "bcad", "acbd");
        row("share", Column::Share, "bcad", "acbd");
        row("requests", Column::Requests, "dacb", "bcad");
        row("input", Column::Input, "cbda", "adbc");
        row("output", Column::Output, "acdb", "bdca");
        row("cached, none without input", Column::Cached, "cbad", "dabc");
        row("cost p50", Column::CostP50, "acbd", "bcad");
        row("cost p95", Column::CostP95, "bcad", "acbd");
        row("latency p50", Column::LatencyP50, "acbd", "dbca");
        row("latency p95", Column::LatencyP95, "bcda", "adcb");
        row("marks, equal ones by name", Column::Marks, "cabd", "bdac");
    }
    void everyColumnSortsBothWaysWithTheUnpricedLast()
    {
        QFETCH(int, column);
        const auto data = sample();
        BreakdownModel model;
        sortBy(model, data, by(column, Qt::AscendingOrder));
        QTEST(keysOf(model), "ascending");
        sortBy(model, data, by(column, Qt::DescendingOrder));
        QTEST(keysOf(model), "descending");
    }

    void rowsAreFoundByTheirKeys()
    {
        BreakdownModel model;
        QCOMPARE(model.rowOf("a"), -1);
        const auto data = sample();
        sortBy(model, data, by(Column::Name, Qt::DescendingOrder));
        for (int row = 0; row < model.rowCount(); ++row)
            QCOMPARE(model.rowOf(model.keyAt(row)), row);
        QCOMPARE(model.rowOf("elsewhere"), -1);
    }

    void anotherThreadReadsTheTableAsItWas()
    {
        BreakdownModel model;
        const auto data = sample();
        sortBy(model, data, by(Column::Requests, Qt::AscendingOrder));
        const QByteArray before = csvOf(model);
        const auto make = model.detach();
        set(model, breakdownOf({}));
        QByteArray elsewhere;
        std::thread([&] { elsewhere = csvOf(*make()); }).join();
        QCOMPARE(elsewhere, before);
        QVERIFY(BreakdownModel().detach()()->rowCount() == 0);
    }

    void sortingIsOnlyAskedFor()
    {
        const auto data = sample();
        BreakdownModel model;
        set(model, data);
        QSignalSpy asked(&model, &BreakdownModel::sortRequested);
        model.sort(Column::Requests, Qt::AscendingOrder);
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked[0][0].toInt(), int(Column::Requests));
        QCOMPARE(asked[0][1].value<Qt::SortOrder>(), Qt::AscendingOrder);
        QCOMPARE(keysOf(model), QStringLiteral("acbd"));
    }

    void cellsShowFiguresAndKeepTheirDigits_data()
    {
        QTest::addColumn<int>("column");
        QTest::addColumn<QString>("shown");
        QTest::addColumn<QString>("raw");
        const auto row = [](const char *name, int column, const char *shown, const char *raw) {
            QTest::newRow(name) << column << QString(shown) << QString(raw);
        };
        row("name", Column::Name, "(none)", "");
        row("cost", Column::Cost, "$1.23", "1.234567891");
        row("share", Column::Share, "33.3 %", "0.333333");
        row("requests", Column::Requests, "12,345", "12345");
        row("input", Column::Input, "3.21 M", "3214567");
        row("output", Column::Output, "12.4 k", "12412");
        row("cached", Column::Cached, "33.3 %", "0.333333");
        row("cost p50", Column::CostP50, "$0.0042", "0.004200001");
        row("cost p95", Column::CostP95, "$0.0100", "0.01");
        row("latency p50", Column::LatencyP50, "1.84 s", "1840.123");
        row("latency p95", Column::LatencyP95, "9.99 s", "9990.000");
        row("marks", Column::Marks, "", "3 unpriced, 2 failed, 1 est.");
    }
    void cellsShowFiguresAndKeepTheirDigits()
    {
        QFETCH(int, column);
        GroupRow row{"", {}};
        Aggregate &a = row.total;
        a.cost = Money::fromNanoUsd(1'234'567'891);
        a.requests = 12'345;
        a.usage.input = 3'214'567;
        a.usage.output = 12'412;
        a.usage.cachedInput = 1'071'522;
        a.costP50 = Money::fromNanoUsd(4'200'001);
        a.costP95 = Money::fromNanoUsd(10'000'000);
        a.latencyP50Us = 1'840'123;
        a.latencyP95Us = 9'990'000;
        a.unpriced = 3;
        a.failed = 2;
        a.estimated = 1;
        GroupRow rest{"rest", {}};
        rest.total.cost = Money::fromNanoUsd(2 * 1'234'567'891LL);
        const auto data = breakdownOf({row, rest});
        BreakdownModel model;
        set(model, data);
        QTEST(model.index(0, column).data().toString(), "shown");
        QTEST(model.index(0, column).data(cell::RawRole).toString(), "raw");
    }

    void whereNothingIsPricedThereIsNoFigureOfMoney()
    {
        const auto data = sample();
        BreakdownModel model;
        set(model, data);
        for (const int column : {Column::Cost, Column::Share, Column::CostP50, Column::CostP95})
            QCOMPARE(model.index(3, column).data().toString(), QStringLiteral("—"));
        for (const int column : {Column::Cost, Column::Share, Column::CostP50, Column::CostP95})
            QCOMPARE(model.index(3, column).data(cell::RawRole).toString(), QString());
        QCOMPARE(model.index(3, Column::Requests).data().toString(), QStringLiteral("2"));
    }

    void theTotalLineAddsUp()
    {
        const auto data = sample();
        TotalModel total;
        total.setTotal(data->groups.total, 1'234);
        const auto text = [&](int column) { return total.index(0, column).data().toString(); };
        QCOMPARE(text(Column::Name), QStringLiteral("Total of 1,234"));
        QCOMPARE(text(Column::Cost), QStringLiteral("$600.00"));
        QCOMPARE(text(Column::Share), QStringLiteral("100.0 %"));
        QCOMPARE(text(Column::Requests), QStringLiteral("23"));
        QCOMPARE(text(Column::Input), QStringLiteral("2,300"));
        QVERIFY(!total.index(0, Column::Share).data(cell::ShareRole).isValid());
        QCOMPARE(total.index(0, Column::Marks).data(cell::RawRole).toString(),
                 QStringLiteral("3 unpriced, 1 failed, 1 est."));
    }

    void oneHeaderCarriesTheSortMark()
    {
        const auto data = sample();
        BreakdownModel model;
        sortBy(model, data, by(Column::Cost, Qt::DescendingOrder));
        QCOMPARE(titleOf(model, Column::Cost), QStringLiteral("↓ Cost"));
        sortBy(model, data, by(Column::Name, Qt::AscendingOrder));
        QCOMPARE(titleOf(model, Column::Cost), QStringLiteral("Cost"));
        QCOMPARE(titleOf(model, Column::Name), QStringLiteral("↑ Workflow"));
    }

    void whatIsTakenOutCarriesNoSortMarkAndNoFormula_data()
    {
        QTest::addColumn<bool>("csv");
        QTest::newRow("csv") << true;
        QTest::newRow("tsv") << false;
    }
    void whatIsTakenOutCarriesNoSortMarkAndNoFormula()
    {
        QFETCH(bool, csv);
        const auto data = breakdownOf({
            rowOf({"=1+1", 300, 5, 1000, 10, 500, 30, 90, 100'000, 900'000, 0, 0, 0}),
            rowOf({"a,\"b\"", -100, 5, 0, 10, 0, 30, 90, 100'000, 900'000, 0, 0, 0}),
        });
        BreakdownModel model;
        sortBy(model, data, by(Column::Cost, Qt::DescendingOrder));
        const QString text = csv ? QString::fromUtf8(csvOf(model)) : tsvOf(model, {0, 1});
        const QStringList lines = text.split(csv ? "\r\n" : "\n");
        QCOMPARE(lines.size(), 4);
        QCOMPARE(lines[3], QString());
        const QChar separator = csv ? ',' : '\t';
        QCOMPARE(lines[0].split(separator),
                 QStringList({"Workflow", "Cost", "Share", "Requests", "Input", "Output", "Cached",
                              "Cost p50", "Cost p95", "Time p50", "Time p95", "Marks"}));
        QCOMPARE(lines[1].split(separator).first(), QString(csv ? "\"'=1+1\"" : "'=1+1"));
        QVERIFY(lines[2].startsWith(csv ? "\"a,\"\"b\"\"\"," : "a,\"b\"\t"));
        // A number is no formula, also a negative one.
        QVERIFY(lines[2].contains(QString(separator) + "-100" + separator));
    }

    void aNameStaysInOneCellOfACopy()
    {
        const auto data = breakdownOf({rowOf({"a\tb\nc\r\nd", 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0}),
                                       rowOf({"e", 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0})});
        BreakdownModel model;
        set(model, data);
        const QStringList lines = tsvOf(model, {0}).split('\n');
        QCOMPARE(lines.size(), 3);
        QCOMPARE(lines[1].count('\t'), Column::ColumnCount - 1);
        QVERIFY(!lines[1].contains('\r'));
    }
};

QTEST_MAIN(BreakdownModelTest)
#include "tst_breakdown_model.moc"
