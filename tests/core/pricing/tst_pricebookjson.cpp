// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/PriceBook.h"
#include "core/pricing/PriceDiff.h"
#include "tests/core/pricing/PriceFixture.h"

#include "core/base/Files.h"

#include <QtTest>

using namespace farthing;

namespace {

QString text(const std::string &s)
{
    return QString::fromStdString(s);
}

const std::string whole = R"({
"version": "2026-11-01",
"unit": "USD per million tokens",
"entries": [
{"provider":"openai","model":"m","aliases":["m-latest","ü"],"valid_from":"2026-03-01","input":2.5,"cached_input":0.003625,
 "cache_write_5m":3.125,"cache_write_1h":5,"output":15,"reasoning":16,"input_audio":32,"cached_input_audio":0.4,"output_audio":64,
 "long_context":[{"above_input_tokens":272000,"input":5,"output":22.5},{"above_input_tokens":200000,"service_tier":"priority","input":4,"output":20}],
 "service_tiers":{"flex":{"input":1.25,"output":7.5},"priority":{"input":5,"output":30}},
 "batch_factor":0.5,"server_tool_call":0.01,"source":"a list"}
]})";

std::string withEntry(const std::string &fields)
{
    return "{\"version\":\"1\",\"entries\":[\n{\"provider\":\"openai\",\"model\":\"m\"," + fields + "}\n]}";
}

} // namespace

class TestPriceBookJson : public QObject
{
    Q_OBJECT

private slots:
    void readsEveryField();
    void writesWhatItReads();
    void builtInTableIsInItsOwnForm();
    void errorsNameLineColumnAndEntry_data();
    void errorsNameLineColumnAndEntry();
    void namesOfOneModelAtOnePriceAreOneEntry();
    void priceDigitsAreExact_data();
    void priceDigitsAreExact();
    void providersMayBeCalledWhatUpstreamsAre_data();
    void providersMayBeCalledWhatUpstreamsAre();
    void diffComparesWithWhatHeldBefore();
    void diffNamesEveryChange();
};

void TestPriceBookJson::readsEveryField()
{
    const Result<PriceBook> book = parsePriceBook(whole);
    QVERIFY2(book.ok(), book.ok() ? "" : qPrintable(text(book.error().toString())));
    PriceEntry expected = priced("openai", "m", "2.5", "15");
    expected.aliases = {"m-latest", "ü"};
    expected.validFrom = at("2026-03-01");
    expected.standard.cachedInput = 3'625;
    expected.standard.cacheWrite5m = 3'125'000;
    expected.standard.cacheWrite1h = 5'000'000;
    expected.standard.reasoning = 16'000'000;
    expected.standard.inputAudio = 32'000'000;
    expected.standard.cachedInputAudio = 400'000;
    expected.standard.outputAudio = 64'000'000;
    const auto rates = [](const char *input, const char *output) {
        return priced("", "", input, output).standard;
    };
    expected.longContext = {{200'000, rates("4", "20"), "priority"}, {272'000, rates("5", "22.5")}};
    expected.serviceTiers = {{"flex", rates("1.25", "7.5")}, {"priority", rates("5", "30")}};
    expected.batchPermille = 500;
    expected.perServerToolCall = 10'000'000'000;
    expected.source = "a list";
    QCOMPARE(text(book->version()), QString("2026-11-01"));
    QCOMPARE(book->entries().size(), std::size_t(1));
    QVERIFY(book->entries().front() == expected);
}

void TestPriceBookJson::writesWhatItReads()
{
    const Result<PriceBook> book = parsePriceBook(whole);
    const std::string written = serializePriceBook(*book);
    const Result<PriceBook> again = parsePriceBook(written);
    QVERIFY2(again.ok(), again.ok() ? "" : qPrintable(text(again.error().toString())));
    QVERIFY(again->entries() == book->entries());
    QCOMPARE(text(serializePriceBook(*again)), text(written));

    PriceEntry hostile = priced("p\"\n", "m\\", "1", "1");
    hostile.aliases = {"\x01\xC3\xBC"};
    const Result<PriceBook> escaped = parsePriceBook(serializePriceBook(PriceBook("v\t", {hostile})));
    QVERIFY(escaped.ok());
    QVERIFY(escaped->entries().front() == hostile);
}

void TestPriceBookJson::builtInTableIsInItsOwnForm()
{
    const Result<std::string> file = readFile(FARTHING_SOURCE_DIR "/resources/prices/prices.json");
    QVERIFY(file.ok());
    QCOMPARE(text(serializePriceBook(*builtInPriceBook())), text(*file));
}

