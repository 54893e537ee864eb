// SPDX-License-Identifier: GPL-3.0-or-later
// Upstreams that host models of several makers, through the built proxy: Bedrock's signatures and streams,
// Azure, Vertex AI, Cohere and Ollama.
#include "core/providers/AwsMessage.h"
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/SigV4.h"
#include "integration/proxy/StubUpstream.h"

#include <QTest>

using namespace farthing;

namespace {

constexpr const char *awsType = "application/vnd.amazon.eventstream";
constexpr const char *mismatch = "{\"message\":\"The request signature we calculated does not match\"}";

std::string json(QByteArray text)
{
    return text.replace('\'', '"').toStdString();
}

SignedParts partsOf(const HttpMessage &request)
{
    const std::size_t target = request.startLine.find(' ') + 1;
    return {request.startLine.substr(0, target - 1),
            request.startLine.substr(target, request.startLine.rfind(' ') - target), request.headers,
            request.body};
}

/// As an SDK sends it: signed for `host` and `path`, then to `target`.
std::string signedPost(const std::string &target, const std::string &host, const std::string &path,
                       const std::string &body, const std::string &unsignedHeaders = {})
{
    SignedParts parts{"POST",
                      path,
                      {{"content-type", "application/json"},
                       {"host", host},
                       {"x-amz-date", "20261126T041200Z"},
                       {"x-amz-security-token", "session/token+with=signs=="},
                       {"amz-sdk-invocation-id", "8c7f"}},
                      body};
    const std::string authorization =
        signV4(parts, "amz-sdk-invocation-id;content-type;host;x-amz-date;x-amz-security-token");
    std::string request = "POST " + target + " HTTP/1.1\r\n";
    request += "Host: " + (target.starts_with('/') ? std::string("127.0.0.1") : host) + "\r\n";
    parts.headers.erase("host");
    for (const auto &[name, value] : parts.headers)
        request += name + ": " + value + "\r\n";
    return request + "Authorization: " + authorization + "\r\n" + unsignedHeaders +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string post(const std::string &target, const std::string &body)
{
    return "POST " + target +
           " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

} // namespace

class TestProxyHosts : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_verified = false;
        m_seen = {};
        m_upstream = std::make_unique<StubUpstream>([this](const HttpMessage &request) {
            m_seen = partsOf(request);
            m_verified = verifiesV4(m_seen);
            if (m_seen.headers.contains("authorization") && !m_verified)
                return StubUpstream::plain(403, "application/json", mismatch);
            return m_reply;
        });
        m_proxy = std::make_unique<FarthingdProcess>();
        const std::string base = "{\"base_url\":\"http://localhost:" + std::to_string(m_upstream->port());
        m_proxy->writeConfig(QByteArray::fromStdString(
            "{\"upstreams\":{\"bedrock\":{\"base_url\":\"" + m_upstream->url() +
            "\",\"wire\":\"bedrock\"},\"cohere\":" + base + "\",\"wire\":\"cohere\"},\"azure\":" + base +
            "\",\"wire\":\"openai\"},\"ollama\":" + base + "\",\"wire\":\"openai\"},\"vertex\":" + base +
            "\",\"wire\":\"gemini\"}}}"));
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
    }
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

    /// As Amazon's own signer makes it of these parts.
    void signaturesAreAmazons()
    {
        SignedParts parts{"POST",
                          "/model/us.amazon.nova-lite-v1%3A0/converse",
                          {{"content-type", "application/json"},
                           {"host", "bedrock-runtime.us-east-1.amazonaws.com"},
                           {"x-amz-date", "20261126T041200Z"}},
                          "{\"messages\":[]}"};
        parts.headers["authorization"] = signV4(parts, "content-type;host;x-amz-date");
        QVERIFY(parts.headers["authorization"].ends_with(
            "Signature=40d1a4cbe17b7e6346ea6baa3dfb4bfa5a83a94ab92d1640cfc997be4875df3a"));
        QVERIFY(verifiesV4(parts));
        parts.body += ' ';
        QVERIFY(!verifiesV4(parts));
    }

