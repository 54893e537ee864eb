// SPDX-License-Identifier: GPL-3.0-or-later
// Events as an application's own callback posts them.
#include "core/ingest/IntakeFixture.h"

#include "core/model/EventFields.h"

#include <QTest>
#include <nlohmann/json.hpp>
#include <set>

using namespace farthing;
using nlohmann::json;

namespace {

const std::string callback =
    R"({"workflow": "summarise", "user_id": "u_1", "model": "gpt-4o", "input_tokens": 1000,
    "output_tokens": 50, "cost_usd": 0.5, "latency_ms": 812.5, "cache_hit": false})";

std::vector<std::string> idsOf(const IngestReply &reply)
{
    return reply.status == 200 ? json::parse(reply.body)["event_ids"].get<std::vector<std::string>>()
                               : std::vector<std::string>();
}

} // namespace

class PostedEventsTest : public QObject
{
    Q_OBJECT

private slots:
    void whatIsNoLongerKeptIsRefusedWithAllThatCameWithIt()
    {
        IntakeFixture fixture;
        fixture.keptSince = IntakeFixture::arrival - std::chrono::hours(24);
        const auto body = [](Timestamp time) {
            return "[{\"model\": \"gpt-4o\"}, {\"model\": \"gpt-4o\", \"time\": \"" + formatRfc3339(time) +
                   "\"}]";
        };
        const std::string old = body(*fixture.keptSince - Micros(1));
        const IngestReply refused = fixture.intake().takeEvents(IntakeFixture::request(old));
        QCOMPARE(refused.status, 400);
        QVERIFY2(refused.body.find("keep_events_days") != std::string::npos, refused.body.c_str());
        QVERIFY(fixture.stored().empty());
        const std::string oldest = body(*fixture.keptSince);
        QCOMPARE(fixture.intake().takeEvents(IntakeFixture::request(oldest)).status, 200);
        QCOMPARE(fixture.stored().size(), std::size_t(2));
    }

