// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"
#include "ui/delegates/CellDelegate.h"
#include "ui/models/CallModel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <thread>

using namespace farthing;

using Tester = QAbstractItemModelTester;

namespace {

CallModel::Calls callsOf(EventMaker &maker, int count)
{
    CallModel::Calls calls;
    for (int i = 0; i < count; ++i)
        calls.push_back(std::make_shared<const CostEvent>(maker.make()));
    return calls;
}

CallModel::Calls slice(const CallModel::Calls &calls, int from, int to)
{
    return {calls.begin() + from, calls.begin() + to};
}

CallModel::Calls callsIn(const CallModel &model)
{
    CallModel::Calls calls;
    for (int row = 0; row < model.rowCount(); ++row)
        calls.push_back(model.callAt(row));
    return calls;
}

CostEvent sample()
{
    CostEvent e;
    e.time = *parseRfc3339("2026-11-23T21:52:25.000123Z");
    e.eventId = UuidV7Generator().make(e.time);
    e.provider = "openai";
    e.workflow = "summarise";
    e.requestModel = "fast";
    e.sentModel = "gpt-4o";
    e.responseModel = "gpt-4o-2024-08-06";
    e.status = 200;
    e.usage = {.input = 1'234'567, .cachedInput = 12'000, .output = 4'321};
    e.usageSource = UsageSource::Provider;
    e.priced = true;
    e.cost = Money::fromNanoUsd(1'234'567'891);
    e.latencyUs = 1'840'123;
    e.ttftUs = 140'001;
    return e;
}

/// One row's texts.
struct Row
{
    explicit Row(const CostEvent &event) { model.reset({std::make_shared<const CostEvent>(event)}); }
    [[nodiscard]] QString text(int column, int role = Qt::DisplayRole) const
    {
        return model.index(0, column).data(role).toString();
    }
    CallModel model;
};

} // namespace

class CallModelTest : public QObject
{
    Q_OBJECT

private slots:
    void itKeepsTheContractOfModels()
    {
        EventMaker maker(3);
        CallModel model(50);
        const Tester tester(&model, Tester::FailureReportingMode::QtTest);
        model.take(callsOf(maker, 30));
        model.take(callsOf(maker, 30));
        model.setTrimming(false);
        model.take(callsOf(maker, 80));
        model.setTrimming(true);
        model.take(callsOf(maker, 70));
        model.reset(callsOf(maker, 60));
        model.reset({});
        QCOMPARE(model.rowCount(), 0);
    }

    void everyCellOfAnyCallHasItsTexts()
    {
        EventMaker maker(4);
        CallModel model;
        model.take(callsOf(maker, 200));
        for (int row = 0; row < model.rowCount(); ++row)
            for (int column = 0; column < CallModel::ColumnCount; ++column) {
                const QModelIndex index = model.index(row, column);
                QVERIFY(index.data(cell::RawRole).isValid());
                QVERIFY(column == CallModel::Marks || !index.data().toString().isEmpty());
            }
        for (int column = 0; column < CallModel::ColumnCount; ++column)
            QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
        QVERIFY(!model.headerData(CallModel::ColumnCount, Qt::Horizontal, Qt::DisplayRole).isValid());
        QVERIFY(!model.headerData(0, Qt::Vertical, Qt::DisplayRole).isValid());
    }

    void knownCallsMakeNoFurtherRow()
    {
        EventMaker maker(5);
        const CallModel::Calls calls = callsOf(maker, 10);
        CallModel model;
        QSignalSpy inserted(&model, &CallModel::rowsInserted);
        QCOMPARE(model.take(slice(calls, 0, 6)), 6);
        QCOMPARE(model.take(slice(calls, 3, 10)), 4);
        QCOMPARE(inserted.count(), 2);
        QCOMPARE(inserted[1][1].toInt(), 6);
        QCOMPARE(inserted[1][2].toInt(), 9);
        QCOMPARE(model.take(calls), 0);
        QCOMPARE(model.take({}), 0);
        QCOMPARE(inserted.count(), 2);
        QVERIFY(callsIn(model) == calls);
    }

    void aCallTwiceInOneBatchIsOneRow()
    {
        EventMaker maker(6);
        CallModel::Calls calls = callsOf(maker, 3);
        calls.push_back(std::make_shared<const CostEvent>(*calls[1]));
        CallModel model;
        QCOMPARE(model.take(calls), 3);
        model.reset(calls);
        QCOMPARE(model.rowCount(), 3);
    }

