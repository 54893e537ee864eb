// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/RequestRouting.h"

#include <QTest>

using namespace farthing;

namespace {

/// The three built-in upstreams at addresses of their own, and one of each shape that users add.
Config someUpstreams()
{
    Config config = defaultConfig();
    config.upstreams["openai"].baseUrl = "https://o.test/v1";
    config.upstreams["anthropic"].baseUrl = "https://a.test";
    config.upstreams["gemini"].baseUrl = "https://g.test";
    config.upstreams["router"] = {"router", "https://r.test/api/v1", Wire::OpenAi};
    config.upstreams["plain"] = {"plain", "http://p.test:11434", Wire::OpenAi};
    config.upstreams["twice a"] = {"twice a", "https://twice.test/a", Wire::OpenAi};
    config.upstreams["twice b"] = {"twice b", "https://twice.test/b", Wire::Anthropic};
    config.upstreams["claude two"] = {"claude two", "https://c.test/base", Wire::Anthropic};
    return config;
}

HeaderList headersFrom(const QByteArrayList &names)
{
    HeaderList headers;
    for (const QByteArray &name : names)
        headers.push_back({name.toStdString(), "some value"});
    return headers;
}

} // namespace

class TestRequestRouting : public QObject
{
    Q_OBJECT

private slots:
    void leadsToAnUpstream_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArrayList>("headers");
        QTest::addColumn<QByteArray>("upstream");
        QTest::addColumn<QByteArray>("url");
        QTest::addColumn<QByteArray>("workflow");
        const auto row = [](const char *name, const char *target, const QByteArrayList &headers,
                            const char *upstream, const char *url, const char *workflow = "") {
            QTest::newRow(name) << QByteArray(target) << headers << QByteArray(upstream) << QByteArray(url)
                                << QByteArray(workflow);
        };
        row("chat", "/v1/chat/completions", {}, "openai", "https://o.test/v1/chat/completions");
        row("without the version", "/chat/completions", {}, "openai", "https://o.test/v1/chat/completions");
        row("a version that only begins alike", "/v10/chat/completions", {}, "openai",
            "https://o.test/v1/v10/chat/completions");
        row("only the version", "/v1", {}, "openai", "https://o.test/v1");
        row("query", "/v1/models?limit=2&after=%2Fx", {}, "openai",
            "https://o.test/v1/models?limit=2&after=%2Fx");
        row("empty query", "/v1/models?", {}, "openai", "https://o.test/v1/models?");
        row("two question marks", "/v1/models?a=?b", {}, "openai", "https://o.test/v1/models?a=?b");
        row("escapes stay as they came", "/v1/files/a%2fb%20c/content", {}, "openai",
            "https://o.test/v1/files/a%2fb%20c/content");
        row("root", "/", {}, "openai", "https://o.test/v1/");

        row("messages", "/v1/messages", {}, "anthropic", "https://a.test/v1/messages");
        row("count_tokens", "/v1/messages/count_tokens?beta=true", {}, "anthropic",
            "https://a.test/v1/messages/count_tokens?beta=true");
        row("models with Anthropic's version", "/v1/models", {"Anthropic-Version"}, "anthropic",
            "https://a.test/v1/models");
        row("models with x-api-key", "/v1/models", {"X-API-Key"}, "anthropic", "https://a.test/v1/models");
        row("models with a bearer token", "/v1/models", {"Authorization"}, "openai",
            "https://o.test/v1/models");

        row("gemini", "/v1beta/models/gemini-2.5-pro:generateContent", {}, "gemini",
            "https://g.test/v1beta/models/gemini-2.5-pro:generateContent");
        row("gemini's stable version", "/v1/models/gemini-2.5-pro:generateContent", {}, "gemini",
            "https://g.test/v1/models/gemini-2.5-pro:generateContent");
        row("a fine-tuned model is not gemini's", "/v1/models/ft:gpt-4o-mini:acme::abc", {}, "openai",
            "https://o.test/v1/models/ft:gpt-4o-mini:acme::abc");
        row("a fine-tuned model with a step", "/v1/models/ft:gpt-4o-mini:acme:generateContent:ckpt-step-90",
            {"Authorization"}, "openai",
            "https://o.test/v1/models/ft:gpt-4o-mini:acme:generateContent:ckpt-step-90");
        row("gemini's tuned model with a colon", "/v1/models/a:b:streamGenerateContent", {}, "gemini",
            "https://g.test/v1/models/a:b:streamGenerateContent");
        row("an OpenAI model by name", "/v1/models/gpt-4o", {}, "openai", "https://o.test/v1/models/gpt-4o");
        row("gemini's uploads", "/upload/v1beta/files", {}, "gemini", "https://g.test/upload/v1beta/files");
        row("gemini's key in a header", "/v1/models", {"x-goog-api-key"}, "gemini",
            "https://g.test/v1/models");
        row("gemini's key first in the query", "/v1/models?key=k", {}, "gemini",
            "https://g.test/v1/models?key=k");
        row("gemini's key later in the query", "/v1/models?a=b&key=k", {}, "gemini",
            "https://g.test/v1/models?a=b&key=k");
        row("a parameter that ends like a key", "/v1/models?monkey=k", {}, "openai",
            "https://o.test/v1/models?monkey=k");

