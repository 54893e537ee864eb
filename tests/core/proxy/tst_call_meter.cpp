// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/MeterFixture.h"

#include <QTest>
#include <zlib.h>

using namespace farthing;

Q_DECLARE_METATYPE(farthing::Wire)

namespace {

const std::string chunk = "data: {\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi"
                          "\"}}]}\n\n";
const std::string lastChunks = "data: {\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                               "\"completion_tokens\":2,\"total_tokens\":9}}\n\ndata: [DONE]\n\n";

/// Gzip that a reader can decode up to each piece's end, as a server flushes its events.
std::vector<std::string> gzippedPieces(const std::vector<std::string> &pieces)
{
    z_stream stream{};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    std::vector<std::string> out;
    for (const std::string &piece : pieces) {
        std::string &to = out.emplace_back(piece.size() + 256, '\0');
        stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(piece.data()));
        stream.avail_in = static_cast<uInt>(piece.size());
        stream.next_out = reinterpret_cast<Bytef *>(to.data());
        stream.avail_out = static_cast<uInt>(to.size());
        deflate(&stream, Z_SYNC_FLUSH);
        to.resize(to.size() - stream.avail_out);
    }
    deflateEnd(&stream);
    return out;
}

} // namespace

class TestCallMeter : public QObject
{
    Q_OBJECT

private slots:
    void theEndOfAnEncodedStreamIsJournalledBeforeItIsRelayed_data()
    {
        QTest::addColumn<bool>("encoded");
        QTest::newRow("plain") << false;
        QTest::newRow("gzip") << true;
    }
    void theEndOfAnEncodedStreamIsJournalledBeforeItIsRelayed()
    {
        QFETCH(bool, encoded);
        std::vector<std::string> pieces = {chunk, lastChunks};
        ReplyHead head{200, "OK", {{"Content-Type", "text/event-stream"}}};
        if (encoded) {
            pieces = gzippedPieces(pieces);
            head.headers.push_back({"Content-Encoding", "gzip"});
        }
        MeterFixture fixture;
        const auto meter = fixture.meter();
        meter->begin();
        meter->onHead(head, true);
        for (const std::string &piece : pieces) {
            QVERIFY(fixture.journal.outcomes.empty());
            // What a session does before it relays a chunk.
            if (meter->mayComplete(piece)) {
                meter->look(piece);
                meter->finishIfSeenWhole();
            } else {
                QVERIFY(&piece != &pieces.back());
                meter->look(piece);
            }
        }
        QCOMPARE(fixture.journal.outcomes.size(), std::size_t(1));
        QCOMPARE(fixture.journal.outcomes[0].status, 200);
        QCOMPARE(fixture.journal.outcomes[0].usage.output, std::int64_t(2));
    }

    void aStreamThatDoesNotSayWhatItIsIsReadAllTheSame()
    {
        MeterFixture fixture;
        const auto meter = fixture.meter("/v1/chat/completions", Wire::OpenAi, "POST", true);
        meter->begin();
        meter->onHead({200, "OK", {{"Content-Type", "text/plain"}}}, true);
        meter->look(chunk);
        meter->look(lastChunks);
        meter->finish();
        const CostEvent event = fixture.journal.outcomes.at(0);
        QVERIFY(event.usageSource == UsageSource::Provider);
        QCOMPARE(event.usage.output, std::int64_t(2));
    }

    void aGeminiArrayThatDoesNotSayWhatItIsIsNoEventStream()
    {
        MeterFixture fixture;
        const auto meter = fixture.meter("/v1beta/models/gemini-2.5-flash:streamGenerateContent",
                                         Wire::Gemini, "POST", true);
        meter->begin();
        meter->onHead({200, "OK", {}}, true);
        meter->look(R"([{"candidates":[],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}}])");
        meter->finish();
        const CostEvent event = fixture.journal.outcomes.at(0);
        QVERIFY(event.usageSource == UsageSource::Provider);
        QCOMPARE(event.usage.output, std::int64_t(2));
    }