    void theOldestMakeRoom()
    {
        EventMaker maker(7);
        const CallModel::Calls calls = callsOf(maker, 40);
        CallModel model(10);
        QSignalSpy removed(&model, &CallModel::rowsRemoved);
        model.take(slice(calls, 0, 10));
        QCOMPARE(removed.count(), 0);
        model.take(slice(calls, 10, 13));
        QCOMPARE(removed.count(), 1);
        QCOMPARE(removed[0][1].toInt(), 0);
        QCOMPARE(removed[0][2].toInt(), 2);
        QVERIFY(callsIn(model) == slice(calls, 3, 13));
        model.take(slice(calls, 13, 40));
        QVERIFY(callsIn(model) == slice(calls, 30, 40));
    }

    void aResetKeepsTheNewest()
    {
        EventMaker maker(8);
        const CallModel::Calls calls = callsOf(maker, 25);
        CallModel model(10);
        model.reset(calls);
        QVERIFY(callsIn(model) == slice(calls, 15, 25));
    }

    void whatWasTrimmedMayComeAgain()
    {
        EventMaker maker(9);
        const CallModel::Calls calls = callsOf(maker, 12);
        CallModel model(10);
        model.take(calls);
        QCOMPARE(model.take(slice(calls, 0, 1)), 1);
        QCOMPARE(model.callAt(9), calls[0]);
        model.reset(calls);
        QCOMPARE(model.take(slice(calls, 1, 2)), 1);
    }

    void withoutTrimmingTheOldestStayUpToTwiceTheCapacity()
    {
        EventMaker maker(10);
        const CallModel::Calls calls = callsOf(maker, 25);
        CallModel model(10);
        model.setTrimming(false);
        model.take(slice(calls, 0, 20));
        QVERIFY(callsIn(model) == slice(calls, 0, 20));
        model.take(slice(calls, 20, 25));
        QVERIFY(callsIn(model) == slice(calls, 5, 25));
        model.setTrimming(true);
        QVERIFY(callsIn(model) == slice(calls, 15, 25));
    }

    void aCallThatHasChangedTakesItsOwnPlace()
    {
        EventMaker maker(12);
        const CallModel::Calls calls = callsOf(maker, 10);
        CallModel model;
        const Tester tester(&model, Tester::FailureReportingMode::QtTest);
        model.take(calls);
        QSignalSpy changed(&model, &CallModel::dataChanged);
        auto repriced = std::make_shared<CostEvent>(*calls[4]);
        repriced->priced = true;
        repriced->cost = Money::fromNanoUsd(123'456'789);
        QCOMPARE(model.take({calls[3], repriced}), 0);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(changed[0][0].toModelIndex().row(), 4);
        QCOMPARE(changed[0][1].toModelIndex().row(), 4);
        QCOMPARE(model.index(4, CallModel::Cost).data(cell::RawRole).toString(),
                 QStringLiteral("0.123456789"));
        // New and changed at once, as where a call is repriced before it was ever seen.
        const CallModel::Calls fresh = callsOf(maker, 1);
        auto later = std::make_shared<CostEvent>(*fresh[0]);
        later->cost = Money::fromNanoUsd(5);
        QCOMPARE(model.take({fresh[0], later}), 1);
        QCOMPARE(model.index(10, CallModel::Cost).data(cell::RawRole).toString(),
                 QStringLiteral("0.000000005"));
    }

    void whatLeavesAMovingRangeIsTakenOut()
    {
        EventMaker maker(13);
        CallModel::Calls calls = callsOf(maker, 12);
        const auto at = [&](std::size_t i, int second) {
            auto moved = std::make_shared<CostEvent>(*calls[i]);
            moved->time = fromMicros(second * 1'000'000LL);
            calls[i] = moved;
        };
        // In the order of their ends, which is not that of their arrival: 3 and 7 took long.
        for (int i = 0; i < 12; ++i)
            at(static_cast<std::size_t>(i), i == 3 || i == 7 ? 1 : 100 + i);
        CallModel model;
        const Tester tester(&model, Tester::FailureReportingMode::QtTest);
        model.take(calls);
        model.setTrimming(false);
        model.dropBefore(fromMicros(105'000'000));
        QCOMPARE(model.rowCount(), 12);
        model.setTrimming(true);
        model.dropBefore(fromMicros(105'000'000));
        const CallModel::Calls left = {calls[5], calls[6], calls[8], calls[9], calls[10], calls[11]};
        QVERIFY(callsIn(model) == left);
        QCOMPARE(model.take({calls[3]}), 1);
        model.dropBefore(fromMicros(999'000'000));
        QCOMPARE(model.rowCount(), 0);
    }

