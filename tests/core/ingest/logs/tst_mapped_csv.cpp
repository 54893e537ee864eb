// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody else's CSV, by what its columns mean.
#include "core/ingest/logs/MappedCsv.h"
#include "core/model/EventJson.h"
#include "core/pricing/PriceBook.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <set>

using namespace farthing;

namespace {

/// "created_at=time prompt=input_tokens"
CsvMapping mappingOf(const QByteArray &columns, const QByteArray &constants = {})
{
    CsvMapping mapping;
    const auto each = [](const QByteArray &list, auto use) {
        for (const QByteArray &one : list.split(' ')) {
            if (one.isEmpty())
                continue;
            const auto at = one.indexOf('=');
            const auto done = use(one.left(at).toStdString(), one.mid(at + 1).toStdString());
            if (!done)
                qFatal("%s: %s", one.constData(), done.error().toString().c_str());
        }
    };
    each(columns, [&](const auto &column, const auto &field) { return mapping.map(column, field); });
    each(constants, [&](const auto &field, const auto &value) { return mapping.set(field, value); });
    return mapping;
}

struct Read
{
    std::vector<CostEvent> events;
    std::vector<std::string> leftOut;
    QByteArray error;
    QByteArrayList bad;
};

Read read(const CsvMapping &mapping, const QByteArray &text, bool skip = false, std::size_t piece = 1000)
{
    Read result;
    MappedCsvReader reader;
    if (skip)
        reader.onBadRow([&result](const Error &error) {
            result.bad.append(QByteArray::fromStdString(error.toString()));
            return true;
        });
    std::string rest = text.toStdString();
    const auto header = reader.feedHeader(rest);
    Result<void> done = header ? reader.bind(mapping) : header.error();
    result.leftOut = reader.leftOut();
    if (header)
        rest.erase(0, *header);
    for (std::size_t at = 0; done && at < rest.size(); at += piece)
        done = reader.feed(rest.substr(at, piece), result.events);
    if (done)
        done = reader.finish(result.events);
    if (!done)
        result.error = QByteArray::fromStdString(done.error().toString());
    return result;
}

} // namespace

