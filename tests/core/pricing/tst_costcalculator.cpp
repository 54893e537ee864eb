// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/EventLimits.h"
#include "core/pricing/CostCalculator.h"
#include "tests/core/pricing/PriceFixture.h"

#include <QtTest>

using namespace farthing;

namespace {

/// Prices in round figures, so that a cost can be worked out by head: 1 USD a million tokens is 1,000
/// nano-USD a token.
PriceBook book()
{
    PriceEntry full = priced("openai", "full", "10", "40");
    full.standard.cachedInput = perMillion("1");
    full.standard.cacheWrite5m = perMillion("12.5");
    full.standard.cacheWrite1h = perMillion("20");
    full.standard.reasoning = perMillion("50");
    full.standard.inputAudio = perMillion("100");
    full.standard.cachedInputAudio = perMillion("15");
    full.standard.outputAudio = perMillion("200");
    full.batchPermille = 500;
    full.perServerToolCall = 10'000'000'000;
    Rates flex;
    flex.input = perMillion("6");
    flex.cachedInput = perMillion("0.6");
    flex.output = perMillion("24");
    full.serviceTiers.emplace_back("flex", flex);

    PriceEntry fast = priced("openai", "fast", "1", "4");
    fast.standard.cachedInput = perMillion("0.1");
    fast.batchPermille = 500;

    PriceEntry tall = priced("openai", "tall", "2", "8");
    tall.standard.cachedInput = perMillion("0.5");
    Rates longer;
    longer.input = perMillion("4");
    longer.cachedInput = perMillion("1");
    longer.output = perMillion("12");
    Rates longest = longer;
    longest.input = perMillion("6");
    tall.longContext = {{200'000, longer}, {400'000, longest}};
    Rates priority;
    priority.input = perMillion("3");
    priority.output = perMillion("9");
    Rates longPriority = priority;
    longPriority.input = perMillion("5");
    tall.serviceTiers.emplace_back("priority", priority);
    tall.longContext.push_back({300'000, longPriority, "priority"});
    tall.batchPermille = 500;

    PriceEntry embed;
    embed.provider = "openai";
    embed.model = "embed";
    embed.standard.input = perMillion("0.02");

    PriceEntry committed = priced("anthropic", "claude", "3", "15");
    Rates never;
    never.input = perMillion("99");
    never.output = perMillion("99");
    committed.serviceTiers.emplace_back("priority", never);

    PriceEntry tiny = priced("openai", "tiny", "0.0005", "0.0005"); // half a nano-dollar a token
    PriceEntry half = priced("openai", "half", "0.000001", "0.000001");
    half.batchPermille = 500;
    return PriceBook("test", {full, fast, tall, embed, committed, tiny, half});
}

CostEvent call(std::string model, TokenUsage usage)
{
    CostEvent event;
    event.time = at("2026-11-01");
    event.provider = "openai";
    event.endpoint = "chat";
    event.requestModel = event.sentModel = event.responseModel = std::move(model);
    event.status = 200;
    event.usage = usage;
    event.usageSource = UsageSource::Provider;
    return event;
}

CostEvent priced(CostEvent event, const PriceBook &prices = book())
{
    priceEvent(event, prices);
    return event;
}

qint64 nano(const std::optional<Money> &money)
{
    return money ? money->nanoUsd() : -1;
}

} // namespace

class TestCostCalculator : public QObject
{
    Q_OBJECT

private slots:
    void eachKindOfTokenAtItsOwnPrice_data();
    void eachKindOfTokenAtItsOwnPrice();
    void roundsOnceHalfToEven_data();
    void roundsOnceHalfToEven();
    void serviceTierIsTheOneReported_data();
    void serviceTierIsTheOneReported();
    void longContextPricesTheWholeRequest_data();
    void longContextPricesTheWholeRequest();
    void partsArePricedAtTheirOwnModels();
    void savingsFollowTheirOrder();
    void servedHitPaysOnlyItsEmbedding();
    void failedCallCostsButHasNoListCost();
    void unknownModelIsUnpriced();
    void unknownListModelLeavesTheCost();
    void deploymentNameStandsForTheModelThatAnswered();
    void listModelMayLieAtAnotherUpstream();
    void nothingBilledCostsNothing_data();
    void nothingBilledCostsNothing();
    void workOfUnknownCostIsUnpriced_data();
    void workOfUnknownCostIsUnpriced();
    void pricesTheModelThatAnswered();
    void cachedAudioIsWhatTheProviderTells_data();
    void cachedAudioIsWhatTheProviderTells();
    void cacheWritesBesideAudioArePricedOnce_data();
    void cacheWritesBesideAudioArePricedOnce();
    void absurdCountsDoNotOverflow();
};

void TestCostCalculator::eachKindOfTokenAtItsOwnPrice_data()
{
    QTest::addColumn<TokenUsage>("usage");
    QTest::addColumn<qint64>("expected");
    const auto row = [](const char *name, TokenUsage usage, qint64 expected) {
        QTest::newRow(name) << usage << expected;
    };
    row("input and output", {.input = 100, .output = 10}, 100 * 10'000 + 10 * 40'000);
    row("cached", {.input = 100, .cachedInput = 60}, 40 * 10'000 + 60 * 1'000);
    row("written 5m and 1h", {.input = 100, .cacheWrite5m = 30, .cacheWrite1h = 20},
        50 * 10'000 + 30 * 12'500 + 20 * 20'000);
    row("all three", {.input = 100, .cachedInput = 50, .cacheWrite5m = 30, .cacheWrite1h = 20},
        50 * 1'000 + 30 * 12'500 + 20 * 20'000);
    row("reasoning", {.output = 100, .reasoning = 70}, 30 * 40'000 + 70 * 50'000);
    row("audio in and out", {.input = 100, .inputAudio = 80, .output = 50, .outputAudio = 40},
        20 * 10'000 + 80 * 100'000 + 10 * 40'000 + 40 * 200'000);
    row("cached counts as text first", {.input = 100, .cachedInput = 30, .inputAudio = 60},
        10 * 10'000 + 30 * 1'000 + 60 * 100'000);
    row("cached beyond the text is audio", {.input = 100, .cachedInput = 70, .inputAudio = 60},
        40 * 1'000 + 30 * 15'000 + 30 * 100'000);
    row("read and written at once", {.input = 10, .cachedInput = 8, .cacheWrite5m = 8},
        8 * 1'000 + 2 * 12'500);
    row("web searches", {.input = 1, .serverToolCalls = 3}, 10'000 + 3 * 10'000'000);
    row("negative counts", {.input = -5, .output = -5}, 0);
}

void TestCostCalculator::eachKindOfTokenAtItsOwnPrice()
{
    QFETCH(TokenUsage, usage);
    const CostEvent event = priced(call("full", usage));
    QVERIFY(event.priced);
    QTEST(nano(event.cost), "expected");
    QCOMPARE(QString::fromStdString(event.priceVersion), QString("test:openai/full"));
}

void TestCostCalculator::roundsOnceHalfToEven_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<int>("input");
    QTest::addColumn<int>("output");
    QTest::addColumn<bool>("batch");
    QTest::addColumn<qint64>("expected");
    QTest::newRow("0.5 to 0") << "tiny" << 1 << 0 << false << qint64(0);
    QTest::newRow("1.5 to 2") << "tiny" << 3 << 0 << false << qint64(2);
    QTest::newRow("2.5 to 2") << "tiny" << 5 << 0 << false << qint64(2);
    QTest::newRow("halves add up before rounding") << "tiny" << 1 << 1 << false << qint64(1);
    QTest::newRow("500 pico") << "half" << 500 << 0 << false << qint64(0);
    QTest::newRow("501 pico") << "half" << 501 << 0 << false << qint64(1);
    QTest::newRow("a batch's half pico tips it over") << "half" << 1001 << 0 << true << qint64(1);
    QTest::newRow("a batch's tie") << "half" << 1000 << 0 << true << qint64(0);
}

void TestCostCalculator::roundsOnceHalfToEven()
{
    QFETCH(QString, model);
    QFETCH(int, input);
    QFETCH(int, output);
    QFETCH(bool, batch);
    CostEvent event = call(model.toStdString(), {.input = input, .output = output});
    event.batch = batch;
    QTEST(nano(priced(event).cost), "expected");
}

void TestCostCalculator::serviceTierIsTheOneReported_data()
{
    QTest::addColumn<QString>("provider");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("tier");
    QTest::addColumn<bool>("batch");
    QTest::addColumn<qint64>("expected"); // 100 in, 10 of them cached, 10 out
    const qint64 standard = 90 * 10'000 + 10 * 1'000 + 10 * 40'000;
    const qint64 flex = 90 * 6'000 + 10 * 600 + 10 * 24'000;
    for (const char *tier : {"", "default", "standard", "auto", "scale", "on_demand", "no-such-tier"})
        QTest::addRow("'%s' is standard", tier) << "openai"
                                                << "full" << tier << false << standard;
    QTest::newRow("flex") << "openai"
                          << "full"
                          << "flex" << false << flex;
    QTest::newRow("letter case") << "openai"
                                 << "full"
                                 << "FLEX" << false << flex;
    QTest::newRow("batch event") << "openai"
                                 << "full"
                                 << "" << true << standard / 2;
    QTest::newRow("batch reported") << "openai"
                                    << "full"
                                    << "batch" << false << standard / 2;
    QTest::newRow("batch without a known discount") << "anthropic"
                                                    << "claude"
                                                    << "" << true << qint64(100 * 3'000 + 10 * 15'000);
    QTest::newRow("committed priority") << "anthropic"
                                        << "claude"
                                        << "priority" << false << qint64(100 * 3'000 + 10 * 15'000);
}

void TestCostCalculator::serviceTierIsTheOneReported()
{
    QFETCH(QString, provider);
    QFETCH(QString, model);
    QFETCH(QString, tier);
    QFETCH(bool, batch);
    CostEvent event = call(model.toStdString(), {.input = 100, .cachedInput = 10, .output = 10});
    event.provider = provider.toStdString();
    event.serviceTier = tier.toStdString();
    event.batch = batch;
    QTEST(nano(priced(event).cost), "expected");
}

void TestCostCalculator::longContextPricesTheWholeRequest_data()
{
    QTest::addColumn<qint64>("input");
    QTest::addColumn<QString>("tier");
    QTest::addColumn<bool>("batch");
    QTest::addColumn<qint64>("expected"); // 1,000 of the input cached, 100 out
    QTest::newRow("at the threshold")
        << qint64(200'000) << "" << false << qint64(199'000LL * 2'000 + 1'000 * 500 + 100 * 8'000);
    QTest::newRow("one above") << qint64(200'001) << "" << false
                               << qint64(199'001LL * 4'000 + 1'000 * 1'000 + 100 * 12'000);
    QTest::newRow("second step") << qint64(400'001) << "" << false
                                 << qint64(399'001LL * 6'000 + 1'000 * 1'000 + 100 * 12'000);
    QTest::newRow("batch halves it") << qint64(200'001) << "" << true
                                     << qint64((199'001LL * 4'000 + 1'000 * 1'000 + 100 * 12'000) / 2);
    QTest::newRow("a tier's own rates")
        << qint64(250'000) << "priority" << false << qint64(250'000LL * 3'000 + 100 * 9'000);
    QTest::newRow("a tier's own threshold")
        << qint64(300'001) << "priority" << false << qint64(300'001LL * 5'000 + 100 * 9'000);
}

void TestCostCalculator::longContextPricesTheWholeRequest()
{
    QFETCH(qint64, input);
    QFETCH(QString, tier);
    QFETCH(bool, batch);
    CostEvent event = call("tall", {.input = input, .cachedInput = 1'000, .output = 100});
    event.serviceTier = tier.toStdString();
    event.batch = batch;
    QTEST(nano(priced(event).cost), "expected");
}

void TestCostCalculator::partsArePricedAtTheirOwnModels()
{
    CostEvent event = call("fast", {.input = 1'110, .output = 30});
    event.parts = {{"", {.input = 10, .output = 10}},
                   {"full", {.input = 100, .output = 10}},
                   {"fast", {.input = 1'000, .output = 10}}};
    event = priced(event);
    const qint64 advisor = 100 * 10'000 + 10 * 40'000;
    QCOMPARE(nano(event.cost), 1'010 * 1'000 + 20 * 4'000 + advisor);

    event.listModel = "full";
    event = priced(event);
    QCOMPARE(nano(event.listCost), 1'010 * 10'000 + 20 * 40'000 + advisor);
    QCOMPARE(event.savings.total(), *event.listCost - *event.cost);

    event.parts[1].model = "who-knows";
    QVERIFY(!priced(event).priced);
}

void TestCostCalculator::savingsFollowTheirOrder()
{
    CostEvent event = call("fast", {.input = 100, .cachedInput = 60, .output = 10});
    event.requestModel = "full";
    event.listModel = "full";
    event.batch = true;
    event = priced(event);
    QCOMPARE(nano(event.listCost), 100 * 10'000 + 10 * 40'000);
    QCOMPARE(event.savings.responseCache.nanoUsd(), 0);
    QCOMPARE(event.savings.tiering.nanoUsd(), 1'400'000 - (100 * 1'000 + 10 * 4'000));
    QCOMPARE(event.savings.batching.nanoUsd(), 140'000 / 2);
    QCOMPARE(event.savings.promptCache.nanoUsd(), 70'000 - (40 * 1'000 + 60 * 100 + 10 * 4'000) / 2);
    QCOMPARE(event.savings.total(), *event.listCost - *event.cost);

    const CostEvent written = priced(call("full", {.input = 100, .cacheWrite1h = 100}));
    QCOMPARE(written.savings.promptCache.nanoUsd(), -100 * 10'000);
}

void TestCostCalculator::servedHitPaysOnlyItsEmbedding()
{
    CostEvent event = call("fast", {.input = 100, .cachedInput = 60, .output = 10});
    event.listModel = "full";
    event.cache = CacheKind::Exact;
    const CostEvent exact = priced(event);
    QCOMPARE(nano(exact.cost), 0);
    QCOMPARE(nano(exact.listCost), 1'400'000);
    QCOMPARE(exact.savings.responseCache.nanoUsd(), 1'400'000);

    event.cache = CacheKind::Semantic;
    event.parts = {{"embed", {.input = 50}}};
    const CostEvent semantic = priced(event);
    QCOMPARE(nano(semantic.cost), 50 * 20);
    QCOMPARE(semantic.savings.responseCache.nanoUsd(), 1'400'000 - 1'000);
    QCOMPARE(semantic.savings.total(), *semantic.listCost - *semantic.cost);

    event.parts[0].model = "unknown-embedding";
    QVERIFY(!priced(event).priced);
    event.parts.clear();
    event.listModel = event.requestModel = event.responseModel = "unknown";
    QVERIFY(!priced(event).priced);
}

void TestCostCalculator::failedCallCostsButHasNoListCost()
{
    for (const int status : {400, 500, status::clientClosed, status::upstreamBroke}) {
        CostEvent event = call("full", {.input = 100, .cachedInput = 50, .output = 1});
        event.status = status;
        event = priced(event);
        QVERIFY(event.priced);
        QCOMPARE(nano(event.cost), 50 * 10'000 + 50 * 1'000 + 40'000);
        QVERIFY(!event.listCost);
        QCOMPARE(event.savings, Savings());
    }
}

void TestCostCalculator::unknownModelIsUnpriced()
{
    CostEvent event = call("full", {.input = 100});
    priceEvent(event, book());
    event.responseModel = event.requestModel = event.sentModel = "nobody-sells-this";
    priceEvent(event, book());
    QVERIFY(!event.priced);
    QVERIFY(!event.cost);
    QVERIFY(!event.listCost);
    QCOMPARE(event.savings, Savings());
    QVERIFY(event.priceVersion.empty());

    const CostEvent notSold = priced(call("embed", {.input = 5, .output = 1}));
    QVERIFY2(!notSold.priced, "output of a model that has no output price");
    QVERIFY(priced(call("embed", {.input = 5})).priced);
}

void TestCostCalculator::unknownListModelLeavesTheCost()
{
    CostEvent event = call("fast", {.input = 100});
    event.requestModel = "full";
    event.listModel = "dear-but-unknown";
    event = priced(event);
    QCOMPARE(nano(event.cost), 100'000);
    QVERIFY(!event.listCost);
    QCOMPARE(event.savings, Savings());
}

void TestCostCalculator::deploymentNameStandsForTheModelThatAnswered()
{
    CostEvent event = call("fast", {.input = 100, .cachedInput = 100});
    event.provider = "azure";
    event.requestModel = event.sentModel = event.listModel = "our-deployment";
    event = priced(event);
    QCOMPARE(nano(event.listCost), 100'000);
    QCOMPARE(event.savings.promptCache.nanoUsd(), 90'000);
}

void TestCostCalculator::nothingBilledCostsNothing_data()
{
    QTest::addColumn<QString>("endpoint");
    QTest::addColumn<UsageSource>("source");
    QTest::addColumn<int>("status");
    QTest::newRow("no usage") << "models" << UsageSource::None << 200;
    QTest::newRow("error without usage") << "chat" << UsageSource::None << 500;
    QTest::newRow("counting") << "count_tokens" << UsageSource::Provider << 200;
    QTest::newRow("moving batch files") << "batch" << UsageSource::None << 200;
    QTest::newRow("images that were refused") << "images" << UsageSource::None << 400;
}

void TestCostCalculator::workOfUnknownCostIsUnpriced_data()
{
    QTest::addColumn<QString>("endpoint");
    QTest::addColumn<QString>("model");
    QTest::addColumn<bool>("priced");
    for (const char *endpoint : {"images", "audio", "videos", "rerank", "ocr", "unmetered"})
        QTest::newRow(endpoint) << QString(endpoint) << QString("fast") << false;
    QTest::newRow("transcriptions, whose form is not read") << QString("audio") << QString() << false;
    QTest::newRow("a cancellation") << QString("unmetered") << QString() << true;
    QTest::newRow("moderations, model lists, assistants …") << QString("other") << QString("fast") << true;
}

void TestCostCalculator::workOfUnknownCostIsUnpriced()
{
    QFETCH(QString, endpoint);
    QFETCH(QString, model);
    QFETCH(bool, priced);
    CostEvent event = call(model.toStdString(), {});
    event.endpoint = endpoint.toStdString();
    event.usageSource = UsageSource::None;
    event = ::priced(event);
    QCOMPARE(event.priced, priced);
    QCOMPARE(event.cost.has_value(), priced);
    QCOMPARE(event.listCost.has_value(), priced);
}

void TestCostCalculator::nothingBilledCostsNothing()
{
    QFETCH(QString, endpoint);
    QFETCH(UsageSource, source);
    QFETCH(int, status);
    CostEvent event = call("nobody-sells-this", {.input = 100});
    event.endpoint = endpoint.toStdString();
    event.usageSource = source;
    event.status = status;
    event = priced(event);
    QVERIFY(event.priced);
    QCOMPARE(nano(event.cost), 0);
    QCOMPARE(event.listCost.has_value(), status == 200);
}

void TestCostCalculator::listModelMayLieAtAnotherUpstream()
{
    CostEvent event = call("llama", {.input = 100});
    event.provider = "groq";
    event.listModel = "openai/full";
    const PriceBook both("t", {farthing::priced("groq", "llama", "0.5", "0.5"),
                               farthing::priced("openai", "full", "10", "40")});
    event = priced(event, both);
    QCOMPARE(nano(event.cost), 50'000);
    QCOMPARE(nano(event.listCost), 1'000'000);

    event.responseModel = "openai/full";
    QVERIFY2(!priced(event, both).priced, "a host's own price is not known from another's list");
}

void TestCostCalculator::pricesTheModelThatAnswered()
{
    CostEvent event = call("fast", {.input = 100});
    event.requestModel = event.sentModel = "full";
    QCOMPARE(nano(priced(event).cost), 100'000);
    event.responseModel.clear();
    QCOMPARE(nano(priced(event).cost), 1'000'000);
    event.sentModel.clear();
    QCOMPARE(nano(priced(event).cost), 1'000'000);
    event.responseModel = "unknown";
    QVERIFY(!priced(event).priced);
}

void TestCostCalculator::cachedAudioIsWhatTheProviderTells_data()
{
    QTest::addColumn<QByteArray>("rawUsage");
    QTest::addColumn<int>("cachedAudio");
    const auto row = [](const char *name, const char *rawUsage, int cachedAudio) {
        QTest::newRow(name) << QByteArray(rawUsage) << cachedAudio;
    };
    row("nothing told", "{\"input_token_details\":{\"cached_tokens\":40}}", 0);
    row("no JSON", "{", 0);
    row("all of it", "{\"input_token_details\":{\"cached_tokens_details\":{\"audio_tokens\":40}}}", 40);
    row("some of it", "{\"prompt_tokens_details\":{\"cached_tokens_details\":{\"audio_tokens\":7}}}", 7);
    row("more than there is", "{\"input_tokens_details\":{\"cached_tokens_details\":{\"audio_tokens\":99}}}",
        40);
    row("less than none", "{\"input_tokens_details\":{\"cached_tokens_details\":{\"audio_tokens\":-9}}}", 0);
    row("Gemini",
        "{\"cacheTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":30},"
        "{\"modality\":\"AUDIO\",\"tokenCount\":10}]}",
        10);
    row("Gemini without audio", "{\"cacheTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":40}]}", 0);
}

void TestCostCalculator::cachedAudioIsWhatTheProviderTells()
{
    QFETCH(QByteArray, rawUsage);
    QFETCH(int, cachedAudio);
    CostEvent event = call("full", {.input = 100, .cachedInput = 40, .inputAudio = 50});
    event.rawUsage = rawUsage.toStdString();
    const std::int64_t cachedText = 40 - cachedAudio;
    QCOMPARE(nano(priced(event).cost), (50 - cachedText) * 10'000 + cachedText * 1'000 +
                                           cachedAudio * 15'000 + (50 - cachedAudio) * 100'000);
}

void TestCostCalculator::cacheWritesBesideAudioArePricedOnce_data()
{
    QTest::addColumn<TokenUsage>("usage");
    QTest::addColumn<qint64>("cost");
    // 1 USD a million is 1,000 nano-USD a token: input 10, cached 1, write 12.5, audio 100, cached audio 15.
    QTest::newRow("within the text") << TokenUsage{.input = 10, .cacheWrite5m = 4, .inputAudio = 5}
                                     << qint64(1 * 10'000 + 4 * 12'500 + 5 * 100'000);
    QTest::newRow("beyond the text") << TokenUsage{.input = 10, .cacheWrite5m = 8, .inputAudio = 5}
                                     << qint64(8 * 12'500 + 2 * 100'000);
    QTest::newRow("all of it") << TokenUsage{.input = 10, .cacheWrite1h = 10, .inputAudio = 5}
                               << qint64(10 * 20'000);
    QTest::newRow("read and written beyond the text")
        << TokenUsage{.input = 10, .cachedInput = 2, .cacheWrite5m = 7, .inputAudio = 6}
        << qint64(2 * 15'000 + 7 * 12'500 + 1 * 100'000);
}

void TestCostCalculator::cacheWritesBesideAudioArePricedOnce()
{
    QFETCH(TokenUsage, usage);
    QTEST(static_cast<qint64>(nano(priced(call("full", usage)).cost)), "cost");
}

void TestCostCalculator::absurdCountsDoNotOverflow()
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    PriceEntry dear = farthing::priced("openai", "dear", "1000000", "1000000");
    CostEvent event = call("dear", {most, most, most, most, most, most, most, most, most});
    event.requestModel = "fast";
    event = priced(event, PriceBook("t", {dear, farthing::priced("openai", "fast", "0", "1")}));
    QCOMPARE(event.cost->nanoUsd(), mostNanoUsd); // and no more than an import takes
    QCOMPARE(event.savings.total(), *event.listCost - *event.cost);
}

QTEST_GUILESS_MAIN(TestCostCalculator)
#include "tst_costcalculator.moc"
