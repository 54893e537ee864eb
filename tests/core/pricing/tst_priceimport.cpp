// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Files.h"
#include "core/pricing/PriceDiff.h"
#include "core/pricing/importers/PriceImport.h"
#include "tests/core/pricing/PriceFixture.h"

#include <QRegularExpression>
#include <QtTest>

#include <map>
#include <set>

using namespace farthing;

namespace {

QString text(const std::string &s)
{
    return QString::fromStdString(s);
}

std::filesystem::path rawFolder()
{
    const QByteArray shared = qgetenv("FARTHING_SHARED_DATA");
    const std::string root = shared.isEmpty() ? FARTHING_SOURCE_DIR "/../shared/data" : shared.toStdString();
    return std::filesystem::path(root) / "prices" / "raw";
}

QStringList counted(const std::vector<PriceImport::Note> &notes)
{
    std::map<std::string, int> counts;
    for (const PriceImport::Note &note : notes)
        ++counts[note.reason];
    QStringList lines;
    for (const auto &[reason, count] : counts)
        lines << QString::number(count) + " " + text(reason);
    return lines;
}

const PriceEntry *entryOf(const PriceImport &import, const std::string &provider, const std::string &model)
{
    for (const PriceEntry &entry : import.entries)
        if (entry.provider == provider && entry.model == model)
            return &entry;
    return nullptr;
}

} // namespace

class TestPriceImport : public QObject
{
    Q_OBJECT

private slots:
    void liteLlmKeysBecomeRatesAndTiers();
    void liteLlmSaysWhatItLeavesOut_data();
    void liteLlmSaysWhatItLeavesOut();
    void genAiPricesBecomesEntries();
    void genAiPricesSaysWhatItLeavesOut_data();
    void genAiPricesSaysWhatItLeavesOut();
    void shapeTellsTheFormat();
    void importsLeaveHistoryAlone_data();
    void importsLeaveHistoryAlone();
    void whatAFileDoesNotStateIsCarriedOver_data();
    void whatAFileDoesNotStateIsCarriedOver();
    void foreignFilesAreErrors_data();
    void foreignFilesAreErrors();
    void wholeFilesImport_data();
    void wholeFilesImport();
};

void TestPriceImport::liteLlmKeysBecomeRatesAndTiers()
{
    const auto import = importLiteLlm(R"({"sample_spec": {"input_cost_per_token": 1}, "last_updated": "x",
      "gemini/m": {"litellm_provider": "gemini", "mode": "chat", "input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05,
        "cache_read_input_token_cost": 1.25e-07, "cache_creation_input_token_cost": 1.5625e-06,
        "cache_creation_input_token_cost_above_1hr": 2.5e-06, "output_cost_per_reasoning_token": 1.1e-05,
        "input_cost_per_audio_token": 3e-06, "output_cost_per_audio_token": 2e-05, "cache_read_input_audio_token_cost": 3e-07,
        "input_cost_per_token_above_200k_tokens": 2.5e-06, "output_cost_per_token_above_200k_tokens": 1.5e-05,
        "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 5e-06,
        "input_cost_per_token_flex": 6.25e-07, "output_cost_per_token_flex": 5e-06,
        "input_cost_per_token_priority": 2.5e-06, "output_cost_per_token_priority": 2e-05,
        "input_cost_per_token_above_200k_tokens_priority": 5e-06, "output_cost_per_token_above_200k_tokens_priority": 3e-05,
        "input_cost_per_token_batches": 6.25e-07, "output_cost_per_token_batches": 5e-06,
        "search_context_cost_per_query": {"search_context_size_medium": 0.035}, "max_tokens": 5}})");
    QVERIFY2(import.ok(), import.ok() ? "" : qPrintable(text(import.error().toString())));
    QCOMPARE(import->entries.size(), std::size_t(1));
    PriceEntry expected = priced("google", "m", "1.25", "10");
    expected.standard.cachedInput = perMillion("0.125");
    expected.standard.cacheWrite5m = perMillion("1.5625");
    expected.standard.cacheWrite1h = perMillion("2.5");
    expected.standard.reasoning = perMillion("11");
    expected.standard.inputAudio = perMillion("3");
    expected.standard.outputAudio = perMillion("20");
    expected.standard.cachedInputAudio = perMillion("0.3");
    const auto with = [&](const char *input, const char *output) {
        Rates rates = expected.standard;
        rates.input = perMillion(input);
        rates.output = perMillion(output);
        return rates;
    };
    expected.longContext = {{200'000, with("2.5", "15")}, {200'000, with("5", "30"), "priority"}};
    expected.longContext[0].rates.cacheWrite1h = perMillion("5");
    expected.serviceTiers = {{"flex", with("0.625", "5")}, {"priority", with("2.5", "20")}};
    expected.batchPermille = 500;
    expected.perServerToolCall = 35'000'000'000;
    expected.source = "LiteLLM";
    QVERIFY(import->entries.front() == expected);
    QVERIFY(import->skipped.empty() && import->warnings.empty());
}

