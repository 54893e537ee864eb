// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/CostCalculator.h"
#include "tests/Sanitized.h"
#include "tests/core/pricing/PriceFixture.h"

#include <QtTest>

#include <random>

using namespace farthing;

namespace {

/// Books and events drawn at random: some models without a price, some entries without some rates, awkward
/// fractions.
class Draw
{
public:
    explicit Draw(unsigned seed)
        : m_engine(seed)
    {}

    std::int64_t upTo(std::int64_t most)
    {
        return std::uniform_int_distribution<std::int64_t>(0, most)(m_engine);
    }
    bool oneIn(int n) { return upTo(n - 1) == 0; }

    Rates rates()
    {
        Rates rates;
        for (const auto member :
             {&Rates::input, &Rates::cachedInput, &Rates::cacheWrite5m, &Rates::cacheWrite1h, &Rates::output,
              &Rates::reasoning, &Rates::inputAudio, &Rates::cachedInputAudio, &Rates::outputAudio})
            if (!oneIn(12))
                rates.*member = upTo(75'000'000);
        if (!rates.input && !rates.output)
            rates.input = upTo(1'000);
        return rates;
    }

    PriceBook book()
    {
        std::vector<PriceEntry> entries;
        for (const char *model : {"a", "b", "c", "d"}) {
            PriceEntry entry;
            entry.provider = "openai";
            entry.model = model;
            entry.standard = rates();
            if (oneIn(2))
                entry.longContext = {{upTo(100'000) + 1, rates()}};
            if (oneIn(2))
                entry.serviceTiers.emplace_back("flex", rates());
            if (oneIn(3))
                entry.serviceTiers.emplace_back("batch", rates());
            if (oneIn(2))
                entry.batchPermille = static_cast<std::int32_t>(upTo(1'000));
            if (oneIn(2))
                entry.perServerToolCall = upTo(35'000'000'000);
            entries.push_back(std::move(entry));
        }
        return PriceBook("random", std::move(entries));
    }

    TokenUsage usage()
    {
        TokenUsage u;
        u.input = upTo(200'000);
        u.cachedInput = oneIn(2) ? upTo(u.input) : 0;
        u.cacheWrite5m = oneIn(3) ? upTo(u.input) : 0;
        u.cacheWrite1h = oneIn(3) ? upTo(u.input) : 0;
        u.inputAudio = oneIn(4) ? upTo(u.input) : 0;
        u.output = upTo(20'000);
        u.reasoning = oneIn(2) ? upTo(u.output) : 0;
        u.outputAudio = oneIn(4) ? upTo(u.output) : 0;
        u.serverToolCalls = oneIn(5) ? upTo(5) : 0;
        return u;
    }

    std::string model() { return std::string(1, "abcde"[upTo(4)]); } // nobody sells "e"

    CostEvent event()
    {
        static constexpr const char *tiers[] = {"", "default", "flex", "batch", "priority"};
        static constexpr int statuses[] = {200, 200, 200, 200, 304, 400, 499, 599};
        CostEvent e;
        e.time = at("2026-11-01");
        e.provider = oneIn(8) ? "gateway" : "openai";
        e.requestModel = model();
        e.sentModel = model();
        e.responseModel = oneIn(8) ? std::string() : model();
        e.listModel = oneIn(2) ? e.requestModel : model();
        e.status = statuses[upTo(7)];
        e.serviceTier = tiers[upTo(4)];
        e.batch = oneIn(4);
        e.cache = oneIn(4) ? static_cast<CacheKind>(upTo(3)) : CacheKind::None;
        e.usage = usage();
        e.usageSource = oneIn(20) ? UsageSource::None : UsageSource::Provider;
        for (auto parts = oneIn(6) ? upTo(3) : 0; parts > 0; --parts)
            e.parts.push_back({oneIn(3) ? std::string() : model(), usage()});
        return e;
    }

private:
    std::mt19937 m_engine;
};

} // namespace

class TestSavings : public QObject
{
    Q_OBJECT

private slots:
    void partsAddUpToListMinusCostForEveryEvent();
    void withoutALeverNothingIsSaved();
};

void TestSavings::partsAddUpToListMinusCostForEveryEvent()
{
    Draw draw(20261123);
    int unpriced = 0;
    int withoutList = 0;
    int exact = 0;
    for (int b = 0; b < 200; ++b) {
        const PriceBook book = draw.book();
        for (int i = 0; i < rounds(2'000); ++i) {
            CostEvent event = draw.event();
            priceEvent(event, book);
            QCOMPARE(event.priced, event.cost.has_value());
            if (!event.priced)
                QVERIFY(!event.listCost);
            if (event.cost)
                QVERIFY(event.cost->nanoUsd() >= 0);
            if (!event.delivered())
                QVERIFY(!event.listCost);
            if (!event.listCost) {
                QCOMPARE(event.savings, Savings());
                ++(event.priced ? withoutList : unpriced);
                continue;
            }
            if (event.savings.total() != *event.listCost - *event.cost)
                QFAIL(qPrintable(QString("event %1 of book %2 does not add up").arg(i).arg(b)));
            ++exact;
            const CostEvent once = event;
            priceEvent(event, book);
            QCOMPARE(event, once);
        }
    }
    qInfo("%d events add up, %d unpriced, %d priced without list cost", exact, unpriced, withoutList);
    QVERIFY(exact > rounds(100'000) && unpriced > rounds(10'000) && withoutList > rounds(10'000));
}

void TestSavings::withoutALeverNothingIsSaved()
{
    Draw draw(7);
    for (int i = 0; i < 2'000; ++i) {
        const PriceBook book = draw.book();
        CostEvent event = draw.event();
        event.status = 200;
        event.cache = CacheKind::None;
        event.batch = false;
        event.serviceTier = "default";
        event.requestModel = event.listModel = event.sentModel = event.responseModel = "a";
        event.usage.cachedInput = event.usage.cacheWrite5m = event.usage.cacheWrite1h = 0;
        event.parts.clear();
        priceEvent(event, book);
        if (event.listCost)
            QCOMPARE(event.listCost, event.cost);
        QCOMPARE(event.savings, Savings());
    }
}

QTEST_GUILESS_MAIN(TestSavings)
#include "tst_savings.moc"
