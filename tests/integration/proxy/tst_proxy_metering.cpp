// SPDX-License-Identifier: GPL-3.0-or-later
// What the built proxy records of replies that are not as they should be, and of calls that are not metered.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QTest>

using namespace farthing;

namespace {

std::string post(const std::string &target, const std::string &body, const std::string &headers = {})
{
    return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string sse(QByteArray json)
{
    return "data: " + json.replace('\'', '"').toStdString() + "\n\n";
}

} // namespace

class TestProxyMetering : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_upstream = std::make_unique<StubUpstream>([this](const HttpMessage &request) {
            const std::lock_guard lock(m_mutex);
            m_seen = request;
            return m_reply;
        });
        m_proxy = std::make_unique<FarthingdProcess>();
        const std::string base = "{\"base_url\":\"" + m_upstream->url();
        m_proxy->writeConfig(QByteArray::fromStdString(
            "{\"upstreams\":{\"openai\":" + base + "/v1\"},\"gemini\":" + base + "\"},\"anthropic\":" + base +
            "\"},\"strict\":" + base + "/v1\",\"wire\":\"openai\",\"include_usage\":false}}}"));
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
    }
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

    void aKeyThatIsEchoedReachesNoFile_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("header");
        const QByteArray chat = "/v1/chat/completions";
        QTest::newRow("bearer") << chat << QByteArray("Authorization: Bearer key-that-is-secret\r\n");
        QTest::newRow("bare") << chat << QByteArray("Authorization: key-that-is-secret\r\n");
        QTest::newRow("Anthropic") << QByteArray("/v1/messages")
                                   << QByteArray("x-api-key: key-that-is-secret\r\n");
        QTest::newRow("Azure") << chat << QByteArray("api-key: key-that-is-secret\r\n");
        QTest::newRow("not metered") << QByteArray("/v1/files")
                                     << QByteArray("Authorization: Bearer key-that-is-secret\r\n");
        const QByteArray gemini = "/v1beta/models/gemini-2.5-flash:generateContent";
        QTest::newRow("Gemini") << gemini << QByteArray("x-goog-api-key: key-that-is-secret\r\n");
        QTest::newRow("Gemini's query") << gemini + "?key=key-that-is-secret" << QByteArray();
    }
    void aKeyThatIsEchoedReachesNoFile()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, header);
        m_reply =
            StubUpstream::plain(401, "application/json",
                                "{\"error\":{\"message\":\"Incorrect API key provided: key-that-is-secret. " +
                                    std::string(5000, 'p') + "\",\"code\":\"invalid_api_key\"}}");
        const auto reply = exchange(m_proxy->port(), post(target.toStdString(), "{}", header.toStdString()));
        QCOMPARE(reply.status(), 401);
        QVERIFY(reply.body.find("key-that-is-secret") != std::string::npos);
        QVERIFY(m_proxy->stop());
        const CostEvent event = m_proxy->events().at(0);
        QVERIFY2(event.error.starts_with("invalid_api_key: Incorrect API key provided: ***. ppp"),
                 event.error.c_str());
        QVERIFY(event.error.size() <= 300);
        int files = 0;
        QDirIterator folder(QString::fromStdString(m_proxy->dir().lock().parent_path().string()), QDir::Files,
                            QDirIterator::Subdirectories);
        while (folder.hasNext()) {
            QFile file(folder.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY2(!file.readAll().contains("that-is-secret"), qPrintable(file.fileName()));
            ++files;
        }
        QVERIFY(files >= 2);
    }

    void aBackgroundResponseCountsOnceAcrossRestarts_data()
    {
        QTest::addColumn<bool>("killed");
        QTest::addColumn<bool>("blocked");
        QTest::newRow("stopped at once") << false << false;
        QTest::newRow("killed a moment later") << true << false;
        QTest::newRow("killed behind a disk that took nothing for a while") << true << true;
    }
    void aBackgroundResponseCountsOnceAcrossRestarts()
    {
        QFETCH(bool, killed);
        QFETCH(bool, blocked);
        const QString kept = QString::fromStdString(m_proxy->dir().responses().string());
        const auto call = [&](const std::string &request, const char *state, const char *usage) {
            m_reply =
                StubUpstream::plain(200, "application/json",
                                    std::string("{\"id\":\"resp_key-that-is-secret\",\"background\":true,"
                                                "\"model\":\"gpt-4o-2024-11-20\",\"status\":\"") +
                                        state + "\",\"usage\":" + usage + "}");
            return exchange(m_proxy->port(), request).status() == 200;
        };
        /// A folder in the file's place, which no file can take the place of.
        const auto callAndRestart = [&](const auto &...request) {
            QFile::remove(kept);
            if (blocked && !QDir().mkpath(kept + "/in the way"))
                return false;
            if (!call(request...))
                return false;
            if (!killed)
                return m_proxy->stop() && m_proxy->start();
            if (blocked) {
                if (!QTest::qWaitFor([&] { return m_proxy->log().contains("background-responses.json"); }))
                    return false;
                QDir(kept).removeRecursively();
            }
            if (!QTest::qWaitFor([&] { return QFileInfo(kept).isFile(); }))
                return false;
            m_proxy->kill();
            return m_proxy->start();
        };
        const std::string key = "Authorization: Bearer key-that-is-secret\r\n";
        const std::string fetch =
            "GET /v1/responses/resp_key-that-is-secret HTTP/1.1\r\nHost: 127.0.0.1\r\n" + key + "\r\n";
        const char *const usage = "{\"input_tokens\":100,\"output_tokens\":50}";
        QVERIFY2(callAndRestart(post("/v1/responses", "{\"model\":\"gpt-4o\"}",
                                     key + "X-Farthing-Workflow: nightly\r\n"),
                                "queued", "null"),
                 m_proxy->log().constData());
        QVERIFY2(callAndRestart(fetch, "completed", usage), m_proxy->log().constData());
        QFile file(kept);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(!file.readAll().contains("that-is-secret"));
        QVERIFY(call(fetch, "completed", usage));
        QVERIFY(m_proxy->stop());
        const auto events = m_proxy->events();
        QCOMPARE(events.size(), std::size_t(3));
        QVERIFY(events[0].usage == TokenUsage() && !events[0].priced);
        QCOMPARE(events[1].workflow, std::string("nightly"));
        QVERIFY(events[1].usage == (TokenUsage{.input = 100, .output = 50}) && events[1].priced);
        QCOMPARE(events[1].requestModel, std::string("gpt-4o"));
        QVERIFY(events[2].usage == TokenUsage() && events[2].priced);
    }

    void aDamagedListOfBackgroundResponsesIsSaid()
    {
        QVERIFY(m_proxy->stop());
        QFile file(QString::fromStdString(m_proxy->dir().responses().string()));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("{\"pending\"") > 0);
        file.close();
        QVERIFY(m_proxy->start());
        QTRY_VERIFY(m_proxy->log().contains("background responses of before may count again"));
    }

    void aStreamThatEndsInAnErrorBrokeOff()
    {
        m_reply = StubUpstream::chunked(
            200, "text/event-stream",
            {sse("{'choices':[{'delta':{}}],'usage':{'prompt_tokens':100,'completion_tokens':4}}"),
             sse("{'error':{'message':'boom','type':'server_error'}}"), "data: [DONE]\n\n"});
        const auto reply = exchange(m_proxy->port(), post("/v1/chat/completions", "{\"model\":\"gpt-4o\"}"));
        QCOMPARE(reply.status(), 200);
        QVERIFY(m_proxy->stop());
        const CostEvent event = m_proxy->events().at(0);
        QCOMPARE(event.status, status::upstreamBroke);
        QCOMPARE(event.error, std::string("server_error: boom"));
        QCOMPARE(event.usage.input, std::int64_t(100));
        QVERIFY(event.cost && !event.listCost);
    }

    void aRefusalThatBreaksOffIsNotEstimated()
    {
        m_reply = {
            {"HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"er"}};
        m_reply.resetAtEnd = true;
        exchange(m_proxy->port(), post("/v1/chat/completions",
                                       "{\"model\":\"gpt-4o\",\"messages\":[{\"content\":\"Hello\"}]}"));
        QVERIFY(m_proxy->stop());
        const CostEvent event = m_proxy->events().at(0);
        QCOMPARE(event.status, status::upstreamBroke);
        QVERIFY(event.usageSource == UsageSource::None && event.usage == TokenUsage());
    }

    void geminiCountsToTheEnd()
    {
        std::vector<std::string> pieces;
        for (const char *count : {"10", "30", "50"})
            pieces.push_back(sse(QByteArray("{'candidates':[{'finishReason':'STOP'}],'usageMetadata':{"
                                            "'promptTokenCount':100,'candidatesTokenCount':") +
                                 count + "}}"));
        m_reply = StubUpstream::chunked(200, "text/event-stream", pieces);
        m_reply.pause = std::chrono::milliseconds(20);
        exchange(m_proxy->port(),
                 post("/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", "{}"));
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).usage.output, std::int64_t(50));
        QCOMPARE(m_proxy->events().at(0).status, 200);
    }

    void workThatIsNotMeteredIsUnpriced_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        QTest::addColumn<bool>("priced");
        QTest::addColumn<QByteArray>("model");
        const std::string body =
            "{\"model\":\"gpt-image-1\",\"user\":\"u\",\"metadata\":{\"workflow\":\"w\"}}";
        const auto row = [](const char *name, const std::string &request, int status, bool priced,
                            const char *model) {
            QTest::newRow(name) << QByteArray::fromStdString(request) << status << priced
                                << QByteArray(model);
        };
        row("images", post("/v1/images/generations", body), 200, false, "gpt-image-1");
        row("refused images", post("/v1/images/generations", body), 400, true, "gpt-image-1");
        row("a batch", post("/v1/batches", body), 200, true, "gpt-image-1");
        row("an upload", post("/v1/files", "--b\r\n"), 200, true, "");
        row("models", "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200, true, "");
        row("imagen", post("/v1beta/models/imagen-4:predict", "{}"), 200, false, "imagen-4");
    }
    void workThatIsNotMeteredIsUnpriced()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        QFETCH(bool, priced);
        QFETCH(QByteArray, model);
        m_reply = StubUpstream::plain(status, "application/json", "{}");
        QCOMPARE(exchange(m_proxy->port(), request.toStdString()).status(), status);
        QVERIFY(m_proxy->stop());
        const CostEvent event = m_proxy->events().at(0);
        QCOMPARE(event.priced, priced);
        QCOMPARE(event.cost.has_value(), priced);
        QCOMPARE(QByteArray::fromStdString(event.requestModel), model);
        QVERIFY(event.usageSource == UsageSource::None);
        if (request.contains("metadata")) {
            QCOMPARE(event.user, std::string("u"));
            QCOMPARE(event.workflow, std::string("w"));
        }
    }

    void usageIsNotAskedForWhereTheFileSaysSo_data()
    {
        QTest::addColumn<QByteArray>("upstream");
        QTest::addColumn<bool>("asked");
        QTest::newRow("asked") << QByteArray("openai") << true;
        QTest::newRow("switched off") << QByteArray("strict") << false;
    }
    void usageIsNotAskedForWhereTheFileSaysSo()
    {
        QFETCH(QByteArray, upstream);
        QFETCH(bool, asked);
        const std::string usage = sse("{'choices':[],'usage':{'prompt_tokens':5,'completion_tokens':1}}");
        m_reply = StubUpstream::chunked(200, "Text/Event-Stream", {usage, "data: [DONE]\n\n"});
        const std::string body = "{\"model\":\"m\",\"stream\":true}";
        const auto reply =
            exchange(m_proxy->port(), post("/up/" + upstream.toStdString() + "/chat/completions", body,
                                           "Accept-Encoding: gzip\r\n"));
        QCOMPARE(m_seen.body == body, !asked);
        QCOMPARE(m_seen.headers.at("accept-encoding"), std::string(asked ? "identity" : "gzip"));
        QCOMPARE(reply.body, (asked ? "" : usage) + "data: [DONE]\n\n");
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).usage.input, std::int64_t(5));
    }

    void aLongPromptOfManyPartsDoesNotBlock()
    {
        m_reply = StubUpstream::plain(200, "application/json", "{}");
        for (const char *part : {"<context></context>", "<documents></documents>"}) {
            const QByteArray text = QByteArray(part).repeated(50'000);
            const auto reply =
                exchange(m_proxy->port(),
                         post("/v1/chat/completions", "{\"messages\":[{\"role\":\"user\",\"content\":\"" +
                                                          text.toStdString() + "\"}]}"));
            QCOMPARE(reply.status(), 200);
        }
        QVERIFY(m_proxy->stop());
        for (const CostEvent &event : m_proxy->events())
            QVERIFY2(event.overheadUs < 1'000'000, qPrintable(QString::number(event.overheadUs)));
    }

private:
    std::mutex m_mutex;
    HttpMessage m_seen;
    StubUpstream::Reply m_reply;
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyMetering)
#include "tst_proxy_metering.moc"
