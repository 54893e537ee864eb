// SPDX-License-Identifier: GPL-3.0-or-later
// A page of another origin, in a real browser, tries all it can to use the proxy: nothing reaches an
// upstream.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>
#include <QTest>
#include <set>

using namespace farthing;

namespace {

constexpr int loadsWithinMs = 60'000;

/// The path behind "/v1/try/" that a request asks for.
std::string attemptOf(const std::string &startLine)
{
    constexpr std::string_view folder = "/v1/try/";
    const auto at = startLine.find(folder);
    return at == std::string::npos
               ? std::string()
               : startLine.substr(at + folder.size(), startLine.rfind(' ') - at - folder.size());
}

} // namespace

class TestProxyBrowser : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_browser = QStandardPaths::findExecutable("chromium");
        if (m_browser.isEmpty())
            QSKIP("there is no chromium");
    }

    /// What the page does arrives at a server that does not look where a request comes from.
    void theAttemptsAreReal()
    {
        std::mutex mutex;
        std::set<std::string> arrived;
        std::string heads;
        StubUpstream naive([&](const HttpMessage &request) {
            const std::lock_guard lock(mutex);
            arrived.insert(attemptOf(request.startLine));
            heads += request.head;
            return StubUpstream::plain(200, "application/json", "{}");
        });
        const QJsonObject outcomes = runPage(naive.port());
        const std::lock_guard lock(mutex);
        for (const QString &name : outcomes.keys())
            QVERIFY2(arrived.contains(name.toStdString()), qPrintable(name + " did not arrive"));
        QVERIFY2(heads.find("Origin: null") != std::string::npos, heads.c_str());
        QVERIFY2(heads.find("Access-Control-Request-Method: POST") != std::string::npos, heads.c_str());
        QCOMPARE(outcomes.size(), 16);
    }

    void noneOfThemReachesAnUpstreamThroughTheProxy()
    {
        StubUpstream upstream(
            [](const HttpMessage &) { return StubUpstream::plain(200, "application/json", "{}"); });
        for (const char *name : {"OPENAI", "ANTHROPIC", "GEMINI"})
            qputenv((QByteArray("FARTHING_UPSTREAM_") + name).constData(),
                    QByteArray::fromStdString(upstream.url()));
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        const QJsonObject outcomes = runPage(proxy.port());
        QCOMPARE(upstream.received(), 0);
        QCOMPARE(outcomes.size(), 16);
        // An error page in a frame has loaded, and what is opaque is empty; nothing is readable.
        const std::map<QString, QStringList> unread = {
            {"cors-json", {"TypeError: Failed to fetch"}},
            {"cors-simple", {"TypeError: Failed to fetch"}},
            {"cors-get", {"TypeError: Failed to fetch"}},
            {"sandboxed", {"TypeError: Failed to fetch"}},
            {"no-cors-post", {"opaque 0"}},
            {"no-cors-get", {"opaque 0", "TypeError: Failed to fetch"}},
            {"rebound-fetch", {"opaque 0", "TypeError: Failed to fetch"}},
            {"event-source", {"error"}},
            {"web-socket", {"error"}},
            {"img", {"error"}},
            {"script", {"error"}},
            {"style", {"error"}},
            {"rebound-img", {"error"}},
        };
        for (const auto &[name, allowed] : unread)
            QVERIFY2(allowed.contains(outcomes[name].toString()),
                     qPrintable(name + ": " + outcomes[name].toString()));
        QCOMPARE(exchange(proxy.port(), "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n").status(), 200);
        QVERIFY2(proxy.stop(), proxy.log().constData());
        QCOMPARE(proxy.events().size(), std::size_t(1)); // the application's, just now
    }

private:
    /// Has the browser load the page, which knows the target, from another origin; what came of each attempt.
    QJsonObject runPage(int target)
    {
        QFile file(QStringLiteral(FARTHING_SOURCE_DIR "/tests/integration/proxy/attacking-page.html"));
        if (!file.open(QIODevice::ReadOnly))
            qFatal("the page is missing");
        const std::string page =
            file.readAll().replace("TARGET_PORT", QByteArray::number(target)).toStdString();
        std::mutex mutex;
        std::string reported;
        StubUpstream server([&](const HttpMessage &request) {
            if (request.startLine.starts_with("POST /done")) {
                const std::lock_guard lock(mutex);
                reported = request.body;
            }
            return request.startLine.starts_with("GET / ")
                       ? StubUpstream::plain(200, "text/html; charset=utf-8", page)
                       : StubUpstream::plain(404, "text/plain", "");
        });
        const QTemporaryDir profile;
        QProcess browser;
        browser.setProcessChannelMode(QProcess::MergedChannels);
        browser.start(m_browser,
                      {"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                       "--no-first-run", "--disable-background-networking", "--disable-component-update",
                       "--remote-debugging-port=0", "--user-data-dir=" + profile.path(),
                       "--host-resolver-rules=MAP *.test 127.0.0.1",
                       QStringLiteral("http://attacker.test:%1/").arg(server.port())});
        QElapsedTimer timer;
        std::string outcomes;
        for (timer.start(); outcomes.empty() && timer.elapsed() < loadsWithinMs;) {
            browser.waitForFinished(20);
            const std::lock_guard lock(mutex);
            outcomes = reported;
        }
        browser.terminate();
        if (!browser.waitForFinished(10'000)) {
            browser.kill();
            browser.waitForFinished();
        }
        if (outcomes.empty())
            qWarning("%s", browser.readAll().constData());
        return QJsonDocument::fromJson(QByteArray::fromStdString(outcomes)).object();
    }

    QString m_browser;
};

QTEST_GUILESS_MAIN(TestProxyBrowser)
#include "tst_proxy_browser.moc"