    void whatACallbackSendsIsEnough()
    {
        IntakeFixture fixture;
        const IngestReply reply = fixture.intake().takeEvents(IntakeFixture::request(callback));
        QCOMPARE(reply.status, 200);
        const auto events = fixture.stored();
        QCOMPARE(events.size(), std::size_t(1));
        const CostEvent &event = events[0];
        QCOMPARE(idsOf(reply), std::vector{event.eventId.toString()});
        QCOMPARE(event.time, IntakeFixture::arrival - Micros(812'500));
        QCOMPARE(event.callId, event.eventId);
        QCOMPARE(event.provider, std::string("openai"));
        QCOMPARE(event.endpoint, std::string("chat"));
        QCOMPARE(event.workflow, std::string("summarise"));
        QCOMPARE(event.user, std::string("u_1"));
        QCOMPARE(event.requestModel, std::string("gpt-4o"));
        QCOMPARE(event.sentModel, std::string("gpt-4o"));
        QCOMPARE(event.responseModel, std::string("gpt-4o"));
        QCOMPARE(event.status, 200);
        QCOMPARE(event.tier, Tier::Pass);
        QCOMPARE(event.usageSource, UsageSource::Provider);
        QCOMPARE(event.latencyUs, std::int64_t(812'500));
        QCOMPARE(event.client, std::string("curl/7.88.1"));
        QCOMPARE(event.instance, std::string("127.0.0.1:4141"));
        QVERIFY(event.priced);
        QCOMPARE(event.cost->toUsdString(), std::string("0.5"));
        QCOMPARE(event.priceVersion, std::string("sender"));
        QVERIFY(!event.listCost); // nothing says by what the difference came about
    }

    void costsAreKeptOrPriced_data()
    {
        QTest::addColumn<QByteArray>("more");
        QTest::addColumn<QByteArray>("cost");
        QTest::addColumn<QByteArray>("listCost");
        QTest::addColumn<QByteArray>("provider");
        const auto row = [](const char *name, const char *more, const char *cost, const char *list,
                            const char *provider) {
            QTest::newRow(name) << QByteArray(more) << QByteArray(cost) << QByteArray(list)
                                << QByteArray(provider);
        };
        row("priced here", R"("model": "gpt-4o", "input_tokens": 1000, "output_tokens": 50)", "0.003",
            "0.003", "openai");
        row("the sender's, as priced here",
            R"("model": "gpt-4o", "input_tokens": 1000, "output_tokens": 50, "cost_usd": "0.003")", "0.003",
            "0.003", "openai");
        row("the sender's, another",
            R"("model": "gpt-4o", "input_tokens": 1000, "output_tokens": 50, "cost_usd": 1e-05)", "0.00001",
            "", "openai");
        row("the sender's, of an unknown model",
            R"("model": "home-made", "input_tokens": 10, "cost_usd": 0.25)", "0.25", "", "");
        row("an unknown model", R"("model": "home-made", "input_tokens": 10)", "", "", "");
        row("a hit", R"("model": "gpt-4o", "input_tokens": 1000, "output_tokens": 50, "cache_hit": true)",
            "0", "0.003", "openai");
        row("a hit that the sender says is free",
            R"("model": "gpt-4o", "input_tokens": 1000, "output_tokens": 50, "cache_hit": true, "cost_usd": 0)",
            "0", "0.003", "openai");
        row("nobody said what it consumed", R"("model": "gpt-4o")", "", "", "openai");
        row("it consumed nothing", R"("model": "gpt-4o", "input_tokens": 0, "output_tokens": 0)", "0", "0",
            "openai");
        row("it failed, with an error alone", R"("model": "gpt-4o", "error": "timed out")", "0", "",
            "openai");
        row("it failed", R"("model": "gpt-4o", "status": 429)", "0", "", "openai");
        row("a provider by name", R"("provider": "azure", "model": "gpt-4o", "input_tokens": 1000)", "0.0025",
            "0.0025", "azure");
        row("Gemini's own name", R"("model": "gemini-2.5-flash", "input_tokens": 1000)", "0.0003", "0.0003",
            "gemini");
    }
    void costsAreKeptOrPriced()
    {
        QFETCH(QByteArray, more);
        QFETCH(QByteArray, cost);
        QFETCH(QByteArray, listCost);
        QFETCH(QByteArray, provider);
        IntakeFixture fixture;
        const std::string body = "{" + more.toStdString() + "}";
        QCOMPARE(fixture.intake().takeEvents(IntakeFixture::request(body)).status, 200);
        const CostEvent event = fixture.stored().at(0);
        const auto text = [](const std::optional<Money> &money) {
            return QByteArray::fromStdString(money ? money->toUsdString() : std::string());
        };
        QCOMPARE(text(event.cost), cost);
        QCOMPARE(text(event.listCost), listCost);
        QCOMPARE(event.priced, !cost.isEmpty());
        QCOMPARE(QByteArray::fromStdString(event.provider), provider);
        if (event.listCost)
            QCOMPARE(event.savings.total(), *event.listCost - *event.cost);
    }

    void formsOfABody_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("contentType");
        QTest::addColumn<int>("events");
        const QByteArray plain("application/json");
        QTest::newRow("an object over lines") << QByteArray("{\n\"model\":\n\"m\"\n}\n") << plain << 1;
        QTest::newRow("an array") << QByteArray(" [{}, {\"user\": \"]\"},\n{}] ") << plain << 3;
        QTest::newRow("an empty array") << QByteArray("[ ]") << plain << 0;
        QTest::newRow("lines") << QByteArray("{\"user\":\"a\"}\n\n{\"user\":\"b\"}")
                               << QByteArray("application/x-ndjson") << 2;
        QTest::newRow("an array called lines")
            << QByteArray("[{},{}]") << QByteArray("application/x-ndjson") << 2;
        QTest::newRow("what curl says of it")
            << QByteArray("{}") << QByteArray("application/x-www-form-urlencoded") << 1;
    }
    void formsOfABody()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, contentType);
        QFETCH(int, events);
        IntakeFixture fixture;
        const std::string sent = body.toStdString();
        const std::string type = contentType.toStdString();
        const IngestReply reply = fixture.intake().takeEvents(IntakeFixture::request(sent, type));
        QCOMPARE(reply.status, 200);
        QCOMPARE(static_cast<int>(idsOf(reply).size()), events);
        QCOMPARE(static_cast<int>(fixture.stored().size()), events);
    }

    void aBadEventNamesItselfAndNothingIsTaken_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("index");
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char *name, const char *body, int index, const char *field,
                            const char *message) {
            QTest::newRow(name) << QByteArray(body) << index << QByteArray(field) << QByteArray(message);
        };
        row("tokens in words", R"([{"model":"m"},{"input_tokens":"many"}])", 1, "input_tokens",
            "event 2: 'input_tokens': 'many' is not a whole number of 0 or more");
        row("a field that is none", R"({"tokens":1})", 0, "tokens", "no event has such a field");
        row("a list for a field", R"([{},{},{"model":[]}])", 2, "model",
            "event 3: 'model': an array is not text");
        row("a time that is none", R"({"time":"noon"})", 0, "time", "'noon' is not a time such as");
        row("an id that is none", R"({"call_id":"chatcmpl-1"})", 0, "call_id", "is not a UUID such as");
        row("an id of another time",
            R"({"event_id":"0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10","time":"2026-01-01T00:00:00Z"})", 0,
            "event_id", "is not a version 7 id of the event's time");
        row("parts above their whole", R"([{"input_tokens":5,"cached_input_tokens":6}])", 0,
            "cached_input_tokens", "6 is more than the 5 there can be");
        row("a latency past any", R"([{},{"latency_ms":31622400001}])", 1, "latency_ms",
            "event 2: latency_ms: 31622400001 ms is more than a year");
        row("a negative cost", R"({"cost_usd":-1})", 0, "cost_usd", "outside of 0 to 1,000,000 USD");
        row("a key that is no text", R"({"idempotency_key":7})", 0, "idempotency_key",
            "a number is not text");
        row("no JSON", R"({"model":)", 0, "", "event 1: expected a JSON object with an event's fields");
        row("an element that is no object", "[{},7]", 1, "", "event 2: expected a JSON object");
        row("a comma too many", "[{},]", 1, "", "event 2: expected a JSON object");
        row("an array without end", "[{}", -1, "", "the body: line 1: the array does not end");
        row("an array and more", "[{}]\n]", -1, "", "the body: line 2: something follows the array");
        row("nothing", "", 0, "", "expected a JSON object");
    }
    void aBadEventNamesItselfAndNothingIsTaken()
    {
        QFETCH(QByteArray, body);
        QFETCH(int, index);
        QFETCH(QByteArray, field);
        QFETCH(QByteArray, message);
        IntakeFixture fixture;
        const std::string sent = body.toStdString();
        const IngestReply reply = fixture.intake().takeEvents(IntakeFixture::request(sent));
        QCOMPARE(reply.status, 400);
        const json error = json::parse(reply.body)["error"];
        QVERIFY2(QByteArray::fromStdString(error["message"]).contains(message), reply.body.c_str());
        QCOMPARE(error.value("index", -1), index);
        QCOMPARE(QByteArray::fromStdString(error.value("field", "")), field);
        QVERIFY(fixture.stored().empty());
        QCOMPARE(fixture.counters.events.load(), std::uint64_t(0));
    }

    /// However much a body may have: one event takes many times its size while it is read.
    void anObjectPastAnyIsNotRead()
    {
        IntakeFixture fixture;
        const std::string sent = "{\"details\":\"" + std::string(std::size_t(1) << 20, 'x') + "\"}";
        IngestRequest request = IntakeFixture::request(sent);
        request.mostBytes = std::uint64_t(1) << 30;
        const IngestReply reply = fixture.intake().takeEvents(request);
        QCOMPARE(reply.status, 400);
        QVERIFY2(reply.body.find("is longer than 1048576 bytes") != std::string::npos, reply.body.c_str());
        QVERIFY(fixture.stored().empty());
    }

    void aNameMakesItCountOnce_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<int>("events");
        const auto row = [](const char *name, const char *body, const char *key, int events) {
            QTest::newRow(name) << QByteArray(body) << QByteArray(key) << events;
        };
        const std::string anId = makeDerivedUuidV7(IntakeFixture::arrival, {}).toString();
        row("no name", R"([{"model":"m"},{"model":"m"}])", "", 6);
        row("no name, but a time", R"({"time":"2026-09-21T10:00:00Z","model":"m"})", "", 3);
        row("an event_id", ("{\"event_id\":\"" + anId + "\"}").c_str(), "", 1);
        row("a call_id", R"({"call_id":"0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10"})", "", 1);
        row("attempts of a call", R"([{"call_id":"0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10"},
            {"call_id":"0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10","attempt":2}])",
            "", 2);
        row("a call_id twice at once, later the second time",
            R"([{"call_id":"0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10"},
            {"call_id":"0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10","latency_ms":5}])",
            "", 1);
        row("a key of the sender's", R"({"idempotency_key":"chatcmpl-1"})", "", 1);
        row("a key and a time", R"({"idempotency_key":"chatcmpl-1","time":"2026-09-21T10:00:00Z"})", "", 1);
        row("the request's key", R"([{"model":"m"},{"model":"m"}])", "abc", 2);
        row("the request's key and a time", R"([{"time":"2026-09-21T10:00:00Z"}])", "abc", 1);
        row("a name of its own beside the request's",
            R"([{"call_id":"0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10"},{}])", "abc", 2);
    }
    /// Sent three times, a second apart; the store has the first when the third comes.
    void aNameMakesItCountOnce()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, key);
        QFETCH(int, events);
        IntakeFixture fixture;
        fixture.startWriter();
        const std::string sent = body.toStdString();
        std::set<std::vector<std::string>> ids;
        for (int i = 0; i < 3; ++i) {
            IngestRequest request = IntakeFixture::request(sent);
            request.idempotencyKey = {key.constData(), static_cast<std::size_t>(key.size())};
            request.sender.time += std::chrono::seconds(i);
            const IngestReply reply = fixture.intake().takeEvents(request);
            QCOMPARE(reply.status, 200);
            ids.insert(idsOf(reply));
            if (i == 1)
                fixture.stored();
        }
        QCOMPARE(static_cast<int>(fixture.stored().size()), events);
        QCOMPARE(ids.size(), std::size_t(events > 2 ? 3 : 1));
    }

    void aNameThatAnotherCallHasIsRefused_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char *name, const char *body, int status, const char *message) {
            QTest::newRow(name) << QByteArray(body) << status << QByteArray(message);
        };
        const char *const taken = "event 1: 'idempotency_key': '1' has come before, of another";
        row("the same", R"({"idempotency_key":"1","workflow":"a","model":"m","input_tokens":3})", 200, "");
        row("later and faster",
            R"({"idempotency_key":"1","workflow":"a","model":"m","input_tokens":3,"latency_ms":7})", 200, "");
        row("another workflow", R"({"idempotency_key":"1","workflow":"b","model":"m","input_tokens":3})", 409,
            taken);
        row("another model", R"({"idempotency_key":"1","workflow":"a","model":"n","input_tokens":3})", 409,
            taken);
        row("other input", R"({"idempotency_key":"1","workflow":"a","model":"m","input_tokens":4})", 409,
            taken);
        row("output",
            R"({"idempotency_key":"1","workflow":"a","model":"m","input_tokens":3,"output_tokens":1})", 409,
            taken);
        row("with a time", R"({"idempotency_key":"1","workflow":"b","time":"2026-09-21T10:00:00Z"})", 200,
            "");
        row("twice in one request", R"([{"idempotency_key":"2"},{"idempotency_key":"2","model":"m"}])", 409,
            "event 2: 'idempotency_key': '2' has come before");
        row("a call_id", R"([{"call_id":"0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10"},
            {"call_id":"0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10","model":"m"}])",
            409, "event 2: 'call_id': 0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10 has come before");
    }
    void aNameThatAnotherCallHasIsRefused()
    {
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        QFETCH(QByteArray, message);
        IntakeFixture fixture;
        fixture.startWriter();
        const auto first = fixture.intake().takeEvents(
            IntakeFixture::request(R"({"idempotency_key":"1","workflow":"a","model":"m","input_tokens":3})"));
        QCOMPARE(first.status, 200);
        const std::string sent = body.toStdString();
        const IngestReply reply = fixture.intake().takeEvents(IntakeFixture::request(sent));
        QCOMPARE(reply.status, status);
        QVERIFY2(QByteArray::fromStdString(reply.body).contains(message), reply.body.c_str());
        QCOMPARE(fixture.counters.rejected.load() > 0, status == 409);
        QCOMPARE(fixture.stored().size(), std::size_t(body.contains("time\"") ? 2 : 1));
    }

    void aCrowdThatIsSentAgainGetsTheIdsOfItsEvents()
    {
        IntakeFixture fixture;
        fixture.startWriter();
        std::string body = "[";
        for (int i = 0; i < 1500; ++i) // more than a microsecond has rows
            body += (i == 0 ? "" : ",") + std::string("{\"idempotency_key\":\"") + std::to_string(i) + "\"}";
        body += "]";
        std::vector<std::string> first;
        for (int i = 0; i < 3; ++i) {
            IngestRequest request = IntakeFixture::request(body);
            request.sender.time += std::chrono::seconds(i);
            const auto ids = idsOf(fixture.intake().takeEvents(request));
            QCOMPARE(ids.size(), std::size_t(1500));
            QVERIFY(i == 0 || ids == first);
            first = ids;
        }
        std::set<std::string> stored;
        for (const CostEvent &event : fixture.stored())
            stored.insert(event.eventId.toString());
        QVERIFY(stored == std::set<std::string>(first.begin(), first.end()));
    }

    void aNameIsForgottenAfterADay()
    {
        IntakeFixture fixture;
        fixture.startWriter();
        IngestRequest request = IntakeFixture::request(R"({"idempotency_key":"a"})");
        QCOMPARE(fixture.intake().takeEvents(request).status, 200);
        request.sender.time += std::chrono::hours(25);
        QCOMPARE(fixture.intake().takeEvents(request).status, 200);
        QCOMPARE(fixture.stored().size(), std::size_t(2));
    }

    void headersTagWhatSaysNothingItself()
    {
        IntakeFixture fixture;
        IngestRequest request = IntakeFixture::request(R"([{"workflow":"own"},{}])");
        request.sender.workflow = "sent";
        request.sender.feature = "search";
        request.sender.tags = {{"team", "a"}};
        QCOMPARE(fixture.intake().takeEvents(request).status, 200);
        std::set<std::string> workflows;
        for (const CostEvent &event : fixture.stored()) {
            workflows.insert(event.workflow);
            QCOMPARE(event.feature, std::string("search"));
            QCOMPARE(event.tags, request.sender.tags);
        }
        QCOMPARE(workflows, (std::set<std::string>{"own", "sent"}));
    }

    void aFullJournalTakesNothingOfARequest()
    {
        IntakeFixture fixture({.segmentBytes = 64 * 1024, .maxBytes = 256 * 1024, .onDeadCall = {}});
        std::string body = "[";
        for (int i = 0; i < 50; ++i)
            body += (i == 0 ? "" : ",") + callback;
        body += "]";
        int requests = 0;
        IngestReply reply;
        for (; reply.status == 200 && requests < 10'000; ++requests)
            reply = fixture.intake().takeEvents(IntakeFixture::request(body));
        QCOMPARE(reply.status, 503);
        QVERIFY(reply.retryAfterS > 0);
        QVERIFY2(reply.body.find("the journal is full") != std::string::npos, reply.body.c_str());
        QVERIFY(requests > 2);
        QCOMPARE(fixture.stored().size(), std::size_t(requests - 1) * 50);
        QCOMPARE(fixture.intake().takeEvents(IntakeFixture::request(body)).status, 200);
    }

    void withoutAJournalNothingIsTaken()
    {
        IntakeFixture fixture;
        fixture.journal.reset();
        const IngestReply reply = fixture.intake().takeEvents(IntakeFixture::request(callback));
        QCOMPARE(reply.status, 503);
        QVERIFY(reply.retryAfterS > 0);
    }

    void aNameWithoutATimeNeedsTheStore()
    {
        IntakeFixture fixture;
        const IngestReply reply =
            fixture.intake().takeEvents(IntakeFixture::request(R"({"idempotency_key":"a"})"));
        QCOMPARE(reply.status, 503);
        QVERIFY2(reply.body.find("while the store can be written") != std::string::npos, reply.body.c_str());
        QVERIFY(fixture.stored().empty());
    }

    void moreThanTheJournalTakesAtOnceIsRefusedUnlessAllHaveNames()
    {
        IntakeFixture fixture({.segmentBytes = 64 * 1024, .maxBytes = 1024 * 1024, .onDeadCall = {}});
        std::string nameless = "[";
        std::string named = "[";
        for (int i = 0; i < 1000; ++i) {
            nameless +=
                std::string(i == 0 ? "" : ",") + "{\"time\":\"2026-09-21T10:00:00Z\",\"session\":\"s\"}";
            named += std::string(i == 0 ? "" : ",") +
                     "{\"time\":\"2026-09-21T10:00:00Z\",\"idempotency_key\":\"" + std::to_string(i) + "\"}";
        }
        nameless += "]";
        named += "]";
        const IngestReply refused = fixture.intake().takeEvents(IntakeFixture::request(nameless));
        QCOMPARE(refused.status, 413);
        QVERIFY2(refused.body.find("1000 events at once are more than the journal takes") !=
                     std::string::npos,
                 refused.body.c_str());
        QCOMPARE(fixture.intake().takeEvents(IntakeFixture::request(named)).status, 200);
        QCOMPARE(fixture.stored().size(), std::size_t(1000));
    }

    void moreThanARequestMayBringIsRefused()
    {
        IntakeFixture fixture;
        std::string body = "[{}";
        for (int i = 0; i < 50'000; ++i)
            body += ",{}";
        const std::string sent = body + "]";
        const IngestReply reply = fixture.intake().takeEvents(IntakeFixture::request(sent));
        QCOMPARE(reply.status, 413);
        QVERIFY(fixture.stored().empty());
    }
};

QTEST_GUILESS_MAIN(PostedEventsTest)
#include "tst_posted_events.moc"
