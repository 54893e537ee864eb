// SPDX-License-Identifier: GPL-3.0-or-later
// Keys come in many places, and upstreams repeat them: none is left on the disk, in the log or in what
// Farthing says of itself, and a crash leaves no memory behind.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"
#include "tests/Sanitized.h"

#include <QDirIterator>
#include <QElapsedTimer>
#include <QTest>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace farthing;

namespace {

/// Every key begins so, and its rest tells where it came from.
const std::string mark = "fk-0f9e8d7c6b5a-";

struct Placed
{
    std::string headers;
    std::string query;
};

/// Wherever a client's key may stand.
std::map<std::string, Placed> placedKeys()
{
    const auto key = [](const char *name) { return mark + name + "-4c3b2a190f8e7d6c"; };
    const std::string pair = "user:" + key("basic");
    const std::string basic =
        QByteArray::fromStdString(pair).toBase64().toStdString(); // a log reader could decode it
    return {
        {"bearer", {"Authorization: Bearer " + key("bearer") + "\r\n", ""}},
        {"basic", {"Authorization: Basic " + basic + "\r\n", ""}},
        {"anthropic", {"x-api-key: " + key("anthropic") + "\r\n", ""}},
        {"azure", {"api-key: " + key("azure") + "\r\n", ""}},
        {"google", {"x-goog-api-key: " + key("google") + "\r\n", ""}},
        {"query", {"", "?key=" + key("query")}},
        {"encoded query", {"", "?a=b&key=fk%2D0f9e8d7c6b5a%2Dencoded%2D4c3b2a190f8e7d6c"}},
        {"proxy", {"Proxy-Authorization: Bearer " + key("proxy") + "\r\n", ""}},
        {"token", {"X-Farthing-Token: " + key("token") + "\r\n", ""}},
        {"cookie", {"Cookie: theme=dark; session=" + key("cookie") + "\r\n", ""}},
        {"amazon",
         {"Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20261126/us-east-1/bedrock/aws4_request, "
          "SignedHeaders=host, Signature=" +
              key("amazon") + "\r\nX-Amz-Security-Token: " + key("session") + "\r\n",
          ""}},
        {"gateway", {"cf-aig-authorization: Bearer " + key("gateway") + "\r\n", ""}},
        {"helicone", {"Helicone-Auth: Bearer " + key("helicone") + "\r\n", ""}},
    };
}

std::string request(const std::string &upstream, const std::string &mode, const Placed &placed, bool stream)
{
    const std::string body = std::string("{\"model\":\"gpt-4o\",") + (stream ? "\"stream\":true," : "") +
                             "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    return "POST /up/" + upstream + "/v1/chat/completions" + placed.query +
           " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Test-Mode: " + mode + "\r\n" +
           placed.headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// All that a client sent, as a careless provider would put it into its message.
std::string repeated(const HttpMessage &message)
{
    return nlohmann::json(message.head).dump();
}

StubUpstream::Reply answer(const HttpMessage &message)
{
    const std::string mode = message.headers.at("x-test-mode");
    const std::string error =
        "{\"error\":{\"message\":" + repeated(message) + ",\"code\":\"invalid_api_key\"}}";
    if (mode == "error")
        return StubUpstream::plain(401, "application/json", error);
    if (mode == "page")
        return StubUpstream::plain(500, "text/html", "<h1>" + message.head + "</h1>");
    if (mode == "stream error")
        return StubUpstream::chunked(200, "text/event-stream", {"data: " + error + "\n\n"});
    if (mode == "cut")
        return {{"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n" + error},
                {},
                true};
    if (mode == "two lengths")
        return {{"HTTP/1.1 200 X\r\nContent-Length: 3\r\nContent-Length: " + message.headers.at("host") +
                 "\r\n\r\nabc"},
                {},
                true};
    if (mode == "endless") {
        std::vector<std::string> pieces(200, "data: {\"model\":\"gpt-4o\",\"choices\":[]}\n\n");
        auto reply = StubUpstream::chunked(200, "text/event-stream", pieces);
        reply.pause = std::chrono::milliseconds(50);
        return reply;
    }
    return StubUpstream::plain(200, "application/json",
                               "{\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                               "\"completion_tokens\":2,\"total_tokens\":9}}");
}

/// The files below a folder in which the keys' mark stands, as it is, encoded or cut.
QStringList filesWithKeys(const QString &folder)
{
    QStringList found;
    QDirIterator files(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (!file.open(QIODevice::ReadOnly))
            qFatal("%s cannot be read", qPrintable(file.fileName()));
        const QByteArray content = file.readAll();
        for (const char *trace : {"fk-0f9e8d7c", "fk%2D0f9e8d7c", "4c3b2a190f8e7d6c", "dXNlcjpmay0wZjll"})
            if (content.contains(trace))
                found.append(file.fileName() + " holds " + trace);
    }
    return found;
}

} // namespace

class TestProxyKeys : public QObject
{
    Q_OBJECT

private slots:
    void noneIsLeftAnywhere()
    {
        StubUpstream upstream(answer);
        FarthingdProcess proxy;
        proxy.writeConfig(
            QByteArray::fromStdString("{\"upstreams\": {\"stub\": {\"base_url\": \"" + upstream.url() +
                                      "\"}, \"dead\": {\"base_url\": \"http://127.0.0.1:1\"}, \"unknown\": "
                                      "{\"base_url\": \"http://nobody.invalid\"}}}"));
        QVERIFY2(proxy.start(), proxy.log().constData());
        int calls = 0;
        for (const auto &[name, placed] : placedKeys()) {
            for (const char *mode : {"fine", "error", "page", "stream error", "cut", "two lengths"}) {
                exchange(proxy.port(),
                         request("stub", mode, placed, std::string_view(mode) == "stream error"));
                ++calls;
            }
            exchange(proxy.port(), request("dead", "fine", placed, false));
            exchange(proxy.port(), request("unknown", "fine", placed, false));
            calls += 2;
            exchange(proxy.port(),
                     request("nobody", "fine", placed, false)); // no upstream of that name: no event
        }
        std::string said;
        for (const char *path : {"/farthing/v1/health", "/metrics"})
            said +=
                exchange(proxy.port(), std::string("GET ") + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .body;
        QVERIFY2(said.find("fk-0f9e8d7c") == std::string::npos, said.c_str());

        std::vector<std::thread> clients;
        for (const auto &[name, placed] : placedKeys())
            clients.emplace_back([port = proxy.port(), text = request("stub", "endless", placed, true)] {
                exchange(port, text);
            });
        const int before = upstream.received();
        QElapsedTimer timer;
        for (timer.start();
             upstream.received() < before + static_cast<int>(clients.size()) && timer.elapsed() < 10'000;)
            QTest::qWait(20);
        QTest::qWait(200);
        proxy.kill();
        for (std::thread &client : clients)
            client.join();
        calls += static_cast<int>(clients.size());
        QCOMPARE(filesWithKeys(proxy.folder()), QStringList()); // the journal, as the kill left it

        QVERIFY2(proxy.start(), proxy.log().constData());
        QVERIFY2(proxy.stop(), proxy.log().constData());
        QCOMPARE(filesWithKeys(proxy.folder()), QStringList());
        const auto events = proxy.events();
        QCOMPARE(events.size(), static_cast<std::size_t>(calls));
        const auto masked = std::ranges::count_if(
            events, [](const CostEvent &event) { return event.error.find("***") != std::string::npos; });
        QVERIFY2(masked > 13, "the upstream repeated keys, and events say so");
    }

    void postedEventsLeaveNone()
    {
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        std::size_t posted = 0;
        for (const auto &[name, placed] : placedKeys()) {
            if (!placed.query.empty())
                continue; // no way to send events
            const std::string said = nlohmann::json("refused: " + placed.headers).dump();
            const std::string body =
                "{\"model\":\"gpt-4o\",\"status\":401,\"error\":" + said + ",\"user\":" + said + "}";
            const HttpMessage reply =
                exchange(proxy.port(), "POST /farthing/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: "
                                       "close\r\nContent-Type: application/json\r\n" +
                                           placed.headers + "Content-Length: " + std::to_string(body.size()) +
                                           "\r\n\r\n" + body);
            QVERIFY2(reply.status() == 200, (name + ": " + reply.body).c_str());
            ++posted;
        }
        QVERIFY2(proxy.stop(), proxy.log().constData());
        QCOMPARE(filesWithKeys(proxy.folder()), QStringList());
        const auto events = proxy.events();
        QCOMPARE(events.size(), posted);
        for (const CostEvent &event : events)
            QVERIFY2(event.error.find("***") != std::string::npos, event.error.c_str());
    }

    void aCrashLeavesNoCore_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGQUIT") << SIGQUIT;
        QTest::newRow("SIGSEGV") << SIGSEGV;
        QTest::newRow("SIGABRT") << SIGABRT;
    }
    void aCrashLeavesNoCore()
    {
        QFETCH(int, signal);
        if (isSanitized && signal == SIGSEGV)
            QSKIP("the sanitizer takes this signal");
        const QTemporaryDir folder;
        const int control = crashOf(folder.path(), {}, signal);
        QVERIFY(WIFSIGNALED(control));
        if (!WCOREDUMP(control))
            QSKIP("this machine writes no core of any process");
        const int status = crashOf(folder.path(), QStringLiteral(FARTHING_BIN_DIR "/farthingd"), signal);
        QVERIFY(WIFSIGNALED(status));
        QCOMPARE(WTERMSIG(status), signal);
        QVERIFY(!WCOREDUMP(status));
    }

private:
    /// How a program ended (waitpid) that a signal hit while it served, with no limit on cores but its own;
    /// without a program, a process that does nothing about them.
    static int crashOf(const QString &folder, const QString &program, int signal)
    {
        const QByteArray directory = folder.toLocal8Bit();
        const QByteArray path = program.toLocal8Bit();
        const QByteArray data = directory + "/data";
        const pid_t child = ::fork();
        if (child == 0) {
            const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
            ::setrlimit(RLIMIT_CORE, &unlimited);
            std::signal(signal, SIG_DFL); // Qt Test has a handler
            if (::chdir(directory.constData()) != 0)
                ::_exit(1);
            if (path.isEmpty())
                ::pause();
            else
                ::execl(path.constData(), path.constData(), "--data-dir", data.constData(), "--listen",
                        "127.0.0.1:0", "--log-level", "error", nullptr);
            ::_exit(1);
        }
        QElapsedTimer timer;
        for (timer.start();
             !path.isEmpty() && !QFile::exists(data + "/serving.json") && timer.elapsed() < 10'000;)
            QTest::qWait(10);
        QTest::qWait(50);
        ::kill(child, signal);
        int status = 0;
        ::waitpid(child, &status, 0);
        return status;
    }
};

QTEST_GUILESS_MAIN(TestProxyKeys)
#include "tst_proxy_keys.moc"
