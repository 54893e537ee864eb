// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/RequestFacts.h"
#include "tests/Sanitized.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>

using namespace farthing;

Q_DECLARE_METATYPE(farthing::EndpointKind)

namespace {

const AnatomyKey key = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

constexpr qint64 atMostMs = isSanitized ? 20'000 : 1'000;

Result<RequestFacts> readBody(const Endpoint &endpoint, std::string body, const AnatomyKey &by)
{
    const std::string before = body;
    auto facts = readRequest(endpoint, body, by);
    if (body != before)
        qFatal("reading changed the body to %s", body.c_str());
    return facts;
}

/// ' stands for ".
RequestFacts facts(QByteArray body, EndpointKind kind = EndpointKind::ChatCompletions)
{
    body.replace('\'', '"');
    const auto result = readBody({.kind = kind, .model = {}}, body.toStdString(), key);
    if (!result)
        qFatal("%s: %s", body.constData(), result.error().message.c_str());
    return *result;
}

QByteArray chat(const QByteArray &messages)
{
    return "{'model':'m','messages':[" + messages + "]}";
}

QByteArray message(const char *role, const QByteArray &text)
{
    return QByteArray("{'role':'") + role + "','content':'" + text + "'}";
}

/// Tokens by segment as text: "system tools context history user".
QByteArray tokens(const PromptAnatomy &anatomy)
{
    QByteArrayList list;
    for (const auto &segment : anatomy.segments)
        list << QByteArray::number(segment.tokens);
    return list.join(' ');
}

} // namespace

class TestRequestFacts : public QObject
{
    Q_OBJECT
private slots:
    void membersAreRead()
    {
        const RequestFacts read =
            facts("{'messages':[],'stream':true,'model':'gpt','stream_options':{'include_usage':true},"
                  "'metadata':{'workflow':'w','feature':'f','user_id':'mu','x':1},'user':'u','safety_"
                  "identifier':'s'}");
        QCOMPARE(read.model, std::string("gpt"));
        QVERIFY(read.stream && read.asksForUsage);
        QCOMPARE(read.workflow, std::string("w"));
        QCOMPARE(read.feature, std::string("f"));
        QCOMPARE(read.user, std::string("u"));
        QVERIFY(!facts("{'stream':'true','stream_options':null}").stream);
        QVERIFY(!facts("{'stream':true,'stream_options':{'include_usage':false}}").asksForUsage);
    }

    void theFirstUserPresentWins()
    {
        QCOMPARE(facts("{'safety_identifier':'s','metadata':{'user_id':'mu'}}").user, std::string("mu"));
        QCOMPARE(facts("{'safety_identifier':'s','metadata':null}").user, std::string("s"));
    }

    void geminiNamesModelAndStreamInThePath()
    {
        const Endpoint endpoint =
            classifyEndpoint(Wire::Gemini, "POST", "/v1beta/models/g:streamGenerateContent");
        const auto read = readBody(endpoint, "{\"contents\":[],\"model\":\"models/other\"}", key);
        QVERIFY(read.ok());
        QCOMPARE(read->model, std::string("g"));
        QVERIFY(read->stream);
        QCOMPARE(facts("{'model':'models/e'}", EndpointKind::EmbedContent).model, std::string("e"));
    }

    void bedrockNamesModelStreamAndTagsItsOwnWay()
    {
        const Endpoint endpoint = classifyEndpoint(Wire::Bedrock, "POST", "/model/m%3A0/converse-stream");
        const auto read = readBody(
            endpoint, R"({"messages":[],"requestMetadata":{"workflow":"w","feature":"f","user_id":"u"}})",
            key);
        QVERIFY(read.ok());
        QCOMPARE(read->model, std::string("m:0"));
        QVERIFY(read->stream);
        QCOMPARE(read->workflow + read->feature + read->user, std::string("wfu"));
        QCOMPARE(facts("{'modelId':'amazon.nova-reel-v1:0'}", EndpointKind::Videos).model,
                 std::string("amazon.nova-reel-v1:0"));
    }