    void aSignatureForTheUpstreamArrivesWhole_data()
    {
        QTest::addColumn<bool>("asProxy");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("unsignedHeaders");
        QTest::addColumn<QByteArray>("body");
        const QByteArray converse =
            "{\"messages\": [{\"role\":\"user\",\"content\":[{\"text\":\"h\\u00e9\"}]}]  }";
        const QByteArray id = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse";
        QTest::newRow("an id, encoded") << false << id << QByteArray() << converse;
        QTest::newRow("an id with its colon")
            << false << QByteArray("/model/amazon.nova-lite-v1:0/converse") << QByteArray() << converse;
        QTest::newRow("an ARN") << false
                                << QByteArray("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A012345678901%3A"
                                              "inference-profile%2Fus.amazon.nova-lite-v1%3A0/converse")
                                << QByteArray() << converse;
        QTest::newRow("tags that are not signed")
            << false << id << QByteArray("X-Farthing-Workflow: w\r\nConnection: keep-alive\r\n") << converse;
        QTest::newRow("as an HTTP proxy") << true << id << QByteArray() << converse;
        QTest::newRow("OpenAI's stream is not made to report usage, for that would change the body")
            << false << QByteArray("/openai/v1/chat/completions") << QByteArray()
            << QByteArray("{\"model\":\"openai.gpt-oss-120b-1:0\",\"stream\":true,\"messages\":[]}");
    }
    void aSignatureForTheUpstreamArrivesWhole()
    {
        QFETCH(bool, asProxy);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, unsignedHeaders);
        QFETCH(QByteArray, body);
        m_reply = StubUpstream::plain(
            200, "application/json",
            json(
                "{'output':{'message':{'content':[{'text':'x'}]}},'usage':{'inputTokens':10,'outputTokens':5,"
                "'prompt_tokens':10,'completion_tokens':5}}"));
        const std::string host = m_upstream->url().substr(7);
        const std::string target = (asProxy ? m_upstream->url() : "/up/bedrock") + path.toStdString();
        const auto reply =
            exchange(m_proxy->port(), signedPost(target, host, path.toStdString(), body.toStdString(),
                                                 unsignedHeaders.toStdString()));
        QCOMPARE(reply.status(), 200);
        QVERIFY(m_verified);
        QCOMPARE(m_seen.headers["host"], host);
        QCOMPARE(m_seen.target, path.toStdString());
        QVERIFY(!m_seen.headers.contains("x-farthing-workflow"));
        QVERIFY(m_proxy->stop());
        const CostEvent event = m_proxy->events().at(0);
        QCOMPARE(event.provider, std::string("bedrock"));
        QCOMPARE(event.usage, (TokenUsage{.input = 10, .output = 5}));
        QCOMPARE(event.workflow, std::string(unsignedHeaders.isEmpty() ? "untagged" : "w"));
    }

    /// An SDK whose endpoint is this proxy signs this proxy's host and path, which the service never sees.
    void aSignatureForThisProxyIsRefusedByTheService()
    {
        const std::string path = "/model/amazon.nova-lite-v1%3A0/converse";
        const std::string own = "127.0.0.1:" + std::to_string(m_proxy->port());
        const auto reply =
            exchange(m_proxy->port(), signedPost("/up/bedrock" + path, own, "/up/bedrock" + path, "{}"));
        QCOMPARE(reply.status(), 403);
        QCOMPARE(reply.body, std::string(mismatch));
        QVERIFY(m_proxy->stop());
        const CostEvent event = m_proxy->events().at(0);
        QCOMPARE(event.status, 403);
        QVERIFY2(event.error.starts_with("The request signature"), event.error.c_str());
        QVERIFY(event.usageSource == UsageSource::None);
    }

    void urlsOfOtherHostsAreNotServed()
    {
        const auto reply = exchange(m_proxy->port(), signedPost("http://other.test/model/m/converse",
                                                                "other.test", "/model/m/converse", "{}"));
        QCOMPARE(reply.status(), 403);
        QVERIFY(reply.body.find("other.test") != std::string::npos);
        QCOMPARE(m_upstream->received(), 0);
    }

    void streamsAreRelayedAsTheyAreAndMetered_data()
    {
        QTest::addColumn<QByteArray>("end");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("error");
        const std::string metadata =
            awsEvent("metadata", json("{'metrics':{},'usage':{'inputTokens':10,'outputTokens':5}}"));
        QTest::newRow("whole") << QByteArray::fromStdString(metadata) << 200 << QByteArray();
        std::string damaged = metadata;
        damaged[damaged.size() - 8] ^= 1;
        QTest::newRow("a wrong checksum")
            << QByteArray::fromStdString(damaged) << 599
            << QByteArray("message 3 of the event stream: the checksum is wrong");
        const std::string lengths = bigEndian(0xfffffff0) + bigEndian(0);
        QTest::newRow("an absurd length")
            << QByteArray::fromStdString(lengths + crcOf(lengths) + metadata) << 599
            << QByteArray("message 3 of the event stream: the message is too long");
        QTest::newRow("an exception")
            << QByteArray::fromStdString(awsMessage(
                   {{":message-type", "exception"}, {":exception-type", "modelStreamErrorException"}},
                   json("{'message':'why'}")))
            << 599 << QByteArray("modelStreamErrorException: why");
    }
    void streamsAreRelayedAsTheyAreAndMetered()
    {
        QFETCH(QByteArray, end);
        QFETCH(int, status);
        QFETCH(QByteArray, error);
        const std::string text = awsEvent("contentBlockDelta", json("{'delta':{'text':'one two three'}}"));
        const std::string stream = text + text + end.toStdString();
        std::vector<std::string> pieces;
        for (std::size_t at = 0; at < stream.size(); at += 37)
            pieces.push_back(stream.substr(at, 37));
        m_reply = StubUpstream::chunked(200, awsType, pieces);
        const auto reply = exchange(m_proxy->port(),
                                    post("/up/bedrock/model/us.amazon.nova-lite-v1%3A0/converse-stream",
                                         json("{'messages':[{'role':'user','content':[{'text':'one two three "
                                              "four five six seven eight nine ten'}]}],'requestMetadata':{"
                                              "'workflow':'w'}}")));
        QVERIFY(reply.complete);
        QCOMPARE(reply.body, stream);
        QVERIFY(m_proxy->stop());
        const CostEvent event = m_proxy->events().at(0);
        QCOMPARE(event.status, status);
        QCOMPARE(QByteArray::fromStdString(event.error), error);
        QCOMPARE(event.requestModel, std::string("us.amazon.nova-lite-v1:0"));
        QCOMPARE(event.workflow, std::string("w"));
        QVERIFY(event.stream);
        const bool whole = status == 200;
        QCOMPARE(event.usageSource, whole ? UsageSource::Provider : UsageSource::Estimated);
        QVERIFY(event.usage.output > 0 && (!whole || event.usage == TokenUsage{.input = 10, .output = 5}));
        QVERIFY2(event.priced, "Nova has a price of Bedrock's");
    }

    void hostsAreMetered_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("reply");
        QTest::addColumn<QByteArray>(
            "event"); ///< endpoint, request model, response model, stream, input, output
        const auto row = [](const char *name, const char *target, const char *request, const char *type,
                            const char *reply, const char *event) {
            QTest::newRow(name) << QByteArray(target) << QByteArray(request) << QByteArray(type)
                                << QByteArray(reply) << QByteArray(event);
        };
        const char *const body = "application/json";
        row("Azure: the deployment is not the model",
            "/up/azure/openai/deployments/prod-chat/chat/completions?api-version=2024-10-21",
            "{'messages':[]}", body,
            "{'model':'gpt-4o-2024-11-20','choices':[],'usage':{'prompt_tokens':10,'completion_tokens':5}}",
            "chat prod-chat gpt-4o-2024-11-20 0 10 5 priced");
        row("Azure's version 1", "/up/azure/openai/v1/responses", "{'model':'prod','input':'x'}", body,
            "{'id':'r','status':'completed','model':'gpt-4o','usage':{'input_tokens':10,'output_tokens':5}}",
            "chat prod gpt-4o 0 10 5 priced");
        row("Azure's embeddings", "/up/azure/openai/deployments/e/embeddings?api-version=2024-10-21",
            "{'input':'x'}", body, "{'model':'text-embedding-3-small','usage':{'prompt_tokens':10}}",
            "embeddings e text-embedding-3-small 0 10 0 priced");
        row("Vertex AI's Claude",
            "/up/vertex/v1/projects/p/locations/global/publishers/anthropic/models/"
            "claude-sonnet-4-5@20250929:streamRawPredict",
            "{'anthropic_version':'vertex-2023-10-16','stream':true,'messages':[]}", "text/event-stream",
            "data: {'type':'message_start','message':{'model':'claude-sonnet-4-5-20250929','usage':{"
            "'input_tokens':10,'output_tokens':1}}}\n\ndata: {'type':'message_delta','usage':{"
            "'output_tokens':5}}\n\ndata: {'type':'message_stop'}\n\n",
            "chat claude-sonnet-4-5@20250929 claude-sonnet-4-5-20250929 1 10 5 priced");
        row("Vertex AI's Gemini",
            "/up/vertex/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-flash:generateContent",
            "{'contents':[]}", body,
            "{'modelVersion':'gemini-2.5-flash','usageMetadata':{'promptTokenCount':10,"
            "'candidatesTokenCount':5}}",
            "generate_content gemini-2.5-flash gemini-2.5-flash 0 10 5 priced");
        row("Ollama streams without being asked", "/up/ollama/api/chat", "{'model':'llama3.2','messages':[]}",
            "application/x-ndjson",
            "{'model':'llama3.2','message':{'content':'a'},'done':false}\n"
            "{'model':'llama3.2','done':true,'prompt_eval_count':10,'eval_count':5}\n",
            "chat llama3.2 llama3.2 1 10 5 unpriced");
        row("Ollama's generate", "/up/ollama/api/generate",
            "{'model':'llama3.2','prompt':'x','stream':false}", body,
            "{'model':'llama3.2','response':'a','done':true,'prompt_eval_count':10,'eval_count':5}",
            "text_completion llama3.2 llama3.2 0 10 5 unpriced");
        row("Claude Code over an OpenAI upstream", "/up/ollama/v1/messages",
            "{'model':'qwen3','messages':[]}", body,
            "{'type':'message','model':'qwen3','usage':{'input_tokens':10,'output_tokens':5}}",
            "chat qwen3 qwen3 0 10 5 unpriced");
        row("Cohere", "/up/cohere/v2/chat", "{'model':'command-r-08-2024','messages':[]}", body,
            "{'message':{},'usage':{'billed_units':{'input_tokens':10,'output_tokens':5}}}",
            "chat command-r-08-2024  0 10 5 priced");
        row("Cohere's rerank", "/up/cohere/v2/rerank",
            "{'model':'rerank-v3.5','query':'x','documents':['y']}", body,
            "{'results':[],'meta':{'billed_units':{'search_units':3}}}", "rerank rerank-v3.5  0 0 0 priced");
        row("Bedrock's embeddings", "/up/bedrock/model/amazon.titan-embed-text-v2%3A0/invoke",
            "{'inputText':'x'}", body, "{'embedding':[0.5],'inputTextTokenCount':10}",
            "embeddings amazon.titan-embed-text-v2:0  0 10 0 priced");
        row("Bedrock's images", "/up/bedrock/model/amazon.nova-canvas-v1%3A0/invoke", "{}", body,
            "{'images':['AAAA']}", "images amazon.nova-canvas-v1:0  0 0 0 unpriced");
    }
    void hostsAreMetered()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, request);
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, reply);
        QFETCH(QByteArray, event);
        m_reply = StubUpstream::plain(200, type.toStdString(), json(reply));
        const auto answer = exchange(m_proxy->port(), post(target.toStdString(), json(request)));
        QCOMPARE(answer.body, json(reply));
        QCOMPARE(m_seen.target, target.mid(target.indexOf('/', 4)).toStdString());
        QCOMPARE(m_seen.body, json(request));
        QVERIFY(m_proxy->stop());
        const CostEvent e = m_proxy->events().at(0);
        const auto text = [](const std::string &s) { return QByteArray::fromStdString(s); };
        QCOMPARE(text(e.endpoint) + ' ' + text(e.requestModel) + ' ' + text(e.responseModel) + ' ' +
                     QByteArray::number(int(e.stream)) + ' ' + QByteArray::number(qint64(e.usage.input)) +
                     ' ' + QByteArray::number(qint64(e.usage.output)) + (e.priced ? " priced" : " unpriced"),
                 event);
    }

private:
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
    StubUpstream::Reply m_reply;
    SignedParts m_seen;
    bool m_verified = false;
};

QTEST_GUILESS_MAIN(TestProxyHosts)
#include "tst_proxy_hosts.moc"
