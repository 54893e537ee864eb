// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/Secrets.h"
#include "tests/Sanitized.h"

#include <QElapsedTimer>
#include <QTest>

using namespace farthing;

class TestSecrets : public QObject
{
    Q_OBJECT

private slots:
    void whatARequestCarriesIsMasked_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("masked");
        const auto row = [](const char *name, const char *header, const char *value, const char *text,
                            const char *masked, const char *target = "/v1/x") {
            QTest::newRow(name) << QByteArray(header) << QByteArray(value) << QByteArray(target)
                                << QByteArray(text) << QByteArray(masked);
        };
        row("bearer", "authorization", "Bearer sk-proj-0123456789abcdef",
            "wrong key sk-proj-0123456789abcdef, twice sk-proj-0123456789abcdef!",
            "wrong key ***, twice ***!");
        row("with its scheme", "Authorization", "Bearer sk-proj-0123456789abcdef",
            "got 'Bearer sk-proj-0123456789abcdef'", "got 'Bearer ***'");
        row("without a scheme", "AUTHORIZATION", "sk-proj-0123456789abcdef", "sk-proj-0123456789abcdef",
            "***");
        row("Anthropic", "X-Api-Key", "sk-ant-0123456789", "invalid x-api-key sk-ant-0123456789",
            "invalid x-api-key ***");
        row("Azure", "api-key", "0123456789abcdef", "0123456789abcdef", "***");
        row("Gemini", "x-goog-api-key", "AIzaSy0123456789", "(AIzaSy0123456789)", "(***)");
        row("Gemini's query", "accept", "*/*", "no such key: AIzaSy+0123456789, AIzaSy%2B0123456789",
            "no such key: ***, ***", "/v1beta/models/g:generateContent?alt=sse&key=AIzaSy%2B0123456789&x=1");
        row("the front of it", "x-api-key", "sk-ant-0123456789abcdef", "sk-ant-0123456789a… is wrong",
            "***… is wrong");
        row("the end of it", "x-api-key", "sk-ant-0123456789abcdef", "…3456789abcdef is wrong",
            "…*** is wrong");
        row("masked by the provider", "x-api-key", "sk-ant-0123456789abcdef", "sk-ant-0***cdef is wrong",
            "sk-ant-0***cdef is wrong");
        row("what guards nothing", "x-api-key", "none", "none of them", "none of them");
        row("a gateway's key", "x-portkey-api-key", "pk-0123456789", "wrong: pk-0123456789", "wrong: ***");
        row("a gateway's credentials", "Helicone-Auth", "Bearer sk-helicone-0123", "wrong: sk-helicone-0123",
            "wrong: ***");
        row("Cloudflare's", "cf-aig-authorization", "Bearer cf-0123456789", "cf-0123456789", "***");
        row("a session's", "X-Amz-Security-Token", "IQoJb3JpZ2luX2Vj", "IQoJb3JpZ2luX2Vj", "***");
        row("Basic as it came", "Authorization", "Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA==", "***");
        row("Basic decoded", "Authorization", "basic dXNlcjpwYXNzd29yZA==", "user:password, password",
            "***, ***");
        row("a short user name", "Authorization", "Basic YWJjZGVmZzo=", "no user abcdefg", "no user ***");
        row("AWS", "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIA0123456789/20261126/eu, SignedHeaders=host, "
            "Signature=0a1b2c3d4e5f60",
            "AKIA0123456789/20261126/eu: 0a1b2c3d4e5f60 by AWS4-HMAC-SHA256",
            "***/20261126/eu: *** by AWS4-HMAC-SHA256");
        row("AWS's region is no secret", "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIA0123456789/20261126/eu-central-1/bedrock/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature=0a1b2c3d4e5f60",
            "arn:aws:bedrock:eu-central-1:1:application-inference-profile/x",
            "arn:aws:bedrock:eu-central-1:1:application-inference-profile/x");
        row("nor is what makes a request one", "Idempotency-Key", "summarise-2026-11", "summarise-2026-11",
            "summarise-2026-11");
        row("Azure API Management", "Ocp-Apim-Subscription-Key", "0123456789abcdef", "0123456789abcdef",
            "***");
        row("a client's secret", "X-Client-Secret", "0123456789", "0123456789", "***");
        row("a cookie", "Cookie", "theme=dark; session=0123456789", "0123456789", "***");
        row("in the query", "accept", "*/*", "a 0123456789 b abcdefghij c klmnopqrst", "a *** b *** c ***",
            "/v1/x?api_key=0123456789&Subscription-Key=abcdefghij&access_token=klmnopqrst");
        row("no base64", "Authorization", "Basic !!!!!!!!", "!!!!!!!!", "***");
        row("a limit", "max-tokens", "0123456789", "0123456789", "0123456789");
        row("no key", "accept", "text/html", "text/html is not served", "text/html is not served");
        row("an empty one", "authorization", "", "as it is", "as it is", "/v1/x?key=");
    }
    void whatARequestCarriesIsMasked()
    {
        QFETCH(QByteArray, header);
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, masked);
        const Secrets secrets({{header.toStdString(), value.toStdString()}}, target.toStdString());
        QCOMPARE(QByteArray::fromStdString(secrets.masked(text.toStdString())), masked);
        std::string inPlace = text.toStdString();
        secrets.mask(inPlace);
        QCOMPARE(QByteArray::fromStdString(inPlace), masked);
    }

    void wordsInNamesAreNoKeys_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("masked");
        const auto row = [](const char *key, const char *name, const char *masked) {
            QTest::newRow(key) << QByteArray(key) << QByteArray(name) << QByteArray(masked);
        };
        row("ollama", "ollama-summaries", "ollama-summaries");
        row("gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-2024-08-06");
        row("sk-proj-0123456789", "sk-proj-0123456789", "***");
        row("sk-proj-0123456789abcdef", "by 0123456789abcdef", "by ***");
    }
    void wordsInNamesAreNoKeys()
    {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, masked);
        const Secrets secrets({{"Authorization", "Bearer " + key.toStdString()}}, "/v1/x");
        std::string inPlace = name.toStdString();
        secrets.maskName(inPlace);
        QCOMPARE(QByteArray::fromStdString(inPlace), masked);
    }

    void veryManyWordsAreOneSecret()
    {
        std::string cookie;
        for (int i = 0; i < 8000; ++i)
            cookie += "word" + std::to_string(1000 + i) + " ";
        QElapsedTimer timer;
        timer.start();
        const Secrets secrets({{"Authorization", "Bearer sk-0123456789"}, {"Cookie", cookie}}, "/v1/x");
        std::string text = "wrong: sk-0123456789, word5555 word5556 and word1";
        secrets.mask(text);
        QCOMPARE(text, std::string("wrong: ***,***and word1"));
        QVERIFY2(timer.elapsed() < (isSanitized ? 500 : 20), qPrintable(QString::number(timer.elapsed())));
    }
};

QTEST_GUILESS_MAIN(TestSecrets)
#include "tst_secrets.moc"