void TestPriceBookJson::errorsNameLineColumnAndEntry_data()
{
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, const std::string &json, const char *error) {
        QTest::newRow(name) << text(json) << error;
    };
    row("empty", "", "line 1, column 1");
    row("not JSON", "{\"version\":\"1\",\n\"entries\":[}", "line 2");
    row("unfinished", "{\"version\":\"1\"", "is not valid JSON");
    row("two documents", "{\"version\":\"1\",\"entries\":[]} {}", "is not valid JSON");
    row("a scalar", "12", "expected an object with 'version'");
    row("an array", "[]", "expected an object with 'version' and 'entries'");
    row("no entries", "{\"version\":\"1\"}", "expected a 'version' and an array 'entries'");
    row("no version", "{\"entries\":[]}", "expected a 'version'");
    row("unknown top key", "{\"version\":\"1\",\n  \"entires\":[]}",
        "line 2, column 13: unknown key 'entires'");
    row("another unit", "{\"version\":\"1\",\"unit\":\"EUR\",\"entries\":[]}", "'unit' must be");
    row("entry no object", "{\"version\":\"1\",\"entries\":[7]}", "an entry must be an object");
    row("no model", "{\"version\":\"1\",\"entries\":[{\"provider\":\"x\",\"input\":1}]}",
        "needs 'provider' and 'model'");
    row("empty model", "{\"version\":\"1\",\"entries\":[{\"provider\":\"x\",\"model\":\"\",\"input\":1}]}",
        "'model' must be a string");
    row("unknown key", withEntry("\"input\":1,\"inptu\":2"),
        "line 2, column 52, entry openai/m: unknown key 'inptu'");
    row("a string price", withEntry("\"input\":\"1\""), "'input' must be a number of USD");
    row("negative", withEntry("\"input\":-1"), "'input' must lie between 0 and 1 USD a token");
    row("per token instead of per million", withEntry("\"input\":0.0000025"), "more than 6 decimal places");
    row("per billion", withEntry("\"input\":1000001"), "'input' must lie between");
    row("one model in two cases",
        R"({"version":"1","entries":[{"provider":"google","model":"m","input":1},)"
        R"({"provider":"gemini","model":"M","input":2}]})",
        "entry gemini/M: the same model as google/m at line 1, column 27, with another price");
    row("fine-tuned ones of one base at two prices",
        R"({"version":"1","entries":[{"provider":"openai","model":"ft:m:org1::a","input":1},)"
        "\n"
        R"({"provider":"openai","model":"ft:m:org2::b","input":2,"valid_from":"2026-01-01"},)"
        "\n"
        R"({"provider":"openai","model":"ft:m:org3::c","input":3}]})",
        "line 3, column 1, entry openai/ft:m:org3::c: the same model as openai/ft:m:org1::a at line 1, "
        "column 27, "
        "with another price");
    row("twice", withEntry("\"input\":1,\"input\":2"), "'input' appears twice");
    row("no price", withEntry("\"cached_input\":1"), "needs 'input', 'output' or 'server_tool_call'");
    row("date", withEntry("\"input\":1,\"valid_from\":\"last May\""), "'valid_from' must be a date");
    row("aliases", withEntry("\"input\":1,\"aliases\":\"x\""), "'aliases' must be an array");
    row("batch factor", withEntry("\"input\":1,\"batch_factor\":0.3333"), "'batch_factor' must be a number");
    row("tier key", withEntry("\"input\":1,\"service_tiers\":{\"flex\":{\"inputs\":1}}"),
        "unknown key 'inputs' among the prices");
    row("threshold", withEntry("\"input\":1,\"long_context\":[{\"input\":1}]"),
        "'above_input_tokens' must be a whole number");
    row("long-context key", withEntry("\"input\":1,\"long_context\":[{\"above_input_tokens\":5,\"x\":1}]"),
        "unknown key 'x' in a long-context tier");
    row("too deep", std::string(40, '[') + std::string(40, ']'), "is not valid JSON");
    const std::string entry = "{\"provider\":\"openai\",\"model\":\"m\",\"input\":1}";
    row("same model twice", "{\"version\":\"1\",\"entries\":[" + entry + ",\n" + entry + "]}",
        "line 2, column 1, entry openai/m: this model has two entries");
    row("alias of two",
        "{\"version\":\"1\",\"entries\":[{\"provider\":\"p\",\"model\":\"a\",\"aliases\":[\"x\"],\"input\":1}"
        ","
        "{\"provider\":\"p\",\"model\":\"b\",\"aliases\":[\"x\"],\"input\":1}]}",
        "alias 'x' belongs to 'a' already");
}

void TestPriceBookJson::errorsNameLineColumnAndEntry()
{
    QFETCH(QString, json);
    QFETCH(QString, error);
    const Result<PriceBook> book = parsePriceBook(json.toStdString());
    QVERIFY(!book.ok());
    const QString said = text(book.error().toString());
    QVERIFY2(said.contains(error) && (said.contains("line ") || json.isEmpty()), qPrintable(said));
}

