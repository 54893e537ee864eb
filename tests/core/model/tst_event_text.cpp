// SPDX-License-Identifier: GPL-3.0-or-later
// Events as CSV and JSON, and filters as text.
#include "tests/core/store/Events.h"

#include "core/model/EventCsv.h"
#include "core/model/Filter.h"

#include <QTest>
#include <set>

using namespace farthing;

namespace {

/// Only what CSV carries.
CostEvent rowOf(CostEvent event)
{
    event.savings = {};
    event.rawUsage.clear();
    event.parts.clear();
    event.serviceTier.clear();
    event.listModel.clear();
    event.priceVersion.clear();
    event.tags.clear();
    event.client.clear();
    event.instance.clear();
    event.anatomy = {};
    return event;
}

std::vector<CostEvent> awkwardEvents(int count)
{
    static const char *const texts[] = {"plain", "a,b", "say \"x\"",    "two\nlines", "=1+1", "-5",
                                        "@x",    "'q'", "größe 🙂", "\ttab",      "+",    "crlf\r\nhere"};
    EventMaker maker(3);
    std::vector<CostEvent> events;
    for (int i = 0; i < count; ++i) {
        CostEvent event = rowOf(maker.make());
        event.workflow = texts[i % std::size(texts)];
        event.user = texts[(i / 3) % std::size(texts)];
        event.error = texts[(i / 7) % std::size(texts)];
        events.push_back(event);
    }
    return events;
}

std::string csvOf(const std::vector<CostEvent> &events)
{
    std::string csv;
    appendCsvHeader(csv);
    for (const CostEvent &event : events)
        appendCsvRow(csv, event);
    return csv;
}

} // namespace

class EventTextTest : public QObject
{
    Q_OBJECT

private slots:
    void csvComesBackWhole_data()
    {
        QTest::addColumn<int>("piece");
        for (const int piece : {1, 7, 4096, 1 << 20})
            QTest::addRow("fed by %d bytes", piece) << piece;
    }
    void csvComesBackWhole()
    {
        QFETCH(int, piece);
        const std::vector<CostEvent> events = awkwardEvents(300);
        const std::string csv = csvOf(events);
        EventCsvReader reader;
        std::vector<CostEvent> back;
        for (std::size_t at = 0; at < csv.size(); at += static_cast<std::size_t>(piece)) {
            const auto fed =
                reader.feed(std::string_view(csv).substr(at, static_cast<std::size_t>(piece)), back);
            QVERIFY2(fed.ok(), fed ? "" : fed.error().toString().c_str());
        }
        QVERIFY(reader.finish(back).ok());
        QCOMPARE(back.size(), events.size());
        for (std::size_t i = 0; i < events.size(); ++i)
            QVERIFY2(back[i] == events[i], toJson(back[i], false).c_str());
    }

    void jsonComesBackWhole()
    {
        for (const CostEvent &event : awkwardEvents(300)) {
            const auto back = eventFromJson(toJson(event, false));
            QVERIFY2(back.ok(), back ? "" : back.error().toString().c_str());
            QVERIFY2(*back == event, toJson(*back, false).c_str());
        }
    }

    void jsonKeepsWhatLiesBesideTheRow()
    {
        EventMaker maker(5);
        for (int i = 0; i < 300; ++i) {
            CostEvent event = maker.make();
            event.tags.emplace_back("größe", "a\"b");
            const auto back = eventFromJson(toJson(event, true));
            QVERIFY2(back.ok(), back ? "" : back.error().toString().c_str());
            for (auto &segment : event.anatomy.segments)
                segment.hash = 0; // these stay in the store
            event.anatomy.prefix.clear();
            QVERIFY2(*back == event, toJson(*back, true).c_str());
        }
    }