    void ollamaStreamsUnlessToldOtherwise()
    {
        QVERIFY(facts("{'messages':[]}", EndpointKind::OllamaChat).stream);
        QVERIFY(facts("{'prompt':'x'}", EndpointKind::OllamaGenerate).stream);
        QVERIFY(!facts("{'prompt':'x','stream':false}", EndpointKind::OllamaGenerate).stream);
        QVERIFY(!facts("{'input':'x'}", EndpointKind::OllamaEmbed).stream);
    }

    void bodiesThatAreNoObjectsAreErrors()
    {
        for (const char *body : {"", "[]", "null", "{", "{\"a\"}", "{\"messages\":[}", "model=x"})
            QVERIFY2(!readBody({.kind = EndpointKind::Messages, .model = {}}, body, key).ok(), body);
        QVERIFY(readBody({.kind = EndpointKind::Batch, .model = {}}, "--boundary", key).ok());
    }

    void segmentsAreToldApart_data()
    {
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, EndpointKind kind, const QByteArray &body,
                            const char *expected) {
            QTest::newRow(name) << kind << body << QByteArray(expected);
        };
        using enum EndpointKind;
        const QByteArray t8 = "abcdefgh";               // 2 tokens
        const QByteArray tool = "{'name':'t','x':123}"; // 20 bytes, 5 tokens
        row("chat", ChatCompletions,
            chat(message("system", t8) + "," + message("user", t8) + "," + message("assistant", t8) + "," +
                 message("user", t8 + t8)),
            "2 0 0 4 4");
        row("Converse", Converse,
            "{'system':[{'text':'" + t8 + "'}],'toolConfig':{'tools':[" + tool +
                "],'toolChoice':{'auto':{}}},"
                "'messages':[{'role':'user','content':[{'text':'" +
                t8 +
                "'},{'image':{'source':{'bytes':'AAAA'}}}]},"
                "{'role':'assistant','content':[{'reasoningContent':{'reasoningText':{'text':'" +
                t8 + "'}}},{'toolUse':" + tool +
                "}]},"
                "{'role':'user','content':[{'toolResult':" +
                tool + "},{'text':'" + t8 + "'}]}]}",
            "2 5 5 9 2");
        row("Nova's embeddings", InvokeModel,
            "{'taskType':'SINGLE_EMBEDDING','singleEmbeddingParams':{'embeddingPurpose':'GENERIC_INDEX',"
            "'text':{'value':'" +
                t8 + t8 + "','truncationMode':'NONE'}}}",
            "0 0 0 0 4");
        row("Nova's embeddings of an image", InvokeModel,
            "{'segmentedEmbeddingParams':{'image':{'format':'png','source':{'bytes':'" + t8 + "'}}}}",
            "0 0 0 0 0");
        row("Titan", InvokeModel, "{'inputText':'" + t8 + t8 + "'}", "0 0 0 0 4");
        row("Cohere, version 1", CohereChat,
            "{'preamble':'" + t8 + "','documents':[{'text':'" + t8 + t8 +
                "'}],'chat_history':[{'role':'USER',"
                "'message':'" +
                t8 + "'},{'role':'CHATBOT','message':'" + t8 + "'}],'message':'" + t8 + "'}",
            "2 0 4 4 2");
        row("Cohere's rerank", CohereRerank, "{'query':'" + t8 + "','documents':['" + t8 + "','" + t8 + "']}",
            "0 0 4 0 2");
        row("Cohere's embed", CohereEmbed, "{'texts':['" + t8 + "','" + t8 + "']}", "0 0 0 0 4");
        row("Ollama", OllamaGenerate, "{'system':'" + t8 + "','prompt':'" + t8 + "','images':['AAAA']}",
            "2 0 0 0 2");
        row("roles come last", ChatCompletions,
            chat("{'content':'" + t8 + "','role':'developer'},{'content':[{'text':'" + t8 +
                 "','type':'text'}],'role':'user'}"),
            "2 0 0 0 2");
        row("tools and results", ChatCompletions,
            "{'tools':[" + tool + "],'messages':[" + message("user", t8) +
                ",{'role':'assistant','content':null,'tool_calls':[" + tool +
                "]},"
                "{'role':'tool','tool_call_id':'c','content':'" +
                t8 + t8 + "'}]}",
            "0 5 4 6 2");
        row("a schema stands with the tools", ChatCompletions,
            "{'response_format':{'type':'json_schema','json_schema':" + tool + "},'messages':[" +
                message("user", t8) + "]}",
            "0 5 0 0 2");
        row("images are no text", ChatCompletions,
            chat("{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:image/"
                 "png;base64,AAAA'}},"
                 "{'type':'text','text':'" +
                 t8 + "'}]}"),
            "0 0 0 0 2");
        row("tagged context", ChatCompletions,
            chat(message("user", t8 + "<context>" + "ab" + "</context>" + t8)), "0 0 6 0 4");
        row("tagged documents in the system prompt", ChatCompletions,
            chat(message("system", "<documents>x</documents>" + t8) + "," + message("user", t8)),
            "2 0 6 0 2");
        row("an open tag is text", ChatCompletions, chat(message("user", "<context>abc")), "0 0 0 0 3");
        row("Anthropic", Messages,
            "{'messages':[{'role':'user','content':'" + t8 +
                "'},{'role':'assistant','content':[{'type':'thinking',"
                "'thinking':'" +
                t8 + "','signature':'zzzzzzzzzzzzzzzzzzzz'},{'type':'tool_use','id':'i','name':'n','input':" +
                tool +
                "}]},{'role':'user','content':[{'type':'tool_result','tool_use_id':'i','content':[{'type':'"
                "text','text':'" +
                t8 + "'}]}]}],'system':[{'type':'text','text':'" + t8 +
                "','cache_control':{'type':'ephemeral'}}],'tools':[" + tool + "]}",
            "2 5 2 7 2");
        row("Anthropic documents", Messages,
            "{'messages':[{'role':'user','content':[{'type':'document','source':{'type':'text','media_type':'"
            "text/plain',"
            "'data':'" +
                t8 +
                "'},'title':'abcd'},{'type':'document','source':{'type':'base64','data':'AAAAAAAA'}},"
                "{'type':'search_result','source':'u','title':'abcd','content':[{'type':'text','text':'" +
                t8 +
                "'}]},"
                "{'type':'text','text':'" +
                t8 + "'}]}]}",
            "0 0 6 0 2");
        row("Responses, string", Responses, "{'instructions':'" + t8 + "','input':'" + t8 + "'}",
            "2 0 0 0 2");
        row("Responses, items", Responses,
            "{'input':[{'role':'user','content':[{'type':'input_text','text':'" + t8 +
                "'},{'type':'input_file','file_data':"
                "'AAAA'}]},{'type':'reasoning','summary':[{'type':'summary_text','text':'" +
                t8 +
                "'}]},{'type':'function_call',"
                "'arguments':'" +
                t8 + "'},{'type':'function_call_output','call_id':'c','output':'" + t8 + "'}]}",
            "0 0 2 4 2");
        row("completions", Completions, "{'prompt':'" + t8 + "'}", "0 0 0 0 2");
        row("completions, several", Completions, "{'prompt':['" + t8 + "','" + t8 + "']}", "0 0 0 0 4");
        row("embeddings", OpenAiEmbeddings, "{'input':['" + t8 + "','" + t8 + "']}", "0 0 0 0 4");
        row("embeddings of tokens", OpenAiEmbeddings, "{'input':[[1234,5678],[4321]]}", "0 0 0 0 3");
        row("Gemini", GenerateContent,
            "{'systemInstruction':{'parts':[{'text':'" + t8 +
                "'}]},'contents':[{'role':'user','parts':[{'text':'" + t8 +
                "'}]},{'role':'model','parts':[{'functionCall':" + tool +
                "}]},{'role':'function','parts':[{"
                "'functionResponse':" +
                tool + "}]}],'tools':[" + tool + "]}",
            "2 5 5 5 2");
        row("Gemini, no role", GenerateContent, "{'contents':{'parts':{'text':'" + t8 + "'}}}", "0 0 0 0 2");
        row("Gemini data", GenerateContent,
            "{'contents':[{'parts':[{'inlineData':{'mimeType':'image/png','data':'AAAAAAAAAA'}},{'text':'" +
                t8 + "'}]}]}",
            "0 0 0 0 2");
        row("Gemini embedding", EmbedContent, "{'content':{'parts':[{'text':'" + t8 + "'}]}}", "0 0 0 0 2");
        row("Gemini embeddings", EmbedContent,
            "{'requests':[{'content':{'parts':[{'text':'" + t8 + "'}]}},{'content':{'parts':[{'text':'" + t8 +
                "'}]}}]}",
            "0 0 0 0 4");
    }
    void segmentsAreToldApart()
    {
        QFETCH(EndpointKind, kind);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, expected);
        const RequestFacts read = facts(body, kind);
        QCOMPARE(tokens(read.anatomy), expected);
        for (const auto &segment : read.anatomy.segments)
            QVERIFY(segment.tokens == 0 || segment.hash != 0);
        int sum = 0;
        for (const auto &segment : read.anatomy.segments)
            sum += segment.tokens;
        // Each segment is rounded up by itself.
        QVERIFY(sum * 4 >= read.promptTextBytes && sum * 4 < read.promptTextBytes + 4 * 5);
        QCOMPARE(std::int64_t{read.anatomy.prefix.back().tokens}, (read.promptTextBytes + 3) / 4);
    }

    void hashesFollowTheTextAndTheKey()
    {
        const RequestFacts one = facts(chat(message("system", "s") + "," + message("user", "abc")));
        const RequestFacts same = facts("{ 'messages' : [ {'content':'s','role':'system'} ,\n "
                                        "{'role':'user','content':'\\u0061bc'} ],'temperature':1}");
        QVERIFY(one.anatomy == same.anatomy);
        const RequestFacts other = facts(chat(message("system", "s") + "," + message("user", "abd")));
        QVERIFY(one.anatomy[PromptSegment::System] == other.anatomy[PromptSegment::System]);
        QVERIFY(one.anatomy[PromptSegment::User].hash != other.anatomy[PromptSegment::User].hash);
        AnatomyKey otherKey = key;
        otherKey[0] ^= 1;
        const auto keyed =
            readBody({.kind = EndpointKind::Completions, .model = {}}, "{\"prompt\":\"abc\"}", otherKey);
        QVERIFY(keyed->anatomy[PromptSegment::User].hash !=
                facts("{'prompt':'abc'}", EndpointKind::Completions).anatomy[PromptSegment::User].hash);
    }

    void imagesChangeHashesButNotTokens()
    {
        const auto with = [](const char *data) {
            return facts(
                       chat(QByteArray("{'role':'user','content':[{'type':'image_url','image_url':{'url':'") +
                            data + "'}}]}"))
                .anatomy[PromptSegment::User];
        };
        QVERIFY(with("AAAA").hash != with("AAAB").hash);
        QCOMPARE(with("AAAA").tokens, 0);
    }

    void prefixesAreEqualUpToWherePromptsPart()
    {
        const QByteArray base(20000, 'x');
        const auto anatomyOf = [&](const QByteArray &end) {
            return facts(chat(message("system", base + end) + "," + message("user", "question"))).anatomy;
        };
        const PromptAnatomy a = anatomyOf("timestamp 1");
        const PromptAnatomy b = anatomyOf("timestamp 2");
        std::size_t common = 0;
        while (common < a.prefix.size() && a.prefix[common] == b.prefix[common])
            ++common;
        QCOMPARE(common, std::size_t{4}); // four whole blocks of 4 KiB in 20,000 bytes
        QCOMPARE(a.prefix[common - 1].tokens, 4096);
        QCOMPARE(a.prefix.size(), std::size_t{6}); // the fifth block and the user's message
        QVERIFY(a.prefix.back().hash != b.prefix.back().hash);
    }

    void toolsComeFirstWhereverTheJsonHasThem()
    {
        const QByteArray tools = "'tools':[{'name':'t'}]";
        const QByteArray messages = "'messages':[" + message("user", "abc") + "]";
        QVERIFY(facts("{" + tools + "," + messages + "}").anatomy ==
                facts("{" + messages + "," + tools + "}").anatomy);
    }

    void marksAreBoundedAndComparable()
    {
        QByteArray few, many;
        for (int i = 0; i < 1000; ++i) {
            const QByteArray next =
                (i ? "," : "") + message(i % 2 ? "assistant" : "user", QByteArray::number(i));
            many += next;
            if (i < 900)
                few += next;
        }
        const PromptAnatomy shorter = facts(chat(few)).anatomy;
        const PromptAnatomy longer = facts(chat(many)).anatomy;
        QVERIFY(longer.prefix.size() <= 65 && longer.prefix.size() > 32);
        int common = 0;
        for (const auto &mark : shorter.prefix)
            common += static_cast<int>(std::count(longer.prefix.begin(), longer.prefix.end(), mark));
        QVERIFY2(common >= static_cast<int>(shorter.prefix.size()) - 1, qPrintable(QString::number(common)));
    }

    void aKeyThatComesTwiceCountsTheLastTime()
    {
        const RequestFacts twice =
            facts("{'messages':[" + message("user", "a") + "],'messages':[" + message("user", "b") + "]}");
        QVERIFY(twice.anatomy == facts(chat(message("user", "b"))).anatomy);
    }

    void deepNestingIsCutNotFollowed()
    {
        const QByteArray deep = QByteArray(900, '[') + QByteArray(900, ']');
        QVERIFY(readBody({.kind = EndpointKind::ChatCompletions, .model = {}},
                         "{\"messages\":[{\"role\":\"user\",\"content\":" + deep.toStdString() + "}]}", key)
                    .ok());
    }

    void aBodyOf32MiBIsReadInOnePass()
    {
        const std::string body = "{\"messages\":[{\"role\":\"user\",\"content\":\"" +
                                 std::string(std::size_t{32} << 20, 'x') + "\"}]}";
        const auto read = readBody({.kind = EndpointKind::ChatCompletions, .model = {}}, body, key);
        QVERIFY(read.ok());
        QCOMPARE(read->promptTextBytes, std::int64_t{32} << 20);
        QCOMPARE(read->anatomy.prefix.back().tokens, 8 << 20);
    }

    void retrievedTextIsCutOutWhereverItStands_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("split");
        const auto row = [](const char *text, const char *split) {
            QTest::newRow(text) << QByteArray(text) << QByteArray(split);
        };
        row("1234<context>1</context>5678", "0 0 5 0 2");
        row("<documents></documents><context></context>", "0 0 11 0 0");
        row("<context></context><context></context>1234", "0 0 10 0 1");
        row("<context><documents>1</documents></context>", "0 0 11 0 0");
        row("<documents><context></documents>1234</context>", "0 0 8 0 4");
        row("<context>never closed <documents></documents>", "0 0 6 0 6");
        row("</context><context>", "0 0 0 0 5");
    }
    void retrievedTextIsCutOutWhereverItStands()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, split);
        QCOMPARE(tokens(facts(chat(message("user", text))).anatomy), split);
    }

    void whateverABodyHoldsIsReadInTimeThatGrowsWithIt_data()
    {
        QTest::addColumn<QByteArray>("body");
        const auto text = [](const QByteArray &repeated) {
            return chat(message("user", repeated.repeated((2 << 20) / repeated.size())));
        };
        QTest::newRow("contexts") << text("<context></context>");
        QTest::newRow("documents") << text("<documents></documents>");
        QTest::newRow("both") << text("<documents></documents><context></context>");
        QTest::newRow("openings") << text("<context>");
        QTest::newRow("closings") << text("</context>");
        QTest::newRow("openings of both") << text("<context><documents>");
        QTest::newRow("one inside the other") << chat(message(
            "user", QByteArray("<context>").repeated(100'000) + QByteArray("</context>").repeated(100'000)));
        QTest::newRow("a closing far away")
            << chat(message("user", QByteArray("<documents>").repeated(90'000) +
                                        QByteArray("<context></context>").repeated(50'000) + "</documents>"));
        QTest::newRow("deep arrays") << chat(QByteArray("[").repeated(1 << 20));
        QTest::newRow("deep parts") << chat(
            "{'role':'user','content':" + QByteArray("[{'content':").repeated(100'000) + "1");
        QTest::newRow("tiny messages") << chat(QByteArray("{},").repeated(700'000) + "{}");
        QTest::newRow("tiny texts") << chat(QByteArray("'',").repeated(700'000) + "''");
        QTest::newRow("one member many times")
            << "{" + QByteArray("'messages':[{'content':'a'}],").repeated(70'000) + "'model':'m'}";
        QTest::newRow("one message of many members")
            << chat("{" + QByteArray("'content':'a',").repeated(140'000) + "'role':'user'}");
        QTest::newRow("many types") << chat(
            "{'content':[" + QByteArray("{'type':'text','text':'a'},").repeated(80'000) + "{}]}");
    }
    void whateverABodyHoldsIsReadInTimeThatGrowsWithIt()
    {
        QFETCH(QByteArray, body);
        const std::string text = body.replace('\'', '"').toStdString();
        QElapsedTimer timer;
        timer.start();
        (void)readBody({.kind = EndpointKind::ChatCompletions, .model = {}}, text, key);
        QVERIFY2(timer.elapsed() < atMostMs, qPrintable(QString::number(timer.elapsed()) + " ms"));
    }

    void withoutTokensModelAndTagsAreReadAlone_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("read");
        QTest::newRow("an image") << QByteArray(R"( {"model":"gpt-image-1","user":"u","prompt":"a cat",)"
                                                R"("metadata":{"workflow":"w"}})")
                                  << true;
        QTest::newRow("a form") << QByteArray("--boundary\r\n") << false;
        QTest::newRow("lines") << QByteArray("[]") << false;
        QTest::newRow("nothing") << QByteArray() << false;
    }
    void withoutTokensModelAndTagsAreReadAlone()
    {
        QFETCH(QByteArray, body);
        QFETCH(bool, read);
        for (const EndpointKind kind : {EndpointKind::Other, EndpointKind::Batch}) {
            const Endpoint endpoint{.kind = kind, .model = {}};
            const auto result = readBody(endpoint, body.toStdString(), key);
            QVERIFY(result.ok());
            QCOMPARE(result->model, std::string(read ? "gpt-image-1" : ""));
            QCOMPARE(result->user, std::string(read ? "u" : ""));
            QCOMPARE(result->workflow, std::string(read ? "w" : ""));
            QCOMPARE(result->promptTextBytes, std::int64_t(0));
            QVERIFY(result->anatomy == PromptAnatomy());
            QCOMPARE(isWorthReading(endpoint, body.toStdString()), !body.isEmpty());
            QVERIFY(!isWorthReading(endpoint, std::string(9 << 20, ' ')));
        }
    }
};

QTEST_GUILESS_MAIN(TestRequestFacts)
#include "tst_request_facts.moc"
