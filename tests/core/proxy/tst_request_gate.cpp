// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/RequestGate.h"

#include <QTest>

using namespace farthing;

class TestRequestGate : public QObject
{
    Q_OBJECT

private slots:
    void refusesPagesInABrowser_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<bool>("served");
        const auto row = [](const char *tag, const char *target, const char *name, const char *value,
                            bool served) {
            QTest::newRow(tag) << QByteArray(target) << QByteArray(name) << QByteArray(value) << served;
        };
        row("loopback", "/v1/models", "Host", "127.0.0.1:4141", true);
        row("all of 127/8", "/v1/models", "Host", "127.8.0.3", true);
        row("localhost", "/v1/models", "Host", "LocalHost:1", true);
        row("IPv6", "/v1/models", "Host", "[::1]:4141", true);
        row("no Host, HTTP/1.0", "/v1/models", "Accept", "*/*", true);
        row("Node.js's fetch", "/v1/models", "Sec-Fetch-Mode", "cors", true);

        row("a rebound name", "/v1/models", "Host", "attacker.test:4141", false);
        row("a name that begins alike", "/v1/models", "Host", "127.0.0.1.attacker.test", false);
        row("a name that ends alike", "/v1/models", "Host", "attacker.localhost.test", false);
        row("another address", "/v1/models", "Host", "192.0.2.1", false);
        row("another IPv6 address", "/v1/models", "Host", "[2001:db8::1]:4141", false);
        row("an unclosed bracket", "/v1/models", "Host", "[::1", false);
        row("Origin", "/v1/models", "Origin", "http://127.0.0.1:4141", false);
        row("Origin null", "/v1/models", "origin", "null", false);
        row("a port that is none", "/v1/models", "Host", "127.0.0.1:4141@attacker.test", false);
        row("what browsers take for loopback", "/v1/models", "Host", "0.0.0.0:4141", false);
        row("the same in IPv6", "/v1/models", "Host", "[::]:4141", false);
        row("an allowed name", "/v1/models", "Host", "Farthing.Example.com:4141", true);
        row("a name below an allowed one", "/v1/models", "Host", "x.farthing.example.com", false);
        row("an extension's Origin", "/v1/models", "Origin", "chrome-extension://abc", false);
        row("a preflight", "/v1/models", "oRIGIN", "https://attacker.test", false);
        row("Sec-Fetch-Site, typed by hand", "/metrics", "Sec-Fetch-Site", "none", false);
        row("Sec-Fetch-Site", "/v1/models", "Sec-Fetch-Site", "cross-site", false);
        row("another host's URL", "http://attacker.test/v1", "Host", "127.0.0.1", false);
        row("another host's URL, its Host", "http://attacker.test/v1", "Host", "attacker.test", false);
        row("an upstream's URL", "http://Up.test/v1", "Host", "up.test", true);
        row("an upstream's URL with the port", "HTTP://up.test:80/v1", "Host", "up.test:80", true);
        row("an upstream's URL with another port", "http://up.test:8080/v1", "Host", "up.test:8080", false);
        row("an upstream's URL by https", "https://up.test/v1", "Host", "up.test", false);
        row("an upstream's URL from a page", "http://up.test/v1", "Origin", "http://up.test", false);
        row("an upstream's name inside another", "http://up.test@attacker.test/", "Host", "up.test", false);
        row("authority form", "attacker.test:443", "Host", "127.0.0.1", false);
        row("asterisk form", "*", "Host", "127.0.0.1", false);
        row("empty", "", "Host", "127.0.0.1", false);
    }
    void refusesPagesInABrowser()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, value);
        QFETCH(bool, served);
        Config config;
        config.upstreams["up"] = {"up", "https://up.test/base", Wire::Bedrock};
        config.allowedHosts = {"farthing.example.com"};
        const auto reason =
            reasonToRefuse({{name.toStdString(), value.toStdString()}}, target.toStdString(), config, true);
        QCOMPARE(!reason, served);
        QVERIFY2(served || !reason->empty(), "a refusal says why");
    }

    void takesARefererForAPageWhereABrowserSendsIt_data()
    {
        QTest::addColumn<QByteArray>("agent");
        QTest::addColumn<bool>("served");
        QTest::newRow("Firefox 80") << QByteArray("Mozilla/5.0 (X11; Linux x86_64; rv:80.0) Gecko/20100101")
                                    << false;
        QTest::newRow("an SDK that says whose application it is")
            << QByteArray("OpenAI/Python 2.7.1") << true;
    }
    void takesARefererForAPageWhereABrowserSendsIt()
    {
        QFETCH(QByteArray, agent);
        const HeaderList headers = {{"Host", "127.0.0.1"},
                                    {"Referer", "https://app.example.com/"},
                                    {"User-Agent", agent.toStdString()}};
        QTEST(!reasonToRefuse(headers, "/v1/models", Config(), true), "served");
    }

    void beyondLoopbackAddressesAreKnownAndNamesAreNot_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<bool>("served");
        QTest::newRow("an address") << QByteArray("192.0.2.1:4141") << true;
        QTest::newRow("IPv6") << QByteArray("[2001:db8::1]:4141") << true;
        QTest::newRow("loopback") << QByteArray("localhost:4141") << true;
        QTest::newRow("an allowed name") << QByteArray("farthing.example.com") << true;
        QTest::newRow("a rebound name") << QByteArray("attacker.test") << false;
        QTest::newRow("no address in particular") << QByteArray("0.0.0.0:4141") << false;
        QTest::newRow("nor in IPv6") << QByteArray("[::]:4141") << false;
    }
    void beyondLoopbackAddressesAreKnownAndNamesAreNot()
    {
        QFETCH(QByteArray, host);
        Config config;
        config.allowedHosts = {"farthing.example.com"};
        QTEST(!reasonToRefuse({{"Host", host.toStdString()}}, "/v1/models", config, false), "served");
    }

    void theTokenMayBeShownInFourPlaces_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("inPath");
        QTest::addColumn<bool>("shown");
        const QByteArray right = "a-token-of-24-characters";
        const auto row = [](const char *tag, const char *name, const QByteArray &value,
                            const QByteArray &inPath, bool shown) {
            QTest::newRow(tag) << QByteArray(name) << value << inPath << shown;
        };
        row("header", "x-farthing-token", right, "", true);
        row("bearer", "Proxy-Authorization", "bearer  " + right, "", true);
        row("basic", "Proxy-Authorization", "Basic " + ("farthing:" + right).toBase64(), "", true);
        row("basic without a user", "Proxy-Authorization", "Basic " + (":" + right).toBase64(), "", true);
        row("path", "Accept", "*/*", right, true);
        row("nothing", "Accept", "*/*", "", false);
        row("empty", "X-Farthing-Token", "", "", false);
        row("a part", "X-Farthing-Token", right.chopped(1), "", false);
        row("more", "X-Farthing-Token", right + "x", "", false);
        row("another case", "X-Farthing-Token", right.toUpper(), "", false);
        row("the provider's key", "Authorization", "Bearer " + right, "", false);
        row("no scheme", "Proxy-Authorization", right, "", false);
        row("scheme alone", "Proxy-Authorization", "Bearer ", "", false);
        row("basic that is no base64", "Proxy-Authorization", "Basic !!!", "", false);
        row("wrong in the path", "Accept", "*/*", "a-token-of-24-characterz", false);
    }
    void theTokenMayBeShownInFourPlaces()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, inPath);
        const auto token = AccessToken::parse("a-token-of-24-characters");
        QVERIFY(token);
        QTEST(showsToken(*token, {{name.toStdString(), value.toStdString()}}, inPath.toStdString()), "shown");
    }

    void aUrlOfTheProxyItselfIsAPath_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("path"); ///< null: it is none
        QTest::addColumn<QByteArray>("here");
        const QByteArray loopback = "127.0.0.1";
        const QByteArray lan = "192.0.2.7";
        const auto row = [](const char *name, const char *target, const char *path, const QByteArray &here) {
            QTest::newRow(name) << QByteArray(target) << QByteArray(path) << here;
        };
        row("its address", "http://127.0.0.1:4141/v1/x?a=b", "/v1/x?a=b", loopback);
        row("its name", "HTTP://LocalHost:4141/", "/", loopback);
        row("IPv6", "http://[::1]:4141/v1", "/v1", "::1");
        row("IPv6's name", "http://localhost:4141/v1", "/v1", "::1");
        row("an allowed name", "http://farthing.example.com:4141", "", lan);
        row("an address in the network", "http://192.0.2.7:4141/v1", "/v1", lan);
        row("the same, of a socket for both kinds", "http://192.0.2.7:4141/v1", "/v1", "::ffff:192.0.2.7");
        row("a path", "/v1/x", nullptr, loopback);
        row("a neighbour's port", "http://127.0.0.1:11434/api/chat", nullptr, loopback);
        row("no port", "http://127.0.0.1/v1", nullptr, loopback);
        row("another name", "http://attacker.test:4141/v1", nullptr, loopback);
        row("a user's sign", "http://127.0.0.1:4141@attacker.test:4141/", nullptr, loopback);
        row("an upstream's", "http://127.0.0.2:4141/v1", nullptr, "127.0.0.2");
        row("another loopback address", "http://127.0.0.3:4141/v1", nullptr, loopback);
        row("by https", "https://127.0.0.1:4141/v1", nullptr, loopback);
        row("another machine's address", "http://192.0.2.8:4141/v1", nullptr, lan);
        row("loopback from the network", "http://127.0.0.1:4141/v1", nullptr, lan);
        row("localhost from the network", "http://localhost:4141/v1", nullptr, lan);
        row("no address in particular", "http://0.0.0.0:4141/v1", nullptr, lan);
    }
    void aUrlOfTheProxyItselfIsAPath()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, here);
        Config config;
        config.upstreams["up"] = {"up", "http://127.0.0.2:4141/base", Wire::OpenAi};
        config.allowedHosts = {"farthing.example.com"};
        const std::string text = target.toStdString();
        const auto found =
            pathOfOwnUrl(text, config, {boost::asio::ip::make_address(here.toStdString()), 4141});
        QCOMPARE(found.has_value(), !path.isNull());
        QVERIFY(!found || *found == path.toStdString());
    }

    void refusesPathsThatClimb_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<bool>("served");
        QTest::newRow("none") << QByteArray("/v1/models") << true;
        QTest::newRow("within a name") << QByteArray("/v1/files/a..b") << true;
        QTest::newRow("three dots") << QByteArray("/v1/...") << true;
        QTest::newRow("in the query") << QByteArray("/v1/x?path=/../y") << true;
        QTest::newRow("one dot") << QByteArray("/v1/./x") << true;
        QTest::newRow("first") << QByteArray("/../x") << false;
        QTest::newRow("last") << QByteArray("/v1/..") << false;
        QTest::newRow("before a query") << QByteArray("/v1/..?x") << false;
        QTest::newRow("encoded") << QByteArray("/v1/%2E%2e/x") << false;
        QTest::newRow("half encoded") << QByteArray("/v1/.%2e/x") << false;
        QTest::newRow("an encoded slash") << QByteArray("/v1/..%2fadmin") << false;
        QTest::newRow("behind a fragment") << QByteArray("/v1/#/../x") << false;
        QTest::newRow("before a fragment") << QByteArray("/v1/..#x") << false;
        QTest::newRow("of an upstream's URL") << QByteArray("http://up.test/base/../x") << false;
    }
    void refusesPathsThatClimb()
    {
        QFETCH(QByteArray, target);
        QTEST(!reasonPathIsUnclear(target.toStdString()), "served");
    }

    void refusesRequestsForNoHostOrTwo_data()
    {
        QTest::addColumn<QByteArrayList>("hosts");
        QTest::addColumn<bool>("http11");
        QTest::addColumn<bool>("served");
        QTest::newRow("one") << QByteArrayList{"localhost"} << true << true;
        QTest::newRow("one, empty") << QByteArrayList{""} << true << true;
        QTest::newRow("none") << QByteArrayList{} << true << false;
        QTest::newRow("none, HTTP/1.0") << QByteArrayList{} << false << true;
        QTest::newRow("two") << QByteArrayList{"localhost", "attacker.test"} << true << false;
        QTest::newRow("two, HTTP/1.0") << QByteArrayList{"localhost", "localhost"} << false << false;
    }
    void refusesRequestsForNoHostOrTwo()
    {
        QFETCH(QByteArrayList, hosts);
        QFETCH(bool, http11);
        QFETCH(bool, served);
        HeaderList headers{{"Accept", "*/*"}};
        for (const QByteArray &host : hosts)
            headers.push_back({"hOST", host.toStdString()});
        const auto reason = reasonHostIsUnclear(headers, http11);
        QCOMPARE(!reason, served);
        QVERIFY2(served || !reason->empty(), "a refusal says why");
    }

    void refusesBodiesWithoutACertainEnd_data()
    {
        QTest::addColumn<QByteArrayList>("codings");
        QTest::addColumn<bool>("http11");
        QTest::addColumn<bool>("served");
        QTest::newRow("none") << QByteArrayList{} << true << true;
        QTest::newRow("none, HTTP/1.0") << QByteArrayList{} << false << true;
        QTest::newRow("chunked") << QByteArrayList{"chunked"} << true << true;
        QTest::newRow("any case") << QByteArrayList{"Chunked"} << true << true;
        QTest::newRow("chunked, HTTP/1.0") << QByteArrayList{"chunked"} << false << false;
        QTest::newRow("twice") << QByteArrayList{"chunked", "chunked"} << true << false;
        QTest::newRow("listed twice") << QByteArrayList{"chunked, chunked"} << true << false;
        QTest::newRow("gzip") << QByteArrayList{"gzip"} << true << false;
        QTest::newRow("gzip, chunked") << QByteArrayList{"gzip, chunked"} << true << false;
        QTest::newRow("chunked, gzip") << QByteArrayList{"chunked, gzip"} << true << false;
        QTest::newRow("identity") << QByteArrayList{"identity"} << true << false;
        QTest::newRow("empty") << QByteArrayList{""} << true << false;
        QTest::newRow("vertical tab") << QByteArrayList{"\vchunked"} << true << false;
        QTest::newRow("parameters") << QByteArrayList{"chunked;q=1"} << true << false;
    }
    void refusesBodiesWithoutACertainEnd()
    {
        QFETCH(QByteArrayList, codings);
        QFETCH(bool, http11);
        QFETCH(bool, served);
        HeaderList headers{{"Host", "127.0.0.1"}};
        for (const QByteArray &coding : codings)
            headers.push_back({"Transfer-Encoding", coding.toStdString()});
        const auto reason = reasonNotToFrame(headers, http11);
        QCOMPARE(!reason, served);
        QVERIFY2(served || !reason->empty(), "a refusal says why");
    }
};

QTEST_GUILESS_MAIN(TestRequestGate)
#include "tst_request_gate.moc"