    void badDetailsNameTheirMember_data()
    {
        QTest::addColumn<QByteArray>("details");
        QTest::addColumn<QByteArray>("named");
        QTest::newRow("no object") << QByteArray("[1]") << QByteArray("details");
        QTest::newRow("unknown") << QByteArray("{\"colour\": 1}") << QByteArray("colour");
        QTest::newRow("a number for a text") << QByteArray("{\"client\": 1}") << QByteArray("client");
        QTest::newRow("tags in a list") << QByteArray("{\"tags\": []}") << QByteArray("tags");
        QTest::newRow("a tag that is no text") << QByteArray("{\"tags\": {\"a\": 1}}") << QByteArray("a");
        QTest::newRow("a saving as a number")
            << QByteArray("{\"savings_usd\": {\"tiering\": 0.1}}") << QByteArray("tiering");
        QTest::newRow("an unknown saving")
            << QByteArray("{\"savings_usd\": {\"luck\": \"1\"}}") << QByteArray("luck");
        QTest::newRow("savings that do not add up")
            << QByteArray("{\"savings_usd\": {\"tiering\": \"0.1\"}}") << QByteArray("savings_usd");
        QTest::newRow("an unknown segment")
            << QByteArray("{\"anatomy_tokens\": {\"heart\": 1}}") << QByteArray("heart");
        QTest::newRow("a negative segment")
            << QByteArray("{\"anatomy_tokens\": {\"system\": -1}}") << QByteArray("system");
        QTest::newRow("a segment above 32 bits")
            << QByteArray("{\"anatomy_tokens\": {\"system\": 4294967296}}") << QByteArray("system");
        QTest::newRow("parts that are none") << QByteArray("{\"usage_parts\": [3]}") << QByteArray("0");
        QTest::newRow("a part with what none has")
            << QByteArray("{\"usage_parts\": [{\"x\": 1}]}") << QByteArray("x");
    }
    void badDetailsNameTheirMember()
    {
        QFETCH(QByteArray, details);
        QFETCH(QByteArray, named);
        const std::string json =
            "{\"time\": \"2026-11-20\", \"cost_usd\": \"1\", \"list_cost_usd\": \"2\", \"details\": " +
            details.toStdString() + "}";
        const auto event = eventFromJson(json);
        QVERIFY(!event.ok());
        QVERIFY2(event.error().toString().find(named.toStdString()) != std::string::npos,
                 event.error().toString().c_str());
    }

    void theColumnsAreThoseOfTheContract()
    {
        std::string header;
        appendCsvHeader(header);
        QCOMPARE(
            header,
            std::string("event_id,call_id,attempt,time,provider,endpoint,workflow,feature,user,session,"
                        "request_model,sent_model,response_model,tier,rule_version,status,stream,cache,"
                        "input_tokens,cached_input_tokens,cache_write_5m_tokens,cache_write_1h_tokens,"
                        "input_audio_tokens,output_tokens,reasoning_tokens,output_audio_tokens,"
                        "server_tool_calls,usage_source,priced,cost_usd,list_cost_usd,latency_ms,ttft_ms,"
                        "overhead_us,batch,error\r\n"));
    }

    void anUnpricedCostIsEmptyAndNeverZero()
    {
        CostEvent event = awkwardEvents(1).front();
        event.priced = false;
        event.cost.reset();
        event.listCost.reset();
        const auto back = eventFromJson(toJson(event, false));
        QVERIFY(back.ok() && !back->cost && !back->priced);
        QVERIFY(csvOf({event}).find(",0,,,") != std::string::npos);
    }

    void aRowWithAKeyGetsItsIdFromIt()
    {
        const auto first = eventFromJson(R"({"time":"2026-09-21T10:00:00Z","idempotency_key":"a"})");
        const auto again =
            eventFromJson(R"({"time":"2026-09-21T10:00:00Z","idempotency_key":"a","model":"m"})");
        const auto other = eventFromJson(R"({"time":"2026-09-21T10:00:00Z","idempotency_key":"b"})");
        QVERIFY(first.ok() && again.ok() && other.ok());
        QCOMPARE(again->eventId, first->eventId);
        QVERIFY(other->eventId != first->eventId);
    }

