// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/EmptyStore.h"
#include "ui/bridge/JobRunner.h"

#include "core/store/EventImport.h"
#include "core/store/Events.h"

#include <QSemaphore>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

using Cancel = JobChannel::Cancel;

namespace {

constexpr int patienceMs = 10'000;

Result<std::unique_ptr<QueryService>> emptyStore()
{
    return std::unique_ptr<QueryService>(std::make_unique<EmptyStore>());
}

/// A job that says when it has begun and goes on when it is told to.
struct Gate
{
    QSemaphore begun;
    QSemaphore go;
    std::atomic<bool> cancelled{false};

    std::function<Result<int>(QueryService &, const Cancel &)> job(int value)
    {
        return [this, value](QueryService &, const Cancel &cancel) {
            begun.release();
            go.acquire();
            cancelled = cancel.load();
            return value;
        };
    }
    bool waitUntilBegun() { return begun.tryAcquire(1, patienceMs); }
};

Result<int> three(QueryService &, const Cancel &)
{
    return 3;
}

} // namespace

class JobRunnerTest : public QObject
{
    Q_OBJECT

private slots:
    void jobsRunOnTheWorkerAndResultsArriveHere()
    {
        QThread *opened = nullptr;
        JobRunner runner([&opened] {
            opened = QThread::currentThread();
            return emptyStore();
        });
        JobChannel channel(runner, nullptr);
        QThread *arrived = nullptr;
        QThread *ran = nullptr;
        channel.run<QThread *>(
            [](QueryService &, const Cancel &) -> Result<QThread *> { return QThread::currentThread(); },
            [&](Result<QThread *> result) {
                arrived = QThread::currentThread();
                ran = *result;
            });
        QVERIFY(arrived == nullptr);
        QTRY_VERIFY_WITH_TIMEOUT(arrived != nullptr, patienceMs);
        QCOMPARE(arrived, QThread::currentThread());
        QVERIFY(ran != QThread::currentThread());
        QCOMPARE(opened, ran);
    }

    void aLaterJobMakesTheEarlierOneStale()
    {
        Gate gate;
        JobRunner runner(emptyStore);
        JobChannel channel(runner, nullptr);
        std::vector<int> arrived;
        const auto take = [&](const Result<int> &result) { arrived.push_back(*result); };
        channel.run<int>(gate.job(1), take);
        QVERIFY(gate.waitUntilBegun());
        std::atomic<bool> ran = false;
        channel.run<int>(
            [&ran](QueryService &, const Cancel &) {
                ran = true;
                return Result<int>(2);
            },
            take);
        channel.run<int>(three, take);
        gate.go.release();
        QTRY_VERIFY_WITH_TIMEOUT(!arrived.empty(), patienceMs);
        QTest::qWait(20);
        QCOMPARE(arrived, std::vector<int>{3});
        QVERIFY(gate.cancelled);
        QVERIFY2(!ran, "a job that was stale before it began must not run");
    }

    void aResultOnItsWayIsStaleToo()
    {
        QSemaphore done;
        JobRunner runner(emptyStore);
        JobChannel channel(runner, nullptr);
        JobChannel other(runner, nullptr);
        std::vector<int> arrived;
        const auto take = [&](const Result<int> &result) { arrived.push_back(*result); };
        channel.run<int>(three, take);
        // Jobs run one after another: once this one runs, the result before it is already on its way.
        other.run<int>(
            [&done](QueryService &, const Cancel &) {
                done.release();
                return Result<int>(0);
            },
            [](const Result<int> &) {});
        QVERIFY(done.tryAcquire(1, patienceMs));
        channel.run<int>([](QueryService &, const Cancel &) { return Result<int>(4); }, take);
        QTRY_VERIFY_WITH_TIMEOUT(!arrived.empty(), patienceMs);
        QTest::qWait(20);
        QCOMPARE(arrived, std::vector<int>{4});
    }

    void channelsDoNotMakeEachOtherStale()
    {
        JobRunner runner(emptyStore);
        JobChannel one(runner, nullptr);
        JobChannel two(runner, nullptr);
        std::vector<int> arrived;
        one.run<int>(three, [&](const Result<int> &) { arrived.push_back(1); });
        two.run<int>(three, [&](const Result<int> &) { arrived.push_back(2); });
        QTRY_COMPARE_WITH_TIMEOUT(arrived.size(), std::size_t(2), patienceMs);
        QCOMPARE(arrived, (std::vector<int>{1, 2}));
    }

    void aCancelledJobNeverArrives()
    {
        Gate gate;
        JobRunner runner(emptyStore);
        JobChannel channel(runner, nullptr);
        JobChannel after(runner, nullptr);
        int arrived = 0;
        channel.run<int>(gate.job(1), [&](const Result<int> &) { ++arrived; });
        QVERIFY(gate.waitUntilBegun());
        QVERIFY(channel.busy());
        channel.cancel();
        QVERIFY(!channel.busy());
        bool ended = false;
        after.run<int>(three, [&](const Result<int> &) { ended = true; });
        gate.go.release();
        QTRY_VERIFY_WITH_TIMEOUT(ended, patienceMs);
        QCOMPARE(arrived, 0);
        QVERIFY(gate.cancelled);
    }

    void busyIsToldOnceFromTheFirstJobToTheLastResult()
    {
        JobRunner runner(emptyStore);
        JobChannel channel(runner, nullptr);
        const QSignalSpy busy(&channel, &JobChannel::busyChanged);
        bool busyInResult = true;
        for (int i = 0; i < 5; ++i)
            channel.run<int>(three, [&](const Result<int> &) { busyInResult = channel.busy(); });
        QVERIFY(channel.busy());
        QCOMPARE(busy.count(), 1);
        QTRY_VERIFY_WITH_TIMEOUT(!channel.busy(), patienceMs);
        QCOMPARE(busy.count(), 2);
        QVERIFY(!busyInResult);
        channel.cancel();
        QCOMPARE(busy.count(), 2);
    }

