// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/PromptCache.h"
#include "tests/sim/SimTesting.h"

#include <QtTest>

using namespace farthing;
using namespace farthing::sim;
using farthing::sim::testing::ManualClock;
using farthing::sim::testing::words;

namespace {

constexpr CacheLife kShort = CacheLife::FiveMinutes;
constexpr CacheLife kLong = CacheLife::OneHour;

std::vector<PromptBlock> blocks(std::initializer_list<std::pair<std::size_t, std::optional<CacheLife>>> sizes)
{
    std::vector<PromptBlock> out;
    for (const auto &[tokens, life] : sizes)
        out.push_back({"system", words(tokens), 0, life});
    return out;
}

struct Cache
{
    ManualClock clock;
    PromptCache cache{clock};

    CacheUse automatic(const std::string &text, const std::string &scope = "key")
    {
        return cache.useAutomatic(mapPrompt({{"user", text}}, scope), 1024, kShort);
    }
    CacheUse explicitly(const std::vector<PromptBlock> &prompt, std::int64_t minimum = 1024)
    {
        return cache.useBreakpoints(mapPrompt(prompt, "key"), prompt, minimum);
    }
};

} // namespace

class PromptCacheTest : public QObject
{
    Q_OBJECT

private slots:
    void automaticReadsStepsOf128FromTheMinimum_data();
    void automaticReadsStepsOf128FromTheMinimum();
    void aChangeAtTheStartVoidsEverything();
    void aChangeInTheMiddleKeepsWhatIsBeforeIt();
    void scopesDoNotShare();
    void theSplitIntoBlocksBelongsToThePrefix();
    void entriesEndAfterTheirLifeUnlessUsed();
    void memoryIsBounded();
    void nothingIsCachedWithoutABreakpoint();
    void aBreakpointBelowTheMinimumIsIgnored();
    void writesAreSplitByLife();
    void anHourOutlivesFiveMinutes();
    void theLookbackEndsAfterTwentyBlocks_data();
    void theLookbackEndsAfterTwentyBlocks();
    void aGrowingConversationReadsItsLastTurn();
};

void PromptCacheTest::automaticReadsStepsOf128FromTheMinimum_data()
{
    QTest::addColumn<int>("tokens");
    QTest::addColumn<int>("read");
    QTest::newRow("below the minimum") << 1023 << 0;
    QTest::newRow("at the minimum") << 1024 << 1024;
    QTest::newRow("one before the next step") << 1151 << 1024;
    QTest::newRow("at the next step") << 1152 << 1152;
    QTest::newRow("long") << 5000 << 4992;
}

void PromptCacheTest::automaticReadsStepsOf128FromTheMinimum()
{
    QFETCH(int, tokens);
    QFETCH(int, read);
    Cache cache;
    const std::string text = words(static_cast<std::size_t>(tokens));
    const CacheUse first = cache.automatic(text);
    QCOMPARE(first.read, 0);
    QCOMPARE(first.write5m, std::int64_t(read));
    const CacheUse second = cache.automatic(text);
    QCOMPARE(second.read, std::int64_t(read));
    QCOMPARE(second.write5m, 0);
}

void PromptCacheTest::aChangeAtTheStartVoidsEverything()
{
    Cache cache;
    (void)cache.automatic("12:01" + words(2000));
    QCOMPARE(cache.automatic("12:02" + words(2000)).read, 0);
}

void PromptCacheTest::aChangeInTheMiddleKeepsWhatIsBeforeIt()
{
    Cache cache;
    (void)cache.automatic(words(1500) + words(500, " same"));
    const CacheUse use = cache.automatic(words(1500) + words(500, " other"));
    QCOMPARE(use.read, 1408); // the last step before token 1,500
    QCOMPARE(use.write5m, 1920 - 1408);
}

void PromptCacheTest::scopesDoNotShare()
{
    Cache cache;
    (void)cache.automatic(words(2000), "one key");
    QCOMPARE(cache.automatic(words(2000), "another key").read, 0);
}

void PromptCacheTest::theSplitIntoBlocksBelongsToThePrefix()
{
    const PromptMap one = mapPrompt({{"user", "a b"}}, "");
    const PromptMap two = mapPrompt({{"user", "a"}, {"user", " b"}}, "");
    QCOMPARE(one.tokens, two.tokens);
    QVERIFY(one.hash != two.hash);
    QVERIFY(mapPrompt({{"user", "a"}}, "").hash != mapPrompt({{"system", "a"}}, "").hash);
}