void TestPriceImport::liteLlmSaysWhatItLeavesOut_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("skipped");
    QTest::addColumn<QString>("warned");
    QTest::newRow("image") << R"({"litellm_provider":"openai","output_cost_per_image":0.04})"
                           << "not priced by tokens"
                           << "";
    QTest::newRow("zero")
        << R"({"litellm_provider":"ollama","input_cost_per_token":0.0,"output_cost_per_token":0.0})"
        << "at zero"
        << "";
    QTest::newRow("no provider") << R"({"input_cost_per_token":1e-6})"
                                 << "litellm_provider"
                                 << "";
    QTest::newRow("negative") << R"({"litellm_provider":"openai","input_cost_per_token":-1e-6})"
                              << "not between 0 and 1"
                              << "";
    QTest::newRow("per million by mistake") << R"({"litellm_provider":"openai","input_cost_per_token":2.5})"
                                            << "not between 0 and 1"
                                            << "";
    QTest::newRow("float noise")
        << R"({"litellm_provider":"openai","input_cost_per_token":2.9999999999999997e-07})"
        << ""
        << "rounded";
    QTest::newRow("a text of a number")
        << R"({"litellm_provider":"openai","input_cost_per_token":"1e-6","output_cost_per_token":"0.000002"})"
        << ""
        << "";
    QTest::newRow("a text of none")
        << R"({"litellm_provider":"openai","input_cost_per_token":"1e-6","output_cost_per_token":"cheap"})"
        << ""
        << "no number";
    QTest::newRow("nothing but text") << R"({"litellm_provider":"openai","input_cost_per_token":"cheap"})"
                                      << "no number"
                                      << "";
    QTest::newRow("half a tier")
        << R"({"litellm_provider":"openai","input_cost_per_token":1e-6,"output_cost_per_token":1e-6,"input_cost_per_token_priority":2e-6})"
        << ""
        << "tier without a price";
    QTest::newRow("1 h write")
        << R"({"litellm_provider":"anthropic","input_cost_per_token":2.5e-7,"cache_creation_input_token_cost_above_1hr":6e-6})"
        << ""
        << "Anthropic's rule";
}

void TestPriceImport::liteLlmSaysWhatItLeavesOut()
{
    QFETCH(QString, model);
    QFETCH(QString, skipped);
    QFETCH(QString, warned);
    const auto import =
        importLiteLlm(R"({"ok":{"litellm_provider":"openai","input_cost_per_token":1e-6},"m":)" +
                      model.toStdString() + "}");
    QVERIFY(import.ok());
    QCOMPARE(import->entries.size(), std::size_t(skipped.isEmpty() ? 2 : 1));
    QCOMPARE(import->skipped.size(), std::size_t(skipped.isEmpty() ? 0 : 1));
    QCOMPARE(import->warnings.size(), std::size_t(warned.isEmpty() ? 0 : 1));
    QVERIFY(skipped.isEmpty() || text(import->skipped[0].reason).contains(skipped));
    QVERIFY(warned.isEmpty() || text(import->warnings[0].reason).contains(warned));
}