    void anotherThreadReadsTheTableAsItWas()
    {
        EventMaker maker(14);
        CallModel model;
        model.take(callsOf(maker, 20));
        const QByteArray before = csvOf(model);
        const auto make = model.detach();
        model.reset({});
        QByteArray elsewhere;
        std::thread([&] { elsewhere = csvOf(*make()); }).join();
        QCOMPARE(elsewhere, before);
        QCOMPARE(elsewhere.count("\r\n"), 21);
    }

    void thereIsNoCallBeyondTheRows()
    {
        EventMaker maker(11);
        CallModel model;
        model.take(callsOf(maker, 2));
        QVERIFY(model.callAt(-1) == nullptr);
        QVERIFY(model.callAt(2) == nullptr);
        QVERIFY(model.callAt(1) != nullptr);
    }

    void estimatedFiguresSaySo_data()
    {
        QTest::addColumn<int>("source");
        QTest::addColumn<bool>("about");
        QTest::newRow("estimated") << static_cast<int>(UsageSource::Estimated) << true;
        QTest::newRow("from the provider") << static_cast<int>(UsageSource::Provider) << false;
        QTest::newRow("none") << static_cast<int>(UsageSource::None) << false;
    }
    void estimatedFiguresSaySo()
    {
        QFETCH(int, source);
        QFETCH(bool, about);
        CostEvent event = sample();
        event.usageSource = static_cast<UsageSource>(source);
        const Row row(event);
        const QString mark = about ? QStringLiteral("≈") : QString();
        QCOMPARE(row.text(CallModel::Input), mark + "1,234,567");
        QCOMPARE(row.text(CallModel::Output), mark + "4,321");
        QCOMPARE(row.text(CallModel::Cost), mark + "$1.23");
        QCOMPARE(row.text(CallModel::Input, Qt::AccessibleTextRole), mark + "1,234,567");
        QCOMPARE(row.text(CallModel::Input, cell::RawRole), QStringLiteral("1234567"));
        QCOMPARE(row.text(CallModel::Marks, cell::RawRole), about ? QStringLiteral("est.") : QString());
    }

    void anUnpricedCallSaysSo()
    {
        CostEvent event = sample();
        event.priced = false;
        event.cost.reset();
        event.usageSource = UsageSource::Estimated;
        const Row row(event);
        QCOMPARE(row.text(CallModel::Cost), QStringLiteral("unpriced"));
        QCOMPARE(row.text(CallModel::Cost, cell::RawRole), QString());
        QCOMPARE(row.model.index(0, CallModel::Cost).data(cell::ToneRole).value<Tone>(), Tone::Warning);
        QCOMPARE(row.text(CallModel::Marks, cell::RawRole), QStringLiteral("unpriced, est."));
    }

    void rawValuesHaveAllDigits_data()
    {
        QTest::addColumn<int>("column");
        QTest::addColumn<QString>("raw");
        const auto row = [](const char *name, int column, const char *raw) {
            QTest::newRow(name) << column << QString(raw);
        };
        row("time", CallModel::Time, "2026-11-23T21:52:25.000123Z");
        row("status", CallModel::Status, "200");
        row("workflow", CallModel::Workflow, "summarise");
        row("feature", CallModel::Feature, "");
        row("user", CallModel::User, "");
        row("model", CallModel::Model, "gpt-4o-2024-08-06");
        row("input", CallModel::Input, "1234567");
        row("cached", CallModel::Cached, "12000");
        row("output", CallModel::Output, "4321");
        row("cost", CallModel::Cost, "1.234567891");
        row("latency", CallModel::Latency, "1840.123");
        row("first byte", CallModel::FirstByte, "140.001");
        row("marks", CallModel::Marks, "");
    }
    void rawValuesHaveAllDigits()
    {
        QFETCH(int, column);
        QTEST(Row(sample()).text(column, cell::RawRole), "raw");
    }

    void whatNeverCameIsADashAndEmptyWhenRaw()
    {
        CostEvent event = sample();
        event.ttftUs = -1;
        const Row row(event);
        QCOMPARE(row.text(CallModel::FirstByte), QStringLiteral("—"));
        QCOMPARE(row.text(CallModel::FirstByte, cell::RawRole), QString());
        QCOMPARE(row.text(CallModel::Feature), QStringLiteral("—"));
    }

    void theModelIsTheOneThatAnsweredElseSentElseAskedFor()
    {
        CostEvent event = sample();
        event.responseModel.clear();
        QCOMPARE(Row(event).text(CallModel::Model), QStringLiteral("gpt-4o"));
        event.sentModel.clear();
        QCOMPARE(Row(event).text(CallModel::Model), QStringLiteral("fast"));
        event.requestModel.clear();
        QCOMPARE(Row(event).text(CallModel::Model), QStringLiteral("—"));
    }
};

QTEST_MAIN(CallModelTest)
#include "tst_call_model.moc"
