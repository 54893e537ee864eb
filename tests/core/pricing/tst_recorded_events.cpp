// SPDX-License-Identifier: GPL-3.0-or-later
// What prices make of events that are there already, or come from outside.
#include "core/pricing/CostCalculator.h"
#include "tests/core/pricing/PriceFixture.h"

#include <QtTest>

using namespace farthing;

namespace {

/// 1 USD a million tokens is 1,000 nano-USD a token.
PriceBook book()
{
    PriceEntry full = priced("openai", "full", "10", "40");
    full.standard.cachedInput = perMillion("1");
    full.batchPermille = 500;
    return PriceBook("test", {full});
}

CostEvent call(std::string model, TokenUsage usage, int status = 200)
{
    CostEvent event;
    event.time = at("2026-11-01");
    event.provider = "openai";
    event.endpoint = "chat";
    event.requestModel = event.sentModel = event.responseModel = std::move(model);
    event.status = status;
    event.usage = usage;
    event.usageSource = usage.input > 0 ? UsageSource::Provider : UsageSource::None;
    return event;
}

CostEvent paid(CostEvent event, std::int64_t nanoUsd)
{
    event.cost = Money::fromNanoUsd(nanoUsd);
    event.priced = true;
    return event;
}

} // namespace

class TestRecordedEvents : public QObject
{
    Q_OBJECT

private slots:
    void repricingForgetsNothing_data()
    {
        QTest::addColumn<CostEvent>("event");
        QTest::addColumn<bool>("changed");
        QTest::newRow("at another price") << paid(call("full", {.input = 10}), 1) << true;
        QTest::newRow("not priced yet") << call("full", {.input = 10}) << true;
        QTest::newRow("without a price") << paid(call("unknown", {.input = 10}), 5) << false;
        QTest::newRow("paid, for nobody knows what") << paid(call("full", {}), 40'000'000) << false;
        QTest::newRow("unknown, for nobody knows what") << call("full", {}) << false;
        QTest::newRow("failed, and paid") << paid(call("full", {}, 500), 40'000'000) << false;
        QTest::newRow("failed, for nothing") << call("full", {}, 500) << true;
    }
    void repricingForgetsNothing()
    {
        QFETCH(CostEvent, event);
        QFETCH(bool, changed);
        CostEvent after = event;
        QCOMPARE(repriceEvent(after, book()), changed);
        QCOMPARE(after == event, !changed);
        QVERIFY(!event.cost || (after.cost && after.cost->nanoUsd() > 0));
    }

    void savingsAddUpOrThereIsNoListCost_data()
    {
        QTest::addColumn<CostEvent>("event");
        QTest::addColumn<qint64>("listCost"); // nano-USD; -1: taken away
        QTest::addColumn<bool>("kept");
        const auto row = [](const char *name, CostEvent event, std::int64_t listCost, bool kept) {
            event.listCost = Money::fromNanoUsd(listCost);
            QTest::newRow(name) << event << (kept ? qint64(listCost) : qint64(-1)) << kept;
        };
        const TokenUsage cached{.input = 10, .cachedInput = 10};
        row("nothing was saved", paid(call("unknown", {.input = 10}), 7), 7, true);
        row("by the prompt cache", paid(call("full", cached), 10'000), 100'000, true);
        CostEvent batched = paid(call("full", {.input = 10}), 50'000);
        batched.batch = true;
        row("by a batch", batched, 100'000, true);
        CostEvent hit = paid(call("unknown", {.input = 10}), 0);
        hit.cache = CacheKind::Exact;
        row("by the response cache", hit, 123, true);
        row("at another cost", paid(call("full", cached), 20'000), 100'000, false);
        row("at another list cost", paid(call("full", cached), 10'000), 90'000, false);
        row("at no known price", paid(call("unknown", cached), 10'000), 100'000, false);
    }
    void savingsAddUpOrThereIsNoListCost()
    {
        QFETCH(CostEvent, event);
        QTEST(completeSavings(event, book()), "kept");
        QTEST(event.listCost ? qint64(event.listCost->nanoUsd()) : qint64(-1), "listCost");
        QCOMPARE(event.savings.total(), event.listCost ? *event.listCost - *event.cost : Money());
    }
};

QTEST_GUILESS_MAIN(TestRecordedEvents)
#include "tst_recorded_events.moc"