    void aResultMayAskForTheNextJob()
    {
        JobRunner runner(emptyStore);
        JobChannel channel(runner, nullptr);
        int rounds = 0;
        std::function<void(Result<int>)> next = [&](const Result<int> &) {
            if (++rounds < 3)
                channel.run<int>(three, next);
        };
        channel.run<int>(three, next);
        QTRY_COMPARE_WITH_TIMEOUT(rounds, 3, patienceMs);
        QTRY_VERIFY(!channel.busy());
    }

    void anErrorOfOpeningReachesTheJob()
    {
        int attempts = 0;
        std::atomic<bool> ran = false;
        JobRunner runner([&attempts]() -> Result<std::unique_ptr<QueryService>> {
            if (++attempts == 1)
                return Error{"it is locked", "events.db"};
            return emptyStore();
        });
        JobChannel channel(runner, nullptr);
        std::optional<Result<int>> arrived;
        const auto run = [&] {
            channel.run<int>(
                [&ran](QueryService &, const Cancel &) {
                    ran = true;
                    return Result<int>(1);
                },
                [&](const Result<int> &result) { arrived = result; });
        };
        run();
        QTRY_VERIFY_WITH_TIMEOUT(arrived.has_value(), patienceMs);
        QVERIFY(!arrived->ok());
        QCOMPARE(arrived->error().toString(), std::string("events.db: it is locked"));
        QVERIFY(!ran);
        arrived.reset();
        run();
        QTRY_VERIFY_WITH_TIMEOUT(arrived.has_value(), patienceMs);
        QVERIFY2(arrived->ok(), "the store is opened anew after an error");
    }

    void anErrorOfTheJobArrives()
    {
        JobRunner runner(emptyStore);
        JobChannel channel(runner, nullptr);
        QString error;
        channel.run<int>(
            [](QueryService &, const Cancel &) -> Result<int> { return Error{"no such group"}; },
            [&](const Result<int> &result) { error = QString::fromStdString(result.error().toString()); });
        QTRY_COMPARE_WITH_TIMEOUT(error, QStringLiteral("no such group"), patienceMs);
    }

    void aChannelMayGoWhileItsJobRuns()
    {
        Gate gate;
        JobRunner runner(emptyStore);
        bool arrived = false;
        auto channel = std::make_unique<JobChannel>(runner, nullptr);
        channel->run<int>(gate.job(1), [&](const Result<int> &) { arrived = true; });
        QVERIFY(gate.waitUntilBegun());
        channel.reset();
        JobChannel after(runner, nullptr);
        bool ended = false;
        after.run<int>(three, [&](const Result<int> &) { ended = true; });
        gate.go.release();
        QTRY_VERIFY_WITH_TIMEOUT(ended, patienceMs);
        QVERIFY(!arrived);
        QVERIFY(gate.cancelled);
    }

    void theRunnerWaitsForTheJobUnderWayAndDropsTheOthers()
    {
        auto runner = std::make_unique<JobRunner>(emptyStore);
        JobChannel channel(*runner, nullptr);
        JobChannel other(*runner, nullptr);
        std::atomic<bool> ended = false;
        std::atomic<bool> ran = false;
        QSemaphore begun;
        channel.run<int>(
            [&](QueryService &, const Cancel &) {
                begun.release();
                QThread::msleep(50);
                ended = true;
                return Result<int>(1);
            },
            [](const Result<int> &) {});
        QVERIFY(begun.tryAcquire(1, patienceMs));
        other.run<int>(
            [&](QueryService &, const Cancel &) {
                ran = true;
                return Result<int>(2);
            },
            [](const Result<int> &) {});
        runner.reset();
        QVERIFY(ended);
        QVERIFY(!ran);
        // A channel without its runner asks nobody.
        other.run<int>(three, [](const Result<int> &) { QFAIL("there is no runner"); });
        QTest::qWait(20);
    }

    void manyChannelsComeAndGo()
    {
        JobRunner runner(emptyStore);
        int arrived = 0;
        for (int i = 0; i < 60; ++i) {
            JobChannel channel(runner, nullptr);
            channel.run<int>(three, [&](const Result<int> &) { ++arrived; });
            if (i % 3 == 0)
                QTRY_VERIFY_WITH_TIMEOUT(!channel.busy(), patienceMs);
        }
        QCOMPARE(arrived, 20);
    }

    void aStoreIsSeenAsSoonAsItsFileIsThere()
    {
        const QTemporaryDir dir;
        const std::filesystem::path database = dir.filePath("events.db").toStdString();
        JobRunner runner(JobRunner::forDatabase(database));
        JobChannel channel(runner, nullptr);
        qint64 events = -1;
        const auto ask = [&] {
            events = -1;
            channel.run<qint64>(
                [](QueryService &store, const Cancel &) -> Result<qint64> {
                    const auto summary = store.summary();
                    return summary ? Result<qint64>(qint64(summary->events)) : summary.error();
                },
                [&](const Result<qint64> &result) { events = result ? *result : -2; });
        };
        ask();
        QTRY_COMPARE_WITH_TIMEOUT(events, 0, patienceMs);
        EventMaker maker(1);
        const std::vector<CostEvent> made = {maker.make(), maker.make()};
        QVERIFY(writeEvents(database, made).ok());
        ask();
        QTRY_COMPARE_WITH_TIMEOUT(events, 2, patienceMs);
    }
};

QTEST_GUILESS_MAIN(JobRunnerTest)
#include "tst_job_runner.moc"
