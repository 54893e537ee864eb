// SPDX-License-Identifier: GPL-3.0-or-later
// From a source into the store: all, nothing, or what was written before it was given up.
#include "core/ingest/logs/ImportRun.h"
#include "core/model/EventJson.h"
#include "core/pricing/CostCalculator.h"
#include "core/store/EventImport.h"
#include "core/store/QueryService.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

namespace {

constexpr Timestamp start = fromMicros(1'790'000'000'000'000);

/// Makes `count` calls a second apart; the row `badAt` is bad.
class MadeUp final : public EventSource
{
public:
    explicit MadeUp(int count, int badAt = -1, std::int64_t output = 10, bool grows = false)
        : m_count(count)
        , m_badAt(badAt)
        , m_output(output)
        , m_grows(grows)
    {}

    Result<void> read(const OnBadRow &onBadRow, const Take &take) override
    {
        std::vector<CostEvent> events;
        for (int i = 0; i < m_count; ++i) {
            if (i == m_badAt) {
                const Error error{"is bad", "line " + std::to_string(i + 1)};
                if (!onBadRow || !onBadRow(error))
                    return error;
                continue;
            }
            CostEvent event;
            event.time = start + std::chrono::seconds(i);
            event.eventId = event.callId = eventIdOfKey(event.time, std::to_string(i));
            event.provider = "openai";
            event.endpoint = "chat";
            event.workflow = "w";
            event.requestModel = event.responseModel = "gpt-4o";
            event.status = 200;
            event.usage = {.input = 100, .output = m_output};
            event.usageSource = UsageSource::Provider;
            events.push_back(event);
            noteRead(static_cast<std::uint64_t>(i));
            if (auto taken = take(events); !taken)
                return taken;
        }
        return take(events);
    }
    bool price(CostEvent &event, const PriceBook &book) const override
    {
        priceEvent(event, book);
        return true;
    }
    [[nodiscard]] bool mayGrow() const override { return m_grows; }
    [[nodiscard]] std::uint64_t bytes() const override { return static_cast<std::uint64_t>(m_count); }

private:
    int m_count;
    int m_badAt;
    std::int64_t m_output;
    bool m_grows;
};

} // namespace

class TestImportRun : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;

    std::filesystem::path database() const { return m_folder->filePath("farthing.db").toStdString(); }
    Result<ImportReport> run(EventSource &source, const ImportOptions &options = {}) const
    {
        return runImport(source, database(), *builtInPriceBook(), options);
    }
    QStringList filesLeft() const { return QDir(m_folder->path()).entryList(QDir::Files | QDir::Hidden); }
    Aggregate stored() const
    {
        const auto queries = QueryService::open(database());
        const auto groups = queries ? (*queries)->groupBy(Dimension::Workflow, {}) : queries.error();
        if (!groups)
            qFatal("%s", groups.error().toString().c_str());
        return groups->total;
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void allIsWrittenPricedAndOnce()
    {
        for (const std::uint64_t written : {5'000U, 0U}) {
            MadeUp source(5'000);
            const auto report = run(source);
            QVERIFY(report);
            QCOMPARE(report->written, written);
            QCOMPARE(report->alreadyThere, 5'000U - written);
        }
        // $2.50 and $10 a million
        QCOMPARE(stored().cost.nanoUsd(), 5'000LL * (100 * 2500 + 10 * 10'000));
    }

    void aBadRowChangesNothing_data()
    {
        QTest::addColumn<int>("before");
        QTest::newRow("where there is no store, none is made") << 0;
        QTest::newRow("a store stays as it is") << 100;
    }
    void aBadRowChangesNothing()
    {
        QFETCH(int, before);
        if (before > 0) {
            MadeUp first(before);
            QVERIFY(run(first));
        }
        MadeUp source(5'000, 4'990);
        const auto report = run(source);
        QVERIFY(!report);
        QCOMPARE(QString::fromStdString(report.error().toString()), QStringLiteral("line 4991: is bad"));
        if (before > 0)
            QCOMPARE(stored().requests, before);
        else
            QCOMPARE(filesLeft(), QStringList());
    }

    void aStoreThatIsMadeMeanwhileStays()
    {
        MadeUp source(60'000);
        ImportOptions options;
        int batches = 0;
        options.goOn = [&](std::uint64_t) { return ++batches != 5 || writeEvents(database(), {}); };
        const auto report = run(source, options);
        QVERIFY(!report);
        QVERIFY2(report.error().toString().ends_with("File exists"), report.error().toString().c_str());
        QCOMPARE(stored().requests, 0);
    }

    void aBadRowIsLeftOut()
    {
        MadeUp source(40'000, 4'990);
        QStringList bad;
        ImportOptions options;
        options.onBadRow = [&](const Error &error) { bad.append(QString::fromStdString(error.toString())); };
        const auto report = run(source, options);
        QVERIFY(report);
        QCOMPARE(report->written, 39'999U);
        QCOMPARE(report->skipped, 1U);
        QCOMPARE(bad, QStringList{"line 4991: is bad"});
        QCOMPARE(stored().requests, 39'999);
    }

    void namesAreGiven()
    {
        MadeUp source(10);
        ImportOptions options;
        options.complete = [](CostEvent &event) { event.workflow = "mine"; };
        QVERIFY(run(source, options));
        const auto queries = QueryService::open(database());
        QCOMPARE(*(*queries)->values(Dimension::Workflow, {}, 5), std::vector<std::string>{"mine"});
    }

    void itCanBeGivenUp_data()
    {
        QTest::addColumn<bool>("skip");
        QTest::addColumn<int>("kept");
        QTest::newRow("all at once: nothing stays") << false << 0;
        QTest::newRow("some at a time: whole transactions stay") << true << 32'768;
    }
    void itCanBeGivenUp()
    {
        QFETCH(bool, skip);
        QFETCH(int, kept);
        MadeUp source(60'000);
        ImportOptions options;
        if (skip)
            options.onBadRow = [](const Error &) {};
        int batches = 0;
        options.goOn = [&](std::uint64_t bytes) { return bytes <= 60'000 && ++batches <= 40; };
        const auto report = run(source, options);
        QVERIFY(report);
        QVERIFY(report->isCancelled);
        QCOMPARE(report->written, static_cast<std::uint64_t>(kept));
        if (kept > 0)
            QCOMPARE(stored().requests, kept);
        else
            QCOMPARE(filesLeft(), QStringList());
    }

    void whatHasGrownTakesItsPlace()
    {
        struct Step
        {
            std::int64_t output;
            bool grows;
            std::uint64_t grown;
            std::int64_t stored;
        };
        for (const Step &step : {Step{10, true, 0, 10}, Step{30, false, 0, 10}, Step{30, true, 100, 30},
                                 Step{20, true, 0, 30}}) {
            MadeUp source(100, -1, step.output, step.grows);
            const auto report = run(source);
            QVERIFY(report);
            QCOMPARE(report->grown, step.grown);
            QCOMPARE(stored().requests, 100);
            QCOMPARE(stored().usage.output, 100 * step.stored);
            QCOMPARE(stored().cost.nanoUsd(), 100 * (100 * 2500 + step.stored * 10'000));
        }
    }

    void aStoreThatCannotBeWrittenEndsTheReading()
    {
        MadeUp source(100'000);
        const auto report =
            runImport(source, m_folder->filePath("none/farthing.db").toStdString(), *builtInPriceBook(), {});
        QVERIFY(!report);
    }
};

QTEST_GUILESS_MAIN(TestImportRun)
#include "tst_import_run.moc"