    void badJsonNamesItsField_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("named");
        QTest::newRow("no object") << QByteArray("[]") << QByteArray();
        QTest::newRow("no JSON") << QByteArray("{") << QByteArray();
        QTest::newRow("a number for a text") << QByteArray("{\"workflow\": {}}") << QByteArray("workflow");
        QTest::newRow("a negative count")
            << QByteArray("{\"input_tokens\": -4}") << QByteArray("input_tokens");
        QTest::newRow("a fraction of a token")
            << QByteArray("{\"output_tokens\": 1.5}") << QByteArray("output_tokens");
        QTest::newRow("a time that is none") << QByteArray("{\"time\": \"soon\"}") << QByteArray("time");
        QTest::newRow("a time before 1970")
            << QByteArray("{\"time\": \"1969-12-31T23:59:59Z\"}") << QByteArray("time");
        QTest::newRow("an id of a year past 9999")
            << QByteArray("{\"event_id\": \"f192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10\"}") << QByteArray("time");
        QTest::newRow("an unknown tier") << QByteArray("{\"tier\": \"gold\"}") << QByteArray("tier");
        QTest::newRow("a list without end") << "{\"workflow\": " + QByteArray(100'000, '[')
                                            << QByteArray("byte 77: is nested deeper than 64");
        QTest::newRow("a list as deep as may be")
            << "{\"workflow\": " + QByteArray(63, '[') + QByteArray(63, ']') + "}"
            << QByteArray("'workflow': an array");
        QTest::newRow("usage without end")
            << "{\"time\": \"2026-11-20\", \"details\": {\"usage\": " + QByteArray(100'000, '[') +
                   QByteArray(100'000, ']') + "}}"
            << QByteArray("is nested deeper than 64");
        QTest::newRow("a number past any") << QByteArray("{\"latency_ms\": 1e999}") << QByteArray();
        QTest::newRow("a text past any") << "{\"workflow\": \"" + QByteArray(40'000, 'x') + "\"}"
                                         << QByteArray("'workflow': has 40000 bytes where 32768");
        QTest::newRow("a hit that is no flag")
            << QByteArray("{\"cache_hit\": \"yes\"}") << QByteArray("'cache_hit': 'yes' is not 0, 1, true");
        QTest::newRow("a list cost of a failed call")
            << QByteArray("{\"time\": \"2026-11-20\", \"status\": 500, \"cost_usd\": \"1\", "
                          "\"list_cost_usd\": \"1\"}")
            << QByteArray("list_cost_usd");
        QTest::newRow("a list cost without a cost")
            << QByteArray("{\"time\": \"2026-11-20\", \"list_cost_usd\": \"1\"}")
            << QByteArray("list_cost_usd");
        QTest::newRow("savings of a failed call")
            << QByteArray("{\"time\": \"2026-11-20\", \"status\": 500, \"cost_usd\": \"1\", \"details\": "
                          "{\"savings_usd\": {\"tiering\": \"1\"}}}")
            << QByteArray("savings_usd");
        QTest::newRow("a cost in words") << QByteArray("{\"cost_usd\": \"much\"}") << QByteArray("cost_usd");
    }
    void badJsonNamesItsField()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, named);
        const auto event = eventFromJson(json.toStdString());
        QVERIFY(!event.ok());
        QVERIFY2(QByteArray::fromStdString(event.error().toString()).contains(named),
                 event.error().toString().c_str());
        QVERIFY(event.error().toString().size() < 300);
    }

    void aHitIsWhatACallbackSaysIsOne_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<bool>("hit");
        QTest::newRow("true") << QByteArray("true") << true;
        QTest::newRow("1") << QByteArray("1") << true;
        QTest::newRow("a text") << QByteArray("\"true\"") << true;
        QTest::newRow("false") << QByteArray("false") << false;
        QTest::newRow("0") << QByteArray("0") << false;
    }
    void aHitIsWhatACallbackSaysIsOne()
    {
        QFETCH(QByteArray, value);
        QFETCH(bool, hit);
        const auto event =
            eventFromJson("{\"time\": \"2026-11-20\", \"cache_hit\": " + value.toStdString() + "}");
        QVERIFY2(event.ok(), event ? "" : event.error().toString().c_str());
        QCOMPARE(event->cache == CacheKind::Exact, hit);
    }

    /// What is in the store may be deeper than what is taken in.
    void usageOfAnyDepthIsWritten()
    {
        CostEvent event = awkwardEvents(1).front();
        event.rawUsage = std::string(100'000, '[') + std::string(100'000, ']');
        QVERIFY(toJson(event, true).find("\"usage\":null") != std::string::npos);
    }

    void equalRowsAreEventsOfTheirOwn_data()
    {
        QTest::addColumn<QByteArray>("csv");
        const QByteArray row = "2026-11-20T10:00:00Z,w,0.5";
        const QByteArray header = "time,workflow,cost_usd";
        QTest::newRow("LF") << header + "\n" + row + "\n" + row + "\n" + row + "\n";
        QTest::newRow("CRLF") << header + "\r\n" + row + "\r\n" + row + "\r\n" + row + "\r\n";
        QTest::newRow("no end") << header + "\n" + row + "\n" + row + "\n" + row;
        QTest::newRow("quotes, another order")
            << QByteArray("workflow,time,cost_usd\n")
                   .append(QByteArray("\"w\",2026-11-20T10:00:00Z,0.50\n").repeated(3));
        QTest::newRow("an empty column") << header + ",error\n" + row + ",\n" + row + ",\n" + row + ",\n";
    }
    void equalRowsAreEventsOfTheirOwn()
    {
        QFETCH(QByteArray, csv);
        EventCsvReader reader;
        std::vector<CostEvent> events;
        QVERIFY(reader.feed(csv.toStdString(), events).ok());
        QVERIFY(reader.finish(events).ok());
        RowCounts rows;
        std::set<Uuid> ids;
        for (const CostEvent &event : events) {
            const auto same = eventFromJson("{\"time\": \"2026-11-20T10:00:00Z\",  \"workflow\": \"w\", "
                                            "\"cost_usd\": 0.5}",
                                            &rows);
            QVERIFY(same.ok());
            QCOMPARE(event.eventId.toString(), same->eventId.toString());
            ids.insert(event.eventId);
        }
        QCOMPARE(ids.size(), std::size_t(3));
    }

    void rowsAreCountedByTheirHash()
    {
        RowCounts rows;
        for (std::uint32_t round = 1; round <= 3; ++round)
            for (std::uint64_t hash = 0; hash < 5'000; ++hash)
                QCOMPARE(rows.count(hash * 0x9e3779b97f4a7c15U), round);
    }

    void badCellsNameTheirColumnAndStayShort_data()
    {
        QTest::addColumn<QByteArray>("csv");
        QTest::addColumn<QByteArray>("named");
        const QByteArray header = "time,workflow,user\r\n";
        QTest::newRow("no UTF-8") << header + "2026-11-20,gr\xf6\xdf"
                                              "e,u\r\n"
                                  << QByteArray("line 2, column workflow: 'gr??e' is not UTF-8");
        QTest::newRow("a large cell") << header + "2026-11-20," + QByteArray(40'000, 'x') + ",u\r\n"
                                      << QByteArray("line 2, column workflow: has more than 32768 bytes");
        QTest::newRow("a large row") << header + "2026-11-20," +
                                            QByteArray(40, 'x').append(',').repeated(40'000) + "\r\n"
                                     << QByteArray("line 2: is longer than 1048576 bytes");
        QTest::newRow("an open quote")
            << header + "2026-11-20,\"" + QByteArray("x\r\n").repeated(1'000'000) << QByteArray("line 2");
        QTest::newRow("a large header") << QByteArray(2'000'000, 'x') + "\r\n" << QByteArray("line 1");
        QTest::newRow("a long name") << QByteArray(20'000, 'x') + "\r\n"
                                     << QByteArray("no event has such a column");
        QTest::newRow("a value of no form") << "time\r\n" + QByteArray(20'000, '1') + "\r\n"
                                            << QByteArray("line 2, column time");
    }
    void badCellsNameTheirColumnAndStayShort()
    {
        QFETCH(QByteArray, csv);
        QFETCH(QByteArray, named);
        EventCsvReader reader;
        std::vector<CostEvent> events;
        const std::string text = csv.toStdString();
        Result<void> read;
        for (std::size_t at = 0; read && at < text.size(); at += 65'536)
            read = reader.feed(std::string_view(text).substr(at, 65'536), events);
        QVERIFY(!read);
        const QByteArray error = QByteArray::fromStdString(read.error().toString());
        QVERIFY2(error.contains(named) && error.size() < 300, error.left(300).constData());
    }

    void filtersAreReadFromText_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("good");
        QTest::addColumn<QStringList>("values");
        QTest::addColumn<bool>("exclude");
        QTest::newRow("one") << QByteArray("workflow=a") << true << QStringList{"a"} << false;
        QTest::newRow("several") << QByteArray("user=a,b,c") << true << QStringList{"a", "b", "c"} << false;
        QTest::newRow("none of") << QByteArray("model!=gpt-4o") << true << QStringList{"gpt-4o"} << true;
        QTest::newRow("a comma") << QByteArray("workflow=a\\,b,c") << true << QStringList{"a,b", "c"}
                                 << false;
        QTest::newRow("no value is the empty one")
            << QByteArray("feature=") << true << QStringList{""} << false;
        QTest::newRow("no dimension") << QByteArray("colour=red") << false << QStringList() << false;
        QTest::newRow("no condition") << QByteArray("workflow") << false << QStringList() << false;
        QTest::newRow("nothing") << QByteArray("") << false << QStringList() << false;
    }
    void filtersAreReadFromText()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, good);
        QFETCH(QStringList, values);
        QFETCH(bool, exclude);
        const auto filter = parseDimensionFilter(text.toStdString());
        QCOMPARE(filter.ok(), good);
        if (!good)
            return;
        QStringList read;
        for (const std::string &value : filter->values)
            read.append(QString::fromStdString(value));
        QCOMPARE(read, values);
        QCOMPARE(filter->exclude, exclude);
    }
};

QTEST_GUILESS_MAIN(EventTextTest)
#include "tst_event_text.moc"