void TestPriceBookJson::namesOfOneModelAtOnePriceAreOneEntry()
{
    const Result<PriceBook> book = parsePriceBook(
        R"({"version":"1","entries":[)"
        R"({"provider":"openai","model":"ft:m:org1::a","input":1,"aliases":["x"],"source":"here"},)"
        R"({"provider":"OpenAI","model":"ft:m:org2::b","input":1.0,"aliases":["y"],"source":"there"}]})");
    QVERIFY2(book.ok(), book.ok() ? "" : book.error().toString().c_str());
    QCOMPARE(book->entries().size(), std::size_t(1));
    for (const char *name : {"ft:m:org1::a", "ft:m:org2::b", "x", "y"})
        QVERIFY2(book->find("openai", name, Timestamp()), name);
}

void TestPriceBookJson::priceDigitsAreExact_data()
{
    QTest::addColumn<QString>("written");
    QTest::addColumn<qint64>("pico");
    QTest::newRow("whole") << "3" << qint64(3'000'000);
    QTest::newRow("tenths have no binary form") << "0.1" << qint64(100'000);
    QTest::newRow("exponent") << "1.5e-1" << qint64(150'000);
    QTest::newRow("smallest") << "0.000001" << qint64(1);
    QTest::newRow("zero") << "0" << qint64(0);
    QTest::newRow("dearest") << "1000000" << qint64(1'000'000'000'000);
}

void TestPriceBookJson::priceDigitsAreExact()
{
    QFETCH(QString, written);
    const Result<PriceBook> book = parsePriceBook(withEntry("\"input\":" + written.toStdString()));
    QVERIFY(book.ok());
    QTEST(qint64(*book->entries().front().standard.input), "pico");
}

void TestPriceBookJson::providersMayBeCalledWhatUpstreamsAre_data()
{
    QTest::addColumn<QString>("written");
    QTest::addColumn<QString>("read");
    QTest::newRow("as it is") << "openai"
                              << "openai";
    QTest::newRow("in capitals") << "OpenAI"
                                 << "openai";
    QTest::newRow("an upstream's name") << "gemini"
                                        << "google";
    QTest::newRow("a gateway's") << "x-ai"
                                 << "xai";
    QTest::newRow("nobody's") << "Our-Own"
                              << "our-own";
}

void TestPriceBookJson::providersMayBeCalledWhatUpstreamsAre()
{
    QFETCH(QString, written);
    QFETCH(QString, read);
    const auto book = parsePriceBook(R"({"version":"1","entries":[{"provider":")" + written.toStdString() +
                                     R"(","model":"m","input":1}]})");
    QVERIFY(book.ok());
    QCOMPARE(text(book->entries().front().provider), read);
    for (const QString &called : {written, read})
        QVERIFY(book->find(called.toStdString(), "m", at("2026-11-01")) != nullptr);
}

void TestPriceBookJson::diffComparesWithWhatHeldBefore()
{
    PriceEntry later = priced("openai", "m", "1.5", "2");
    later.validFrom = at("2026-11-25");
    PriceEntry capitals = priced("openai", "M", "1", "2");
    const auto changes =
        diffPrices(PriceBook("1", {priced("openai", "m", "1", "2")}), PriceBook("2", {capitals, later}));
    QCOMPARE(changes.size(), std::size_t(1));
    QCOMPARE(text(changes[0].field + ' ' + changes[0].before + ' ' + changes[0].after),
             QString("input 1 1.5"));
    QCOMPARE(changes[0].validFrom, later.validFrom);
}

void TestPriceBookJson::diffNamesEveryChange()
{
    const PriceBook before("1", {priced("openai", "same", "1", "2"), priced("openai", "gone", "1", "2"),
                                 priced("openai", "m", "1", "2")});
    PriceEntry changed = priced("openai", "m", "1.5", "2");
    changed.standard.cachedInput = perMillion("0.1");
    changed.batchPermille = 500;
    changed.aliases = {"nick"};
    changed.source = "elsewhere";
    PriceEntry dated = priced("openai", "new", "1", "2");
    dated.validFrom = at("2026-01-01");
    const PriceBook after("2", {changed, dated, priced("openai", "same", "1", "2")});

    QStringList said;
    for (const PriceChange &change : diffPrices(before, after))
        said << QString("%1 %2 %3 %4>%5")
                    .arg(static_cast<int>(change.kind))
                    .arg(text(change.model), text(change.field), text(change.before), text(change.after));
    const QStringList expected{
        "1 gone  >",       "2 m aliases >nick", "2 m batch_factor >0.5", "2 m cached_input >0.1",
        "2 m input 1>1.5", "0 new  >"};
    QCOMPARE(said, expected);
    QVERIFY(diffPrices(after, after).empty());
}

QTEST_GUILESS_MAIN(TestPriceBookJson)
#include "tst_pricebookjson.moc"