void PromptCacheTest::entriesEndAfterTheirLifeUnlessUsed()
{
    Cache cache;
    (void)cache.automatic(words(2000));
    cache.clock.advance(std::chrono::minutes(4));
    QCOMPARE(cache.automatic(words(2000)).read, 1920);
    cache.clock.advance(std::chrono::minutes(4));
    QCOMPARE(cache.automatic(words(2000)).read, 1920); // the use before began its life again
    cache.clock.advance(std::chrono::minutes(5));
    QCOMPARE(cache.automatic(words(2000)).read, 0);
}

void PromptCacheTest::memoryIsBounded()
{
    const ManualClock clock;
    PromptCache cache(clock, 100);
    for (int i = 0; i < 50; ++i)
        (void)cache.useAutomatic(mapPrompt({{"user", std::to_string(i) + words(2000)}}, ""), 1024, kShort);
    QCOMPARE(cache.size(), std::size_t(100));
}

void PromptCacheTest::nothingIsCachedWithoutABreakpoint()
{
    Cache cache;
    const auto prompt = blocks({{3000, std::nullopt}, {100, std::nullopt}});
    for (int i = 0; i < 2; ++i) {
        const CacheUse use = cache.explicitly(prompt);
        QCOMPARE(use.read + use.write5m + use.write1h, 0);
    }
}

void PromptCacheTest::aBreakpointBelowTheMinimumIsIgnored()
{
    Cache cache;
    const auto prompt = blocks({{2000, kShort}, {100, std::nullopt}});
    (void)cache.explicitly(prompt, 2048);
    QCOMPARE(cache.explicitly(prompt, 2048).write5m, 0);
    QCOMPARE(cache.explicitly(prompt, 1024).write5m, 2000);
    QCOMPARE(cache.explicitly(prompt, 1024).read, 2000);
}

void PromptCacheTest::writesAreSplitByLife()
{
    Cache cache;
    const auto prompt = blocks({{1500, kLong}, {700, kShort}, {50, std::nullopt}});
    const CacheUse first = cache.explicitly(prompt);
    QCOMPARE(first.write1h, 1500);
    QCOMPARE(first.write5m, 700);
    const CacheUse second = cache.explicitly(prompt);
    QCOMPARE(second.read, 2200);
    QCOMPARE(second.write1h + second.write5m, 0);
}

void PromptCacheTest::anHourOutlivesFiveMinutes()
{
    Cache cache;
    const auto prompt = blocks({{1500, kLong}, {700, kShort}});
    (void)cache.explicitly(prompt);
    cache.clock.advance(std::chrono::minutes(30));
    const CacheUse use = cache.explicitly(prompt);
    QCOMPARE(use.read, 1500);
    QCOMPARE(use.write5m, 700);
    cache.clock.advance(std::chrono::minutes(60));
    QCOMPARE(cache.explicitly(prompt).read, 0);
}

void PromptCacheTest::theLookbackEndsAfterTwentyBlocks_data()
{
    QTest::addColumn<int>("added");
    QTest::addColumn<int>("read");
    QTest::newRow("20 blocks later") << 20 << 1500;
    QTest::newRow("21 blocks later") << 21 << 0;
}

void PromptCacheTest::theLookbackEndsAfterTwentyBlocks()
{
    QFETCH(int, added);
    QFETCH(int, read);
    Cache cache;
    auto prompt = blocks({{1500, kShort}});
    (void)cache.explicitly(prompt);
    prompt.front().breakpoint.reset();
    for (int i = 0; i < added; ++i)
        prompt.push_back({"user", words(10)});
    prompt.back().breakpoint = kShort;
    QCOMPARE(cache.explicitly(prompt).read, std::int64_t(read));
}

void PromptCacheTest::aGrowingConversationReadsItsLastTurn()
{
    Cache cache;
    auto prompt = blocks({{1500, std::nullopt}, {60, kShort}});
    (void)cache.explicitly(prompt);
    prompt.back().breakpoint.reset();
    prompt.push_back({"assistant", words(200)});
    prompt.push_back({"user", words(40), 0, kShort});
    const CacheUse use = cache.explicitly(prompt);
    QCOMPARE(use.read, 1560);
    QCOMPARE(use.write5m, 240);
}

QTEST_GUILESS_MAIN(PromptCacheTest)
#include "tst_sim_prompt_cache.moc"