class MappedCsvTest : public QObject
{
    Q_OBJECT

private slots:
    void columnsBecomeFields()
    {
        const auto mapping = mappingOf("created_at=time model_name=model prompt=input_tokens "
                                       "completion=output_tokens team=tag.team who=user",
                                       "workflow=search provider=openai tag.from=gateway");
        for (const std::size_t piece : {1, 7, 1000}) {
            const Read done = read(mapping,
                                   "created_at,model_name,prompt,completion,team,note,latency_ms,who\n"
                                   "1763632800,gpt-4o,1200,80.0,blue,hm,812.5,u1\n"
                                   "1763632801,gpt-4o,7,,,,,\n",
                                   false, piece);
            QCOMPARE(done.error, QByteArray());
            QCOMPARE(done.leftOut, std::vector<std::string>{"note"});
            QCOMPARE(done.events.size(), std::size_t(2));
            const CostEvent &event = done.events[0];
            QCOMPARE(formatRfc3339(event.time), std::string("2025-11-20T10:00:00.000000Z"));
            QVERIFY(event.usage == (TokenUsage{.input = 1200, .output = 80}));
            QCOMPARE(event.responseModel, std::string("gpt-4o"));
            QCOMPARE(event.requestModel, std::string("gpt-4o"));
            QCOMPARE(event.workflow, std::string("search"));
            QCOMPARE(event.provider, std::string("openai"));
            QCOMPARE(event.endpoint, std::string("chat"));
            QCOMPARE(event.user, std::string("u1"));
            QCOMPARE(event.latencyUs, 812'500);
            QCOMPARE(event.status, 200);
            QVERIFY(event.usageSource == UsageSource::Provider && !event.cost);
            using Tags = std::vector<std::pair<std::string, std::string>>;
            QCOMPARE(event.tags, (Tags{{"from", "gateway"}, {"team", "blue"}}));
            QCOMPARE(done.events[1].tags, (Tags{{"from", "gateway"}}));
            QCOMPARE(done.events[1].usage.output, 0);
        }
    }

    void namesOfFieldsNeedNoMapping()
    {
        const QByteArray text = "time,model,input_tokens,user,cost_usd,cache_hit\n"
                                "2026-11-20T10:00:00Z,gpt-4o,5,me,0.5,True\n";
        const CostEvent event = read({}, text).events.at(0);
        QCOMPARE(event.user, std::string("me"));
        QCOMPARE(event.cost->nanoUsd(), 500'000'000);
        QVERIFY(event.cache == CacheKind::Exact);
        QCOMPARE(event.workflow, std::string("untagged"));
        auto mapping = mappingOf("time=time");
        mapping.setOnlyMapped();
        const Read only = read(mapping, text);
        QCOMPARE(only.leftOut.size(), std::size_t(5));
        QVERIFY(only.events.at(0).user.empty() && !only.events.at(0).cost);
        // What is mapped goes before what is only called so.
        const Read other = read(mappingOf("user=tag.account who=user"), "time,user,who\n2026-11-20,a,b\n");
        QCOMPARE(other.events.at(0).user, std::string("b"));
        const Read before = read(mappingOf("who=user"), "time,user,who\n2026-11-20,a,b\n");
        QCOMPARE(before.events.at(0).user, std::string("b"));
        QCOMPARE(before.leftOut, std::vector<std::string>{"user"});
    }

    void mistakesInAMappingAreSaidBeforeAnythingIsRead_data()
    {
        QTest::addColumn<QByteArray>("columns");
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QByteArray>("error");
        const auto row = [](const char *name, const char *columns, const char *header, const char *error) {
            QTest::newRow(name) << QByteArray(columns) << QByteArray(header) << QByteArray(error);
        };
        row("no such column", "at=time", "when,model", "the header has no column 'at'");
        row("another delimiter", "at=time", "at;model",
            "the header has no column 'at'; is its --delimiter ';'?");
        row("twice in the header", "at=time", "at,model,at", "the header has twice the column 'at'");
        row("no time", "", "at,model", "no column is the time; say which, --map COLUMN=time");
        row("no time, but tabs", "", "time\tmodel", "is its --delimiter tab?");
        row("two names of a field", "", "time,user,user_id", "column 'user_id' is of a field that another");
        row("one name twice", "", "time,user,user", "column 'user' is of a field that another column has");
    }
    void mistakesInAMappingAreSaidBeforeAnythingIsRead()
    {
        QFETCH(QByteArray, columns);
        QFETCH(QByteArray, header);
        QFETCH(QByteArray, error);
        const Read done = read(mappingOf(columns), header + "\nrubbish\n", true);
        QVERIFY2(done.error.contains(error), done.error.constData());
        QVERIFY(done.events.empty() && done.bad.isEmpty());
    }

    void mappingsThatCannotBe()
    {
        CsvMapping mapping;
        QVERIFY(mapping.map("a", "time"));
        const auto fails = [](const Result<void> &done, const char *error) {
            if (done || !QByteArray::fromStdString(done.error().toString()).contains(error)) {
                qWarning("%s", done ? "no error" : done.error().toString().c_str());
                return false;
            }
            return true;
        };
        QVERIFY(fails(mapping.map("b", "colour"), "'colour' is no field of an event"));
        QVERIFY(fails(mapping.map("b", "tag."), "'tag.' is no field of an event"));
        QVERIFY(fails(mapping.map("b", "time"), "field 'time' is given twice"));
        QVERIFY(fails(mapping.map("a", "user"), "column 'a' is mapped twice"));
        QVERIFY(mapping.map("c", "cache"));
        QVERIFY(fails(mapping.map("d", "cache_hit"), "field 'cache_hit' is given twice"));
        QVERIFY(mapping.map("e", "tag.x"));
        QVERIFY(fails(mapping.map("f", "tag.x"), "field 'tag.x' is given twice"));
        QVERIFY(fails(mapping.set("tag.x", "1"), "field 'tag.x' is given twice"));
        QVERIFY(fails(mapping.set("idempotency_key", "1"), "is each event's own"));
        QVERIFY(fails(mapping.set("event_id", "1"), "is each event's own"));
        QVERIFY(mapping.set("user", "me"));
        QVERIFY(fails(mapping.set("user_id", "me"), "field 'user_id' is given twice"));
        QVERIFY(mapping.set("status", "ok"));
        QVERIFY(fails(read(mapping, "a,c,e\n").error.isEmpty()
                          ? Result<void>()
                          : Error{read(mapping, "a,c,e\n").error.toStdString()},
                      "status: 'ok' is not a whole number"));
    }

    void aMappingFile_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("error");
        QTest::newRow("good") << QByteArray("{\"at\": \"time\", \"p\": \"input_tokens\"}") << QByteArray();
        QTest::newRow("no JSON") << QByteArray("{\"at\": }") << QByteArray("line 1");
        QTest::newRow("a list") << QByteArray("[]") << QByteArray("expected an object such as");
        QTest::newRow("a number") << QByteArray("{\"at\":\n 1}")
                                  << QByteArray("line 2, column 2: the field of column 'at' is no text");
        QTest::newRow("unknown") << QByteArray("{\"at\": \"when\"}")
                                 << QByteArray("line 1, column 8: 'when' is no field of an event");
        QTest::newRow("twice") << QByteArray("{\"at\": \"time\", \"at\": \"user\"}")
                               << QByteArray("column 'at' is mapped twice");
    }
    void aMappingFile()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, error);
        CsvMapping mapping;
        const auto mapped = mapping.mapAll(json.toStdString());
        QCOMPARE(mapped.ok(), error.isEmpty());
        if (!mapped)
            QVERIFY2(QByteArray::fromStdString(mapped.error().toString()).contains(error),
                     mapped.error().toString().c_str());
    }

    void badCellsSayWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("cells");
        QTest::addColumn<QByteArray>("error");
        const auto row = [](const char *name, const char *cells, const char *error) {
            QTest::newRow(name) << QByteArray(cells) << QByteArray(error);
        };
        row("a time", "soon,1,,", "line 2, column at: 'soon' is not an RFC 3339 time");
        row("no time", ",1,,", "line 2, column time: is missing");
        row("a count", "2026-11-20,many,,",
            "line 2, column prompt: 'many' is not a whole number of 0 or more");
        row("a currency", "2026-11-20,1,$0.5,",
            "line 2, column price: '$0.5' is not an amount in USD such as 0.00123; a currency's sign");
        row("another currency", "2026-11-20,1,0.5 €,", "a currency's sign");
        row("thousands", "2026-11-20,\"1,200\",,",
            "line 2, column prompt: '1,200' is not a whole number of 0 or "
            "more; a currency's sign, a thousands separator");
        row("a fraction", "2026-11-20,1.5,,", "'1.5' is not a whole number");
        row("a negative amount", "2026-11-20,1,-2,",
            "line 2, column cost_usd: $-2 is outside of 0 to 1,000,000");
        row("a tag", "2026-11-20,1,,\xff", "line 2, column team: '?' is not UTF-8");
        row("too few", "2026-11-20", "line 2: has 1 cells where the header has 4");
    }
    void badCellsSayWhatIsWrong()
    {
        QFETCH(QByteArray, cells);
        QFETCH(QByteArray, error);
        const auto mapping = mappingOf("at=time prompt=input_tokens price=cost_usd team=tag.team");
        const QByteArray text = "at,prompt,price,team\n" + cells + "\n2026-11-20,1,,\n";
        const Read stopped = read(mapping, text);
        QVERIFY2(stopped.error.startsWith(error) || stopped.error.contains(error), stopped.error.constData());
        const Read skipped = read(mapping, text, true);
        QCOMPARE(skipped.error, QByteArray());
        QCOMPARE(skipped.bad, QByteArrayList{stopped.error});
        QCOMPARE(skipped.events.size(), std::size_t(1));
    }

    void idsComeFromWhatTheRowsSay()
    {
        const QByteArray text = "at,p,x,team\n2026-11-20,1,a,t\n2026-11-20,1,b,t\n2026-11-20,2,c,t\n"
                                "2026-11-20,2,c,u\n";
        const auto ids = [&text](const CsvMapping &mapping) {
            std::vector<Uuid> found;
            for (const CostEvent &event : read(mapping, text).events) {
                if (!event.eventId.isV7Of(event.time))
                    qFatal("not its time's");
                found.push_back(event.eventId);
            }
            return found;
        };
        const auto first = ids(mappingOf("at=time p=input_tokens team=tag.team"));
        QCOMPARE(std::set<Uuid>(first.begin(), first.end()).size(), std::size_t(4));
        QCOMPARE(ids(mappingOf("p=input_tokens at=time team=tag.team")), first);
        QCOMPARE(ids(mappingOf("at=time p=input_tokens team=tag.team", "workflow=other status=404")), first);
        QVERIFY(ids(mappingOf("at=time p=input_tokens x=tag.x team=tag.team")) != first);
        const auto keyed = ids(mappingOf("at=time x=idempotency_key p=input_tokens"));
        QCOMPARE(keyed[0], eventIdOfKey(*parseRfc3339("2026-11-20"), "a"));
        QCOMPARE(keyed[2], keyed[3]);
    }

    void failuresAreNoDelivery()
    {
        const auto events = read(mappingOf("at=time e=error s=status"), "at,e,s\n2026-11-20,slow,\n"
                                                                        "2026-11-20,,429\n2026-11-20,,\n")
                                .events;
        QCOMPARE(events.at(0).status, 500);
        QCOMPARE(events.at(1).status, 429);
        QCOMPARE(events.at(2).status, 200);
    }

    void aFileIsReadAndPriced()
    {
        const QTemporaryDir dir;
        const QString path = dir.filePath("calls.csv");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("\xef\xbb\xbf"
                   "at;model;prompt;price\n2026-11-20;gpt-4o;1000;\n2026-11-20;gpt-4o;1000;0.5\n");
        file.close();
        const auto source = MappedCsvFile::open(path.toStdString(), ';');
        QVERIFY(source);
        QVERIFY((*source)->bind(mappingOf("at=time prompt=input_tokens price=cost_usd")));
        std::vector<CostEvent> all;
        QVERIFY((*source)->read({}, [&](std::vector<CostEvent> &events) -> Result<void> {
            for (CostEvent &event : events)
                if ((*source)->price(event, *builtInPriceBook()))
                    all.push_back(event);
            events.clear();
            return {};
        }));
        QCOMPARE(all.size(), std::size_t(2));
        QCOMPARE(all[0].cost->nanoUsd(), 2'500'000); // $2.50 a million
        QCOMPARE(all[0].provider, std::string("openai"));
        QCOMPARE(all[1].cost->nanoUsd(), 500'000'000);
        QCOMPARE(all[1].priceVersion, std::string("sender"));
        QCOMPARE((*source)->bytesRead(), (*source)->bytes());
    }

    void filesWithoutAHeader()
    {
        const QTemporaryDir dir;
        const QString path = dir.filePath("calls.csv");
        QVERIFY(!MappedCsvFile::open(path.toStdString(), ','));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(MappedCsvFile::open(path.toStdString(), ',').error().message,
                 std::string("has no header line"));
        file.write("time");
        file.close();
        QVERIFY(MappedCsvFile::open(path.toStdString(), ','));
        QVERIFY(!MappedCsvFile::open(dir.path().toStdString(), ','));
    }
};

QTEST_GUILESS_MAIN(MappedCsvTest)
#include "tst_mapped_csv.moc"