    void aReplyWithoutABodyIsJournalledWithItsHead_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("length");
        QTest::addColumn<bool>("hasBody");
        QTest::addColumn<int>("outcomes");
        QTest::newRow("204") << 204 << QByteArray() << false << 1;
        QTest::newRow("304") << 304 << QByteArray() << false << 1;
        QTest::newRow("HEAD") << 200 << QByteArray("17") << false << 1;
        QTest::newRow("a length of 0") << 200 << QByteArray("0") << true << 1;
        QTest::newRow("an error with a length of 0") << 529 << QByteArray("0") << true << 1;
        QTest::newRow("a length") << 200 << QByteArray("17") << true << 0;
        QTest::newRow("no length") << 200 << QByteArray() << true << 0;
    }
    void aReplyWithoutABodyIsJournalledWithItsHead()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, length);
        QFETCH(bool, hasBody);
        QFETCH(int, outcomes);
        for (const char *path : {"/v1/chat/completions", "/v1/files/a"}) {
            MeterFixture fixture;
            const auto meter = fixture.meter(path);
            meter->begin();
            ReplyHead head{status, "", {}};
            if (!length.isEmpty())
                head.headers.push_back({"Content-Length", length.toStdString()});
            meter->onHead(head, hasBody);
            QCOMPARE(fixture.journal.outcomes.size(), std::size_t(outcomes));
            meter->finish();
            QCOMPARE(fixture.journal.outcomes.size(), std::size_t(1));
            QCOMPARE(fixture.journal.outcomes[0].status, status);
        }
    }

    /// A stream as a session relays it: what the event says after its last chunk, and whether that was
    /// journalled before the transfer ended.
    void streamsAreReadToTheirEnd_data()
    {
        QTest::addColumn<Wire>("wire");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArrayList>("chunks");
        QTest::addColumn<bool>("breaks");
        QTest::addColumn<int>("status");
        QTest::addColumn<qint64>("output");
        QTest::addColumn<QByteArray>("error");
        const auto row = [](const char *name, Wire wire, const char *path, const QByteArrayList &chunks,
                            bool breaks, int status, qint64 output, const char *error = "") {
            QTest::newRow(name) << wire << QByteArray(path) << chunks << breaks << status << output
                                << QByteArray(error);
        };
        const char *const gemini = "/v1beta/models/gemini-2.5-flash:streamGenerateContent";
        const auto part = [](int index, int output) {
            return "{'candidates':[{'index':" + QByteArray::number(index) +
                   ",'content':{'parts':[{'text':'a'}]},'finishReason':'STOP'}],'usageMetadata':{"
                   "'promptTokenCount':100,'candidatesTokenCount':" +
                   QByteArray::number(output) + "}}";
        };
        const auto sse = [](const QByteArray &json) { return "data: " + json + "\n\n"; };
        const QByteArrayList cumulative = {sse(part(0, 10)), sse(part(0, 30)), sse(part(0, 50))};
        row("Gemini, a reason to finish in each chunk", Wire::Gemini, gemini, cumulative, false, 200, 50);
        row("Gemini, two candidates", Wire::Gemini, gemini, {sse(part(0, 20)), sse(part(1, 50))}, false, 200,
            50);
        row("Gemini, as an array", Wire::Gemini, gemini,
            {"[" + part(0, 10), "\n,\n" + part(0, 50) + "\n", "]\n"}, false, 200, 50);
        row("Gemini that breaks off when all is said", Wire::Gemini, gemini, cumulative, true, 599, 50,
            "reset");
        row("Gemini that breaks off while a candidate goes on", Wire::Gemini, gemini,
            {sse(part(0, 20)), sse("{'candidates':[{'index':1,'content':{'parts':[{'text':'a'}]}}]}")}, true,
            599, 20, "reset");
        row("Gemini that breaks off before", Wire::Gemini, gemini,
            {sse("{'candidates':[],'usageMetadata':{'promptTokenCount':100,'candidatesTokenCount':4}}")},
            true, 599, 4, "reset");
        row("Gemini that ends in an error", Wire::Gemini, gemini,
            {sse("{'candidates':[],'usageMetadata':{'promptTokenCount':100,'candidatesTokenCount':4}}"),
             sse("{'error':{'code':503,'message':'overloaded','status':'UNAVAILABLE'}}")},
            false, 599, 4, "UNAVAILABLE: overloaded");

        const char *const chat = "/v1/chat/completions";
        const auto usage = [&sse](int output) {
            return sse("{'choices':[],'usage':{'prompt_tokens':100,'completion_tokens':" +
                       QByteArray::number(output) + "}}");
        };
        const QByteArray done = "data: [DONE]\n\n";
        row("OpenAI, usage every now and then", Wire::OpenAi, chat, {usage(10), usage(50), done}, false, 200,
            50);
        row("OpenAI without [DONE]", Wire::OpenAi, chat, {usage(10), usage(50)}, false, 200, 50);
        row("OpenAI that breaks off behind its usage", Wire::OpenAi, chat, {usage(50)}, true, 599, 50,
            "reset");
        row("OpenAI that goes on behind its usage and breaks off", Wire::OpenAi, chat,
            {usage(50), sse("{'choices':[{'delta':{'content':'a'}}]}")}, true, 599, 50, "reset");
        row("OpenAI that breaks off behind [DONE]", Wire::OpenAi, chat, {usage(50), done}, true, 200, 50);
        row("OpenAI that ends in an error", Wire::OpenAi, chat,
            {usage(50), sse("{'error':{'message':'boom','type':'server_error'}}"), done}, false, 599, 50,
            "server_error: boom");

        const char *const messages = "/v1/messages";
        const QByteArray start =
            sse("{'type':'message_start','message':{'usage':{'input_tokens':100,'output_tokens':4}}}");
        row("Anthropic that ends in an error", Wire::Anthropic, messages,
            {start, sse("{'type':'error','error':{'type':'overloaded_error','message':'Overloaded'}}")},
            false, 599, 4, "overloaded_error: Overloaded");
        row("Anthropic that ends in an error and breaks off", Wire::Anthropic, messages,
            {start, sse("{'type':'error','error':{'type':'overloaded_error','message':'Overloaded'}}")}, true,
            599, 4, "overloaded_error: Overloaded");

        const char *const cohere = "/v2/chat";
        const QByteArray end = sse("{'type':'message-end','delta':{'finish_reason':'COMPLETE','usage':{"
                                   "'billed_units':{'input_tokens':100,'output_tokens':50}}}}");
        row("Cohere", Wire::Cohere, cohere, {sse("{'type':'content-delta'}"), end}, false, 200, 50);
        row("Cohere that breaks off behind its end", Wire::Cohere, cohere, {end}, true, 200, 50);

        const QByteArray piece = "{'message':{'content':'a'},'done':false}\n";
        const QByteArray last = "{'message':{},'done':true,'prompt_eval_count':100,'eval_count':50}\n";
        row("Ollama", Wire::OpenAi, "/api/chat", {piece, piece, last}, false, 200, 50);
        row("Ollama that breaks off behind its end", Wire::OpenAi, "/api/chat", {piece, last}, true, 200, 50);

        const char *const responses = "/v1/responses";
        const auto terminal = [&sse](const char *type) {
            return sse(QByteArray("{'type':'response.") + type +
                       "','response':{'usage':{'input_tokens':100,'output_tokens':50}}}");
        };
        row("Responses", Wire::OpenAi, responses, {terminal("completed")}, true, 200, 50);
        row("Responses incomplete", Wire::OpenAi, responses, {terminal("incomplete")}, false, 200, 50);
        row("Responses failed", Wire::OpenAi, responses, {terminal("failed")}, false, 599, 50,
            "the stream ended in an error");
        row("Responses that end in an error", Wire::OpenAi, responses,
            {sse("{'type':'response.in_progress','response':{'usage':{'input_tokens':100,'output_tokens':4}}"
                 "}"),
             sse("{'type':'error','code':'server_error','message':'boom'}")},
            false, 599, 4, "server_error: boom");
    }
    void streamsAreReadToTheirEnd()
    {
        QFETCH(Wire, wire);
        QFETCH(QByteArray, path);
        QFETCH(QByteArrayList, chunks);
        QFETCH(bool, breaks);
        QFETCH(int, status);
        QFETCH(qint64, output);
        QFETCH(QByteArray, error);
        MeterFixture fixture;
        const auto meter = fixture.meter(path.toStdString(), wire);
        meter->begin();
        const char *const type = chunks[0].startsWith('[')   ? "application/json"
                                 : chunks[0].startsWith('{') ? "application/x-ndjson"
                                                             : "Text/Event-Stream;x=y";
        meter->onHead({200, "OK", {{"Content-Type", type}}}, true);
        for (QByteArray chunk : chunks) {
            const std::string bytes = chunk.replace('\'', '"').toStdString();
            const bool first = meter->mayComplete(bytes);
            QVERIFY(first || fixture.journal.outcomes.empty());
            meter->look(bytes);
            meter->finishIfSeenWhole();
            QVERIFY2(first || fixture.journal.outcomes.empty(), "journalled behind what completes it");
        }
        if (breaks)
            meter->finishBroken(status::upstreamBroke, "reset", true);
        else
            meter->finish();
        QCOMPARE(fixture.journal.outcomes.size(), std::size_t(1));
        const CostEvent &event = fixture.journal.outcomes[0];
        QCOMPARE(event.status, status);
        QCOMPARE(event.usage.input, std::int64_t(100));
        QCOMPARE(event.usage.output, std::int64_t(output));
        QVERIFY(event.usageSource == UsageSource::Provider);
        QCOMPARE(QByteArray::fromStdString(event.error), error);
        QCOMPARE(event.delivered(), status == 200);
    }

    void bedrocksHeadersAreRead()
    {
        MeterFixture fixture;
        const auto meter = fixture.meter("/model/anthropic.claude-v2/invoke", Wire::Bedrock);
        meter->begin();
        const std::string body = "{\"completion\":\"a\"}";
        meter->onHead({200,
                       "OK",
                       {{"Content-Type", "application/json"},
                        {"X-Amzn-Bedrock-Input-Token-Count", "10"},
                        {"X-Amzn-Bedrock-Output-Token-Count", "5"}}},
                      true);
        meter->look(body);
        meter->finish();
        const CostEvent &event = fixture.journal.outcomes.at(0);
        QCOMPARE(event.usage, (TokenUsage{.input = 10, .output = 5}));
        QVERIFY(event.usageSource == UsageSource::Provider);
    }

    void aBrokenEncodingLosesNothingThatWasRead_data()
    {
        QTest::addColumn<bool>("whole");
        QTest::newRow("whole but for the checksum") << true;
        QTest::newRow("cut") << false;
    }
    void aBrokenEncodingLosesNothingThatWasRead()
    {
        QFETCH(bool, whole);
        std::string body = "{\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":50}}";
        if (!whole)
            body.resize(20);
        std::string bytes = gzippedPieces({body}).at(0);
        bytes += std::string("\x03\x00", 2) + std::string(8, 'x'); // an empty last block, a wrong checksum
        MeterFixture fixture;
        const auto meter = fixture.meter();
        meter->begin();
        meter->onHead({200, "OK", {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}},
                      true);
        meter->look(bytes);
        meter->look("more");
        meter->finish();
        const CostEvent &event = fixture.journal.outcomes.at(0);
        QCOMPARE(event.usageSource, whole ? UsageSource::Provider : UsageSource::Estimated);
        if (whole)
            QVERIFY(event.usage == (TokenUsage{.input = 100, .output = 50}));
        QVERIFY(event.error.find("encoding") != std::string::npos);
    }

    void anEstimateIsForRepliesOfTheWiresForm_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("estimated");
        const QByteArray chat = "/v1/chat/completions";
        QTest::newRow("zeros") << chat << QByteArray(100'000, '\0') << false;
        QTest::newRow("text") << chat << QByteArray("hi") << false;
        QTest::newRow("brackets") << chat << QByteArray(100'000, '[') << false;
        QTest::newRow("JSON that never ends")
            << chat << QByteArray("{'model':'a'").append(9999, ' ') << false;
        QTest::newRow("JSON of something else") << chat << QByteArray("{'id':'x'}") << false;
        QTest::newRow("nothing") << chat << QByteArray() << false;
        QTest::newRow("an embedding that is none")
            << QByteArray("/v1/embeddings") << QByteArray("hi") << false;
        QTest::newRow("an answer") << chat << QByteArray("{'choices':[{'message':{'content':'abcdefgh'}}]}")
                                   << true;
        QTest::newRow("an answer without text")
            << chat << QByteArray("{'model':'gpt-4o','choices':[]}") << true;
        QTest::newRow("an embedding")
            << QByteArray("/v1/embeddings") << QByteArray("{'data':[{'embedding':[0.1]}]}") << true;
    }
    void anEstimateIsForRepliesOfTheWiresForm()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, body);
        QFETCH(bool, estimated);
        body.replace('\'', '"');
        for (const char *const type : {"application/json", "text/event-stream"}) {
            const bool isStream = QByteArray(type).startsWith("text");
            MeterFixture fixture;
            const auto meter = fixture.meter(path.toStdString());
            meter->begin();
            meter->onHead({200, "", {{"Content-Type", type}}}, true);
            meter->look(isStream ? "data: " + body.toStdString() + "\n\n" : body.toStdString());
            meter->finish();
            const CostEvent &event = fixture.journal.outcomes.at(0);
            QCOMPARE(event.status, 200);
            const bool expected = estimated && !(isStream && path == "/v1/embeddings");
            QCOMPARE(event.usageSource, expected ? UsageSource::Estimated : UsageSource::None);
            QCOMPARE(event.priced, expected);
            QCOMPARE(event.cost.has_value(), expected);
            QVERIFY(expected || event.usage == TokenUsage());
        }
    }

    void brokenVectorsAreNoOutput()
    {
        MeterFixture fixture;
        const auto meter = fixture.meter("/v1/embeddings");
        meter->begin();
        meter->onHead({200, "OK", {{"Content-Type", "application/json"}}}, true);
        meter->look("{\"object\":\"list\",\"data\":[{\"embedding\":[0.0123" + std::string(100'000, '1'));
        meter->finishBroken(status::upstreamBroke, "the upstream broke off", true);
        const CostEvent event = fixture.journal.outcomes.at(0);
        QVERIFY(event.usageSource == UsageSource::Estimated);
        QCOMPARE(event.usage.output, std::int64_t(0));
    }

    void nothingIsEstimatedOfARefusal_data()
    {
        QTest::addColumn<int>("head");
        QTest::addColumn<bool>("estimated");
        QTest::newRow("500") << 500 << false;
        QTest::newRow("400") << 400 << false;
        QTest::newRow("200") << 200 << true;
        QTest::newRow("no head") << 0 << true;
    }
    void nothingIsEstimatedOfARefusal()
    {
        QFETCH(int, head);
        QFETCH(bool, estimated);
        for (const int status : {status::upstreamBroke, status::clientClosed}) {
            MeterFixture fixture;
            const auto meter = fixture.meter();
            meter->begin();
            if (head > 0) {
                meter->onHead({head, "", {{"Content-Type", "application/json"}}}, true);
                meter->look("{\"error\":{\"mess");
            }
            meter->finishBroken(status, "broke off", true);
            const CostEvent &event = fixture.journal.outcomes.at(0);
            QCOMPARE(event.status, status);
            QCOMPARE(event.usageSource, estimated ? UsageSource::Estimated : UsageSource::None);
            QVERIFY(estimated || event.usage == TokenUsage());
        }
    }

    void whatComesOverTheWireIsTidied()
    {
        MeterFixture fixture;
        CostEvent draft;
        draft.requestModel = draft.sentModel = "m\xff\n\x7f";
        const Secrets secrets({{"Authorization", "Bearer sk-secret-0123456789"}}, "/v1/chat/completions");
        CallMeter meter(fixture.services, classifyEndpoint(Wire::OpenAi, "POST", "/v1/chat/completions"),
                        draft, RequestFacts(), std::chrono::steady_clock::now(), secrets);
        meter.begin();
        meter.onHead({401, "", {{"Content-Type", "application/json"}}}, true);
        meter.look("{\"error\":{\"message\":\"no such key: sk-secret-0123456789\\u0000\\n" +
                   std::string(2000, 'x') + "\",\"code\":\"invalid_api_key\"}}");
        meter.finish();
        QCOMPARE(fixture.journal.intents.at(0).requestModel, std::string("m\xef\xbf\xbd"));
        const std::string &error = fixture.journal.outcomes.at(0).error;
        QVERIFY2(error.starts_with("invalid_api_key: no such key: *** xxx"), error.c_str());
        QCOMPARE(error.size(), std::size_t(300));
    }

    void aKeyStandsInNoFieldOfAnEvent()
    {
        MeterFixture fixture;
        const std::string key = "sk-secret-0123456789";
        CostEvent draft;
        draft.requestModel = draft.sentModel = draft.listModel = draft.client = draft.user = key;
        draft.workflow = "w " + key;
        draft.feature = "0123456789"; // too little of it to be one
        draft.session = key.substr(0, 15);
        draft.tags = {{"a", key}, {key, "b"}};
        const Secrets secrets({{"Authorization", "Bearer " + key}}, "/v1/chat/completions");
        CallMeter meter(fixture.services, classifyEndpoint(Wire::OpenAi, "POST", "/v1/chat/completions"),
                        draft, RequestFacts(), std::chrono::steady_clock::now(), secrets);
        meter.begin();
        meter.onHead({200, "", {{"Content-Type", "application/json"}}}, true);
        QByteArray body = "{'model':'KEY','service_tier':'KEY','usage':{'prompt_tokens':7,"
                          "'completion_tokens':2,'x':'KEY'}}";
        meter.look(body.replace('\'', '"').replace("KEY", key.c_str()).toStdString());
        meter.finish();
        const CostEvent &intent = fixture.journal.intents.at(0);
        const CostEvent &event = fixture.journal.outcomes.at(0);
        for (const CostEvent *const e : {&intent, &event}) {
            for (const std::string &text : {e->requestModel, e->sentModel, e->listModel, e->client, e->user,
                                            e->session, e->tags.at(0).second, e->tags.at(1).first})
                QCOMPARE(text, std::string("***"));
            QCOMPARE(e->workflow, std::string("w ***"));
            QCOMPARE(e->feature, std::string("0123456789"));
        }
        QCOMPARE(event.responseModel + event.serviceTier, std::string("******"));
        QVERIFY(event.rawUsage.ends_with("\"x\":\"***\"}"));
        QCOMPARE(event.usage.input, std::int64_t(7));
    }

    void backgroundWorkIsCountedOnceWhenItIsFetched()
    {
        MeterFixture fixture;
        const auto call = [&fixture](const char *method, const char *path, const std::string &body) {
            const auto meter = fixture.meter(path, Wire::OpenAi, method);
            meter->begin();
            meter->onHead({200, "", {{"Content-Type", "application/json"}}}, true);
            meter->look(body);
            meter->finish();
            return fixture.journal.outcomes.back();
        };
        const auto state = [](const char *id, const char *status, const char *usage) {
            return std::string("{\"id\":\"") + id + "\",\"status\":\"" + status +
                   "\",\"background\":true,\"model\":\"gpt-4o-2024-11-20\",\"usage\":" + usage + "}";
        };
        const char *const usage = "{\"input_tokens\":100,\"output_tokens\":50}";
        const CostEvent post = call("POST", "/v1/responses", state("r1", "queued", "null"));
        QVERIFY(post.usage == TokenUsage() && post.usageSource == UsageSource::None);
        QVERIFY2(!post.priced && !post.cost, "nobody knows yet what it costs");
        const CostEvent early = call("GET", "/v1/responses/r1", state("r1", "in_progress", "null"));
        QVERIFY(early.usageSource == UsageSource::None);
        const CostEvent done = call("GET", "/v1/responses/r1", state("r1", "completed", usage));
        QCOMPARE(done.endpoint, std::string("chat"));
        QVERIFY(done.usage == (TokenUsage{.input = 100, .output = 50}));
        QVERIFY(done.usageSource == UsageSource::Provider && done.priced);
        QCOMPARE(done.responseModel, std::string("gpt-4o-2024-11-20"));
        const CostEvent unknown = call("GET", "/v1/responses/u", state("u", "completed", usage));
        QVERIFY2(unknown.usage == done.usage && unknown.priced, "created before this process began");
        QCOMPARE(unknown.endpoint, std::string("chat"));
        QCOMPARE(unknown.cost, done.cost);
        for (const char *id : {"r1", "u"}) {
            const CostEvent again = call("GET", "/v1/responses/r1", state(id, "completed", usage));
            QVERIFY(again.usage == TokenUsage() && again.usageSource == UsageSource::None);
            QVERIFY(again.priced);
        }
        std::string foreground = state("f", "completed", usage);
        foreground.replace(foreground.find("true"), 4, "false");
        QVERIFY2(call("GET", "/v1/responses/f", foreground).usage == TokenUsage(), "its POST was counted");
        const CostEvent whole = call("POST", "/v1/responses", state("r2", "completed", usage));
        QVERIFY(whole.usageSource == UsageSource::Provider);
        QVERIFY(call("GET", "/v1/responses/r2", state("r2", "completed", usage)).usage == TokenUsage());
    }
};

QTEST_GUILESS_MAIN(TestCallMeter)
#include "tst_call_meter.moc"