        for (const char *path : {"chat/completions", "completions", "responses", "responses/r/input_items",
                                 "embeddings", "audio/speech", "vector_stores/v/files", "batches/b/cancel"})
            for (const char *version : {"/v1/", "/"})
                for (const char *hint : {"x-api-key", "anthropic-version", "x-goog-api-key"})
                    row((std::string(version) + path + " with " + hint).c_str(),
                        (std::string(version) + path).c_str(), {hint}, "openai",
                        (std::string("https://o.test/v1/") + path).c_str());
        row("chat with a key in the query", "/v1/chat/completions?key=k", {}, "openai",
            "https://o.test/v1/chat/completions?key=k");
        row("files of Anthropic's", "/v1/files", {"anthropic-version"}, "anthropic",
            "https://a.test/v1/files");
        row("files of OpenAI's", "/v1/files", {"Authorization"}, "openai", "https://o.test/v1/files");
        row("a path that only begins alike", "/v1/chats", {"x-api-key"}, "anthropic",
            "https://a.test/v1/chats");

        row("workflow", "/w/summarise/v1/chat/completions", {}, "openai",
            "https://o.test/v1/chat/completions", "summarise");
        row("workflow, escaped", "/w/month%20end%2F1/v1/messages", {}, "anthropic",
            "https://a.test/v1/messages", "month end/1");
        row("workflow and nothing else", "/w/tag", {}, "openai", "https://o.test/v1/", "tag");
        row("an empty workflow tags nothing", "/w//v1/models", {}, "openai", "https://o.test/v1/models");
        row("an empty workflow and a name", "/w//up/router/v1/models", {}, "router",
            "https://r.test/api/v1/models");

