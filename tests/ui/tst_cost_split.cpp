// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/CostSplit.h"

#include "core/base/Files.h"
#include "core/pricing/CostCalculator.h"

#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

namespace {

/// Models of every kind of price, with prices whose products have to be rounded.
PriceBook bookOf(const std::string &output)
{
    const auto made = parsePriceBook(
        "{\"version\":\"test\",\"entries\":["
        "{\"provider\":\"openai\",\"model\":\"plain\",\"input\":2.500001,\"cached_input\":1.250003,"
        "\"output\":" +
        output +
        ",\"server_tool_call\":0.01,\"batch_factor\":0.5},"
        "{\"provider\":\"openai\",\"model\":\"uncached\",\"input\":0.000333,\"output\":0.000777},"
        "{\"provider\":\"anthropic\",\"model\":\"written\",\"input\":3,\"cached_input\":0.3,"
        "\"cache_write_5m\":3.75,\"cache_write_1h\":6,\"output\":15,"
        "\"long_context\":[{\"above_input_tokens\":200000,\"input\":6,\"cached_input\":0.6,"
        "\"cache_write_5m\":7.5,\"cache_write_1h\":12,\"output\":22.5}]},"
        "{\"provider\":\"google\",\"model\":\"heard\",\"input\":0.3,\"cached_input\":0.075,\"output\":2.5,"
        "\"reasoning\":3.5,\"input_audio\":1,\"cached_input_audio\":0.25,\"output_audio\":12}]}");
    if (!made)
        qFatal("%s", made.error().toString().c_str());
    return *made;
}

const PriceBook &book()
{
    static const PriceBook made = bookOf("10.000007");
    return made;
}

CostEvent callOf(const char *provider, const char *model, const TokenUsage &usage)
{
    CostEvent event;
    event.time = *parseRfc3339("2026-11-01");
    event.provider = provider;
    event.endpoint = "chat";
    event.requestModel = event.sentModel = event.responseModel = model;
    event.status = 200;
    event.usage = usage;
    event.usageSource = UsageSource::Provider;
    return event;
}

CostEvent priced(CostEvent event, const PriceBook &prices)
{
    priceEvent(event, prices);
    if (!event.cost)
        qFatal("the call has no price");
    return event;
}

Money sumOf(const CostSplit &split)
{
    return split.uncachedInput + split.cachedInput + split.cacheWrite + split.output + split.serverTools;
}

const std::pair<const char *, TokenUsage> usages[] = {
    {"nothing", {}},
    {"input and output", {.input = 1'234, .output = 567}},
    {"output alone", {.output = 1}},
    {"cached", {.input = 10'007, .cachedInput = 9'001, .output = 333}},
    {"all of it cached", {.input = 4'096, .cachedInput = 4'096}},
    {"written", {.input = 5'000, .cacheWrite5m = 3'001, .output = 17}},
    {"everything of text",
     {.input = 50'021,
      .cachedInput = 20'003,
      .cacheWrite5m = 10'007,
      .cacheWrite1h = 5'009,
      .output = 2'011,
      .reasoning = 1'013}},
    {"tools", {.input = 101, .output = 103, .serverToolCalls = 7}},
    {"audio",
     {.input = 3'000,
      .cachedInput = 500,
      .inputAudio = 1'001,
      .output = 900,
      .reasoning = 100,
      .outputAudio = 301}},
    {"audio that is cached too", {.input = 3'000, .cachedInput = 2'500, .inputAudio = 1'001, .output = 9}},
    {"parts beyond their whole", {.input = 100, .cachedInput = 80, .cacheWrite5m = 50, .output = 5}},
};

} // namespace

class CostSplitTest : public QObject
{
    Q_OBJECT

private slots:
    void thePartsAddUpToTheCost_data()
    {
        QTest::addColumn<QByteArray>("provider");
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<int>("usage");
        for (const auto &[provider, model] :
             {std::pair("openai", "plain"), std::pair("openai", "uncached"),
              std::pair("anthropic", "written"), std::pair("gemini", "heard"), std::pair("openai", "gpt-4o"),
              std::pair("anthropic", "claude-sonnet-4-5"), std::pair("gemini", "gemini-2.5-flash")})
            for (int i = 0; i < int(std::size(usages)); ++i)
                QTest::addRow("%s, %s", model, usages[i].first)
                    << QByteArray(provider) << QByteArray(model) << i;
    }
    void thePartsAddUpToTheCost()
    {
        QFETCH(QByteArray, provider);
        QFETCH(QByteArray, model);
        QFETCH(int, usage);
        static const auto builtIn = builtInPriceBook();
        CostEvent event = callOf(provider.constData(), model.constData(), usages[usage].second);
        const bool ours = book().find(event.provider, event.responseModel, event.time) != nullptr;
        const PriceBook &prices = ours ? book() : *builtIn;
        for (const bool batch : {false, true}) {
            event.batch = batch;
            event = priced(event, prices);
            const auto split = splitCost(event, prices);
            QVERIFY(split.has_value());
            QCOMPARE(sumOf(*split).nanoUsd(), event.cost->nanoUsd());
            for (const Money part : {split->uncachedInput, split->cachedInput, split->cacheWrite,
                                     split->output, split->serverTools})
                QVERIFY(part >= Money());
        }
    }

    void eachPartIsWhatItsTokensCost()
    {
        const CostEvent event = priced(callOf("anthropic", "written",
                                              {.input = 100'000,
                                               .cachedInput = 40'000,
                                               .cacheWrite5m = 20'000,
                                               .cacheWrite1h = 10'000,
                                               .output = 1'000}),
                                       book());
        const auto split = splitCost(event, book());
        QVERIFY(split.has_value());
        QCOMPARE(split->uncachedInput.nanoUsd(), 90'000'000);
        QCOMPARE(split->cachedInput.nanoUsd(), 12'000'000);
        QCOMPARE(split->cacheWrite.nanoUsd(), 75'000'000 + 60'000'000);
        QCOMPARE(split->output.nanoUsd(), 15'000'000);
        QCOMPARE(split->serverTools.nanoUsd(), 0);
    }

    void toolsAreChargedByThePiece()
    {
        const auto split = splitCost(
            priced(callOf("openai", "plain", {.input = 1, .output = 1, .serverToolCalls = 3}), book()),
            book());
        QVERIFY(split.has_value());
        QCOMPARE(split->serverTools.nanoUsd(), 30'000'000);
    }

    void aPartThatWouldChangeTheTierIsNotToldApart_data()
    {
        QTest::addColumn<int>("input");
        QTest::addColumn<int>("cached");
        QTest::addColumn<int>("written");
        QTest::addColumn<bool>("told");
        QTest::newRow("short") << 200'000 << 100'000 << 50'000 << true;
        QTest::newRow("long without a cache") << 200'001 << 0 << 0 << true;
        QTest::newRow("long with little cached") << 300'000 << 10'000 << 0 << true;
        QTest::newRow("long with little of both") << 300'000 << 50'000 << 49'999 << true;
        QTest::newRow("long by what is cached") << 300'000 << 100'000 << 0 << false;
        QTest::newRow("long by what is written") << 300'000 << 0 << 100'000 << false;
        QTest::newRow("long by both together") << 300'000 << 50'000 << 50'000 << false;
        QTest::newRow("all of it written") << 300'000 << 0 << 300'000 << false;
    }
    void aPartThatWouldChangeTheTierIsNotToldApart()
    {
        QFETCH(int, input);
        QFETCH(int, cached);
        QFETCH(int, written);
        QFETCH(bool, told);
        const CostEvent event =
            priced(callOf("anthropic", "written",
                          {.input = input, .cachedInput = cached, .cacheWrite5m = written, .output = 1'000}),
                   book());
        const auto split = splitCost(event, book());
        QCOMPARE(split.has_value(), told);
        if (!told)
            return;
        const std::int64_t nano = input > 200'000 ? 2 : 1;
        QCOMPARE(sumOf(*split).nanoUsd(), event.cost->nanoUsd());
        QCOMPARE(split->uncachedInput.nanoUsd(), std::int64_t(input - cached - written) * 3'000 * nano);
        QCOMPARE(split->cachedInput.nanoUsd(), std::int64_t(cached) * 300 * nano);
        QCOMPARE(split->cacheWrite.nanoUsd(), std::int64_t(written) * 3'750 * nano);
    }

    void anotherPriceBookTellsNothing()
    {
        const CostEvent event = priced(callOf("openai", "plain", {.input = 1'000, .output = 1'000}), book());
        QVERIFY(splitCost(event, book()).has_value());
        QVERIFY(!splitCost(event, bookOf("9")).has_value());
        QVERIFY(!splitCost(event, PriceBook("empty", {})).has_value());
    }

    void whatCannotBeSplitIsNot_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("unpriced") << 0;
        QTest::newRow("several models") << 1;
        QTest::newRow("from the response cache") << 2;
        QTest::newRow("coalesced") << 3;
    }
    void whatCannotBeSplitIsNot()
    {
        QFETCH(int, kind);
        CostEvent event = callOf("openai", "plain", {.input = 1'000, .output = 1'000});
        if (kind == 1)
            event.parts = {{"plain", event.usage}, {"uncached", event.usage}};
        if (kind >= 2)
            event.cache = kind == 2 ? CacheKind::Exact : CacheKind::Coalesced;
        event = priced(event, book());
        if (kind == 0) {
            event.priced = false;
            event.cost.reset();
        }
        QVERIFY(!splitCost(event, book()).has_value());
    }

    void callsWithoutUsageCostNothingInEveryPart()
    {
        CostEvent event = callOf("openai", "unknown", {.input = 5, .output = 5});
        event.usageSource = UsageSource::None;
        const auto split = splitCost(priced(event, book()), book());
        QVERIFY(split.has_value());
        QCOMPARE(sumOf(*split).nanoUsd(), 0);
    }
};

QTEST_GUILESS_MAIN(CostSplitTest)
#include "tst_cost_split.moc"