void TestPriceImport::genAiPricesBecomesEntries()
{
    const auto import = importGenAiPrices(R"([{"id":"x-ai","name":"X","models":[
      {"id":"m","match":{"or":[{"equals":"m-old"},{"starts_with":"em-"},{"equals":"other"}]},"prices":[
        {"prices":{"input_mtok":3,"output_mtok":15}},
        {"constraint":{"start_date":"2026-08-17","type":"start_date"},"prices":{
          "input_mtok":{"base":2,"tiers":[{"start":199999,"price":4}]},"output_mtok":{"base":6,"tiers":[{"start":199999,"price":12}]},
          "cache_read_mtok":0.3,"cache_write_mtok":2.5,"cache_write_1h_mtok":4,"output_reasoning_mtok":7,"input_audio_mtok":8,
          "cache_audio_read_mtok":0.8,"output_audio_mtok":9,"web_searches_kcount":10}}]},
      {"id":"other","match":{"equals":"other"},"prices":{"input_mtok":1}}]}])");
    QVERIFY2(import.ok(), import.ok() ? "" : qPrintable(text(import.error().toString())));
    QCOMPARE(import->entries.size(), std::size_t(3));
    QVERIFY(import->warnings.empty() && import->skipped.empty());
    PriceEntry first = priced("xai", "m", "3", "15");
    first.aliases = {"em", "m-old"};
    first.source = "genai-prices";
    QVERIFY(import->entries[0] == first);
    const PriceEntry &dated = import->entries[1];
    QCOMPARE(*dated.validFrom, at("2026-08-17"));
    QCOMPARE(*dated.standard.input, perMillion("2"));
    QCOMPARE(*dated.standard.cacheWrite1h, perMillion("4"));
    QCOMPARE(*dated.standard.cachedInputAudio, perMillion("0.8"));
    QCOMPARE(*dated.perServerToolCall, PicoUsd(10'000'000'000));
    QCOMPARE(dated.longContext.size(), std::size_t(1));
    QCOMPARE(dated.longContext[0].aboveInputTokens, std::int64_t(199'999));
    QCOMPARE(*dated.longContext[0].rates.input, perMillion("4"));
    QCOMPARE(*dated.longContext[0].rates.output, perMillion("12"));
    QCOMPARE(*dated.longContext[0].rates.cachedInput, perMillion("0.3"));

    const PriceBook book("i", import->entries);
    QVERIFY(book.find("xai", "em-2026-01-02", at("2026-01-01")) != nullptr);
    QVERIFY(book.find("xai", "em-mini", at("2026-01-01")) == nullptr);
    QCOMPARE(text(book.find("xai", "other", at("2026-01-01"))->model), QString("other"));
}

void TestPriceImport::genAiPricesSaysWhatItLeavesOut_data()
{
    QTest::addColumn<QString>("match");
    QTest::addColumn<QString>("prices");
    QTest::addColumn<QString>("skipped");
    QTest::addColumn<QString>("warned");
    const QString equals = R"({"equals":"m"})";
    const QString one = R"({"input_mtok":1})";
    QTest::newRow("contains") << R"({"contains":"m"})" << one << ""
                              << "no counterpart";
    QTest::newRow("regex in or") << R"({"or":[{"equals":"m"},{"regex":"^m"}]})" << one << ""
                                 << "no counterpart";
    QTest::newRow("and") << R"({"and":[{"starts_with":"m"},{"ends_with":"x"}]})" << one << ""
                         << "no counterpart";
    QTest::newRow("time of day")
        << equals
        << R"([{"prices":{"input_mtok":1}},{"constraint":{"start_time":"00:30:00Z","end_time":"16:30:00Z"},"prices":{"input_mtok":2}}])"
        << ""
        << "time of day";
    QTest::newRow("requests") << equals << R"({"input_mtok":1,"requests_kcount":5})"
                              << ""
                              << "beyond tokens";
    QTest::newRow("pages") << equals << R"({"input_document_kpages":1})"
                           << "not priced by tokens"
                           << "";
    QTest::newRow("zero") << equals << R"({"input_mtok":0,"output_mtok":0})"
                          << "at zero"
                          << "";
    QTest::newRow("negative") << equals << R"({"input_mtok":-1})"
                              << "not between"
                              << "";
    QTest::newRow("no prices") << equals << "null"
                               << "has no prices"
                               << "";
    QTest::newRow("broken tiers") << equals << R"({"input_mtok":{"base":1}})"
                                  << "not between"
                                  << "";
}

void TestPriceImport::genAiPricesSaysWhatItLeavesOut()
{
    QFETCH(QString, match);
    QFETCH(QString, prices);
    QFETCH(QString, skipped);
    QFETCH(QString, warned);
    const QString json =
        QString(R"([{"id":"openai","models":[{"id":"m","match":%1,"prices":%2}]}])").arg(match, prices);
    const auto import = importGenAiPrices(json.toStdString());
    QVERIFY(import.ok());
    QCOMPARE(import->entries.size(), std::size_t(skipped.isEmpty() ? 1 : 0));
    QCOMPARE(import->skipped.size(), std::size_t(skipped.isEmpty() ? 0 : 1));
    QCOMPARE(import->warnings.size(), std::size_t(warned.isEmpty() ? 0 : 1));
    QVERIFY(skipped.isEmpty() || text(import->skipped[0].reason).contains(skipped));
    QVERIFY(warned.isEmpty() || text(import->warnings[0].reason).contains(warned));
}

void TestPriceImport::shapeTellsTheFormat()
{
    for (const char *json :
         {R"([{"id":"openai","models":[{"id":"m","match":{"equals":"m"},"prices":{"input_mtok":1}}]}])",
          R"({"m":{"litellm_provider":"openai","input_cost_per_token":1e-6}})",
          R"({"version":"1","entries":[{"provider":"openai","model":"m","input":1}]})"}) {
        const auto import = importPrices(json);
        QVERIFY(import.ok());
        QCOMPARE(*import->entries.at(0).standard.input, perMillion("1"));
    }
}

namespace {

/// "input of m on 2026-01-01, 2026-09-01, today, 2027-06-01", in USD a million; "-" where none is known.
QString historyOf(const PriceBook &book, const char *model)
{
    QStringList inputs;
    for (const char *day : {"2026-01-01", "2026-09-01", "2026-11-25", "2027-06-01"}) {
        const PriceEntry *const entry = book.find("openai", model, at(day));
        inputs << (entry == nullptr ? "-"
                                    : QString::number(static_cast<double>(*entry->standard.input) / 1e6));
    }
    return inputs.join(' ');
}

PriceEntry from(const char *day, PriceEntry entry)
{
    entry.validFrom = at(day);
    return entry;
}

} // namespace

void TestPriceImport::importsLeaveHistoryAlone_data()
{
    QTest::addColumn<QString>("prices");
    QTest::addColumn<QString>("asOf");
    QTest::addColumn<QString>("m");
    QTest::addColumn<QString>("nick");
    QTest::addColumn<int>("warnings");
    const auto row = [](const char *name, const char *prices, const char *asOf, const char *m,
                        const char *nick, int warnings = 0) {
        QTest::newRow(name) << QString(prices) << asOf << m << nick << warnings;
    };
    const char *const today = "2026-11-25T12:00:00Z";
    row("nothing", "n:7", today, "1 2 2 4", "1 2 2 4");
    row("the price that holds", "m:2", today, "1 2 2 4", "1 2 2 4");
    row("another price", "m:3", today, "1 2 3 4", "1 2 3 4");
    row("a former price", "m:1", today, "1 2 1 4", "1 2 1 4", 1);
    row("an old file's", "m:1", "2026-07-24", "1 2 2 4", "1 2 2 4");
    row("another price by its alias", "nick:3", today, "1 2 2 4", "1 2 3 4");
    row("a dated price", "m:3@2026-10-01", today, "1 2 3 4", "1 2 3 4");
    row("dates of the file's own", "m:5,m:6@2026-08-15", today, "5 6 6 4", "5 6 6 4");
    row("a later price of the file's", "m:2,m:6@2027-05-01", today, "2 2 2 6", "2 2 2 6");
}

void TestPriceImport::importsLeaveHistoryAlone()
{
    const auto known = [](PriceEntry entry) {
        entry.aliases = {"nick"};
        return entry;
    };
    const PriceBook current("now", {known(priced("openai", "m", "1", "1")),
                                    known(from("2026-08-21", priced("openai", "m", "2", "2"))),
                                    known(from("2027-01-01", priced("openai", "m", "4", "4")))});
    QFETCH(QString, prices);
    QFETCH(QString, asOf);
    PriceImport import;
    for (const QString &price : prices.split(',')) {
        const QStringList parts = price.split(QRegularExpression("[:@]"));
        const std::string usd = parts[1].toStdString();
        PriceEntry entry = priced("openai", parts[0].toStdString(), usd, usd);
        import.entries.push_back(parts.size() < 3 ? entry : from(qPrintable(parts[2]), entry));
    }
    const PriceImport fitted = fitImport(import, current, at(asOf.toStdString()));
    const auto after = overlay(current, PriceBook("file", fitted.entries));
    QTEST(historyOf(*after, "m"), "m");
    QTEST(historyOf(*after, "nick"), "nick");
    QTEST(static_cast<int>(fitted.warnings.size()), "warnings");
    const PriceImport again = fitImport(import, *after, at(asOf.toStdString()));
    QVERIFY(diffPrices(*after, *overlay(*after, PriceBook("file", again.entries))).empty());
}

void TestPriceImport::whatAFileDoesNotStateIsCarriedOver_data()
{
    QTest::addColumn<QString>("input"); // of the file; it is 2 below
    QTest::addColumn<QString>("model");
    QTest::addColumn<bool>("perToken"); // whether amounts per token are carried over
    QTest::newRow("at the same price") << "2"
                                       << "m" << true;
    QTest::newRow("at another price") << "3"
                                      << "m" << false;
    QTest::newRow("by its alias") << "2"
                                  << "nick" << true;
    QTest::newRow("by a date") << "3"
                               << "m-2026-05-01" << false;
}

void TestPriceImport::whatAFileDoesNotStateIsCarriedOver()
{
    PriceEntry below = priced("openai", "m", "2", "2");
    below.aliases = {"nick"};
    below.standard.cacheWrite1h = perMillion("4");
    below.batchPermille = 500;
    below.perServerToolCall = 10'000'000'000;
    below.serviceTiers.emplace_back("flex", priced("", "", "1", "1").standard);
    below.longContext.push_back({200'000, priced("", "", "4", "4").standard, ""});
    QFETCH(QString, input);
    QFETCH(QString, model);
    QFETCH(bool, perToken);
    PriceImport import;
    import.entries = {priced("openai", model.toStdString(), input.toStdString(), input.toStdString())};
    const auto fitted = fitImport(import, PriceBook("now", {below}), at("2026-11-25")).entries;
    const PriceEntry &entry = fitted.back().batchPermille ? fitted.back() : fitted.front();
    QCOMPARE(entry.batchPermille, below.batchPermille);
    QCOMPARE(entry.perServerToolCall, below.perServerToolCall);
    QCOMPARE(entry.serviceTiers == below.serviceTiers, perToken);
    QCOMPARE(entry.longContext == below.longContext, perToken);
    QCOMPARE(entry.standard.cacheWrite1h.has_value(), perToken);
    // Farthing's own form says all there is, another seller's price nothing about this one.
    import.wholeModels = true;
    QVERIFY(fitImport(import, PriceBook("now", {below}), at("2026-11-25")).entries == import.entries);
    import.wholeModels = false;
    import.entries[0].provider = "azure";
    QVERIFY(fitImport(import, PriceBook("now", {below}), at("2026-11-25")).entries == import.entries);
}

void TestPriceImport::foreignFilesAreErrors_data()
{
    QTest::addColumn<QString>("json");
    QTest::newRow("empty") << "";
    QTest::newRow("text") << "prices";
    QTest::newRow("empty object") << "{}";
    QTest::newRow("some object") << R"({"a":{"b":1}})";
    QTest::newRow("object of scalars") << R"({"a":1})";
    QTest::newRow("some array") << "[1]";
    QTest::newRow("models without ids") << R"([{"id":"p","models":[{}]}])";
    QTest::newRow("own form with a fault") << R"({"version":"1","entries":[{}]})";
}

void TestPriceImport::foreignFilesAreErrors()
{
    QFETCH(QString, json);
    const auto import = importPrices(json.toStdString());
    QVERIFY(!import.ok());
    QVERIFY(!import.error().message.empty());
}

void TestPriceImport::wholeFilesImport_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("entries"); // at least
    QTest::addColumn<QString>("provider");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("input");
    QTest::addColumn<QString>("output");
    const auto row = [](const char *file, int entries, const char *provider, const char *model,
                        const char *input, const char *output) {
        QTest::addRow("%.12s %s", file, model) << file << entries << provider << model << input << output;
    };
    const char *const lite = "litellm_model_prices_and_context_window_2026-07-24.json";
    row(lite, 2'000, "openai", "gpt-4o-mini", "0.15", "0.6");
    row(lite, 2'000, "anthropic", "claude-sonnet-4-5-20250929", "3", "15");
    row(lite, 2'000, "google", "gemini-2.5-pro", "1.25", "10");
    row(lite, 2'000, "openai", "ft:gpt-4o-mini-2024-07-18", "0.3", "1.2");
    for (const char *const file :
         {"genai_prices_data_v1_2026-08-21.json", "genai_prices_data_v2_2026-08-21.json",
          "genai_prices_data_npm_0.1.8_2026-09-23.json"}) {
        row(file, 1'100, "openai", "gpt-4o-mini", "0.15", "0.6");
        row(file, 1'100, "google", "gemini-2.5-pro", "1.25", "10");
        row(file, 1'100, "anthropic", "claude-3-5-haiku-latest", "0.8", "4");
    }
}

void TestPriceImport::wholeFilesImport()
{
    QFETCH(QString, file);
    const std::filesystem::path path = rawFolder() / file.toStdString();
    if (!std::filesystem::exists(path))
        QSKIP("no shared price files: set FARTHING_SHARED_DATA");
    static std::map<QString, Result<PriceImport>> imports; // a file takes seconds under the sanitizers
    if (!imports.contains(file)) {
        const auto content = readFile(path);
        QVERIFY(content.ok());
        imports.emplace(file, importPrices(*content));
    }
    const auto &import = imports.at(file);
    QVERIFY2(import.ok(), import.ok() ? "" : qPrintable(text(import.error().toString())));
    qInfo("%s: %zu entries; skipped: %s; warnings: %s", qPrintable(file), import->entries.size(),
          qPrintable(counted(import->skipped).join("; ")), qPrintable(counted(import->warnings).join("; ")));
    QFETCH(int, entries);
    QVERIFY(static_cast<int>(import->entries.size()) >= entries);

    QFETCH(QString, provider);
    QFETCH(QString, model);
    QFETCH(QString, input);
    QFETCH(QString, output);
    const PriceEntry *const entry = entryOf(*import, provider.toStdString(), model.toStdString());
    QVERIFY(entry != nullptr);
    QCOMPARE(entry->standard.input, std::optional(perMillion(input.toStdString())));
    QCOMPARE(entry->standard.output, std::optional(perMillion(output.toStdString())));

    static std::set<QString> readAgain;
    if (!readAgain.insert(file).second)
        return;
    const Result<PriceBook> again = parsePriceBook(serializePriceBook(PriceBook("i", import->entries)));
    QVERIFY2(again.ok(), again.ok() ? "" : qPrintable(text(again.error().toString())));
    QVERIFY(again->entries() == import->entries);
}

QTEST_GUILESS_MAIN(TestPriceImport)
#include "tst_priceimport.moc"