        row("named", "/up/router/v1/chat/completions", {}, "router",
            "https://r.test/api/v1/chat/completions");
        row("named, without the version", "/up/router/chat/completions", {}, "router",
            "https://r.test/api/v1/chat/completions");
        row("named, a base without a version", "/up/plain/v1/chat/completions", {}, "plain",
            "http://p.test:11434/v1/chat/completions");
        row("named, escaped", "/up/claude%20two/v1/messages", {}, "claude two",
            "https://c.test/base/v1/messages");
        row("named against the path's shape", "/up/plain/v1/messages", {}, "plain",
            "http://p.test:11434/v1/messages");
        row("named against the headers", "/up/openai/v1/models", {"anthropic-version"}, "openai",
            "https://o.test/v1/models");
        row("an upstream's own URL", "http://r.test/api/v1/chat/completions?a=b", {}, "router",
            "https://r.test/api/v1/chat/completions?a=b");
        row("a path of that host beside the base", "http://r.test/other%2F", {}, "router",
            "https://r.test/other%2F");
        row("two upstreams at one host", "http://twice.test/b/v1/messages", {}, "twice b",
            "https://twice.test/b/v1/messages");
        row("two upstreams at one host, neither's path", "http://twice.test/c", {}, "twice a",
            "https://twice.test/c");
        row("that host and nothing else", "http://r.test", {}, "router", "https://r.test/");
        row("a port that is not the default", "http://P.test:11434/api/chat", {}, "plain",
            "http://p.test:11434/api/chat");
        row("named in a workflow", "/w/tag/up/router/v1/models", {}, "router", "https://r.test/api/v1/models",
            "tag");
    }
    void leadsToAnUpstream()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArrayList, headers);
        QFETCH(QByteArray, upstream);
        QFETCH(QByteArray, url);
        QFETCH(QByteArray, workflow);
        const auto routed = routeRequest(someUpstreams(), "POST", target.toStdString(), headersFrom(headers));
        QVERIFY2(routed, routed ? "" : routed.error().message.c_str());
        QCOMPARE(QByteArray::fromStdString(routed->upstream.name), upstream);
        QCOMPARE(QByteArray::fromStdString(routed->url), url);
        QCOMPARE(QByteArray::fromStdString(routed->workflow), workflow);
    }

    void classifiesByTheUpstreamsWire_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<EndpointKind>("kind");
        QTest::newRow("openai") << QByteArray("/w/x/v1/chat/completions?a=b")
                                << EndpointKind::ChatCompletions;
        QTest::newRow("compatible") << QByteArray("/up/router/chat/completions")
                                    << EndpointKind::ChatCompletions;
        QTest::newRow("anthropic, named")
            << QByteArray("/up/claude%20two/v1/messages") << EndpointKind::Messages;
        QTest::newRow("Anthropic's messages beside OpenAI's wire")
            << QByteArray("/up/plain/v1/messages") << EndpointKind::Messages;
        QTest::newRow("another wire's path")
            << QByteArray("/up/plain/v1beta/models/m:generateContent") << EndpointKind::Unmetered;
        QTest::newRow("unknown") << QByteArray("/v1/moderations") << EndpointKind::Other;
    }
    void classifiesByTheUpstreamsWire()
    {
        QFETCH(QByteArray, target);
        QFETCH(EndpointKind, kind);
        const auto routed = routeRequest(someUpstreams(), "POST", target.toStdString(), {});
        QVERIFY(routed);
        QCOMPARE(routed->endpoint.kind, kind);
    }

    void refusesUnknownNames_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("named");
        QTest::newRow("unknown") << QByteArray("/up/nobody/v1/models") << QByteArray("'nobody'");
        QTest::newRow("none") << QByteArray("/up//v1/models") << QByteArray("''");
        QTest::newRow("case matters") << QByteArray("/up/OpenAI/v1/models") << QByteArray("'OpenAI'");
        QTest::newRow("a host is no name")
            << QByteArray("/up/evil.test%2Fv1/models") << QByteArray("'evil.test/v1'");
    }
    void refusesUnknownNames()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, named);
        const auto routed = routeRequest(someUpstreams(), "POST", target.toStdString(), {});
        QVERIFY(!routed);
        QVERIFY2(routed.error().message.find(named.toStdString()) != std::string::npos,
                 routed.error().message.c_str());
    }

    void theWorkflowsPrefixIsKeptAsItCame_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("prefix");
        QTest::newRow("none") << QByteArray("/v1/models") << QByteArray();
        QTest::newRow("plain") << QByteArray("/w/a/v1/models?b") << QByteArray("/w/a");
        QTest::newRow("escaped") << QByteArray("/w/a%2F%20b/up/router/v1/models")
                                 << QByteArray("/w/a%2F%20b");
        QTest::newRow("nothing behind it") << QByteArray("/w/a") << QByteArray("/w/a");
        QTest::newRow("empty") << QByteArray("/w//v1/models") << QByteArray();
    }
    void theWorkflowsPrefixIsKeptAsItCame()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, prefix);
        const auto routed = routeRequest(someUpstreams(), "GET", target.toStdString(), {});
        QVERIFY(routed);
        QCOMPARE(QByteArray::fromStdString(routed->workflowPrefix), prefix);
    }

    void linksLeadToTheClientsAddress_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<QByteArray>("address");
        QTest::newRow("name") << QByteArray("localhost:4141") << QByteArray("localhost:4141");
        QTest::newRow("IPv6") << QByteArray("[::1]:9") << QByteArray("[::1]:9");
        QTest::newRow("none") << QByteArray() << QByteArray("127.0.0.1:4141");
        QTest::newRow("a quote") << QByteArray("a\"b") << QByteArray("127.0.0.1:4141");
        QTest::newRow("a path") << QByteArray("a/b") << QByteArray("127.0.0.1:4141");
    }
    void linksLeadToTheClientsAddress()
    {
        QFETCH(QByteArray, host);
        QFETCH(QByteArray, address);
        HeaderList headers;
        if (!host.isNull())
            headers.push_back({"Host", host.toStdString()});
        const auto found = addressForClient(headers, "127.0.0.1:4141");
        QCOMPARE(QByteArray::fromStdString(std::string(found)), address);
    }
};

QTEST_GUILESS_MAIN(TestRequestRouting)
#include "tst_request_routing.moc"
