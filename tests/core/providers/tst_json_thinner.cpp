// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/JsonThinner.h"
#include "core/providers/UsageExtractor.h"

#include <QTest>
#include <string>

using namespace farthing;

namespace {

QByteArray thinned(const QByteArray &json, qsizetype piece)
{
    QByteArray kept;
    JsonThinner thinner;
    for (qsizetype at = 0; at < json.size(); at += piece) {
        const std::string chunk = json.mid(at, piece).toStdString();
        thinner.feed(chunk, [&kept](std::string_view run) {
            kept.append(run.data(), static_cast<qsizetype>(run.size()));
        });
    }
    return kept;
}

UsageReport reportOf(const Endpoint &endpoint, const std::string &body)
{
    const auto extractor = makeUsageExtractor(endpoint, 200, StreamForm::None);
    for (std::size_t at = 0; at < body.size(); at += 30'000)
        extractor->feed(std::string_view(body).substr(at, 30'000));
    return extractor->finish();
}

} // namespace

class TestJsonThinner : public QObject
{
    Q_OBJECT

private slots:
    void onlyNumbersAndDataGo_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("kept");
        const auto row = [](const char *name, const QByteArray &json, const QByteArray &kept) {
            QTest::newRow(name) << json << kept;
        };
        const QByteArray data = QByteArray("QUJDREVG+/-_").repeated(100);
        const QByteArray text = QByteArray("a word, ").repeated(200);
        row("a vector", "{\"embedding\":[0.1,-2e-3,4],\"n\":5}", "{\"embedding\":[],\"n\":5}");
        row("blanks before it", "{\"v\": [ \r\n\t-1 , 2 ] }", "{\"v\": [ ] }");
        row("vectors of vectors", "[[1,2],[3]]", "[[],[]]");
        row("no numbers", "[\"a\",{\"b\":1},[],true,null,[null,1]]",
            "[\"a\",{\"b\":1},[],true,null,[null,1]]");
        row("a text after numbers", "[1,2,\"]\",3]", "[\"]\",3]");
        row("brackets in a text", "{\"a\":\"[1,2]\\\"[3]\",\"b\":[4]}", "{\"a\":\"[1,2]\\\"[3]\",\"b\":[]}");
        row("a long text", "{\"a\":\"" + text + "\"}", "{\"a\":\"" + text + "\"}");
        row("data", "{\"a\":\"" + data + "\",\"b\":1}", "{\"a\":\"" + data.left(1024) + "\",\"b\":1}");
        row("data with slashes escaped", "[\"" + data + "\\/AA\\\"\\\\" + "\",\"b\"]",
            "[\"" + data.left(1024) + "\",\"b\"]");
        row("just as long as is kept", "[\"" + data.left(1024) + "\"]", "[\"" + data.left(1024) + "\"]");
        row("a text that begins like data", "[\"" + data.left(1000) + " " + data + "\"]",
            "[\"" + data.left(1000) + " " + data + "\"]");
        row("a data URL", "[\"data:image/svg+xml;charset=utf-8;base64," + data + "\"]",
            "[\"" + ("data:image/svg+xml;charset=utf-8;base64," + data).left(1024) + "\"]");
        row("a slash escaped at once", "[\"\\/9j\\/" + data + "\"]",
            "[\"" + ("\\/9j\\/" + data).left(1024) + "\"]");
        row("a slash escaped where it is cut", "[\"" + data.left(1023) + "\\/" + data + "\"]",
            "[\"" + data.left(1023) + "\\/\"]");
        row("lines in a text", "[\"" + QByteArray("a\\n").repeated(700) + "\"]",
            "[\"" + QByteArray("a\\n").repeated(700) + "\"]");
        row("many blanks", "{\n    \"a\" : \t\"b  c\" ,\r\n  \"d\":  true\n\n}",
            "{\n\"a\" : \"b  c\" ,\r\"d\": true\n}");
        row("cut short in numbers", "{\"v\":[1,2", "{\"v\":[");
        row("cut short in data", "[\"" + data, "[\"" + data.left(1024));
    }
    void onlyNumbersAndDataGo()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, kept);
        for (const qsizetype piece : {1, 2, 3, 7, 1025, 100'000})
            QCOMPARE(thinned(json, piece), kept);
    }

    void theUsageOfALargeBodyIsRead_data()
    {
        QTest::addColumn<QByteArray>("item");
        QTest::newRow("vectors") << QByteArray("{\"embedding\":[") +
                                        QByteArray("-0.012345678,").repeated(3071) + "1]}";
        QTest::newRow("vectors in Base64")
            << QByteArray("{\"embedding\":\"") + QByteArray(16'384, 'A') + "\"}";
    }
    void theUsageOfALargeBodyIsRead()
    {
        QFETCH(QByteArray, item);
        std::string body = "{\"object\":\"list\",\"data\":[" + item.toStdString();
        for (int i = 1; i < 200; ++i)
            body += ',' + item.toStdString();
        body +=
            "],\"model\":\"text-embedding-3-large\",\"usage\":{\"prompt_tokens\":812,\"total_tokens\":812}}";
        QVERIFY(body.size() > 3'000'000);
        const UsageReport report = reportOf({.kind = EndpointKind::OpenAiEmbeddings, .model = {}}, body);
        QVERIFY(report.complete && report.reported);
        QCOMPARE(report.usage.input, 812);
        QCOMPARE(report.usage.output, 0);
        QCOMPARE(report.responseModel, std::string("text-embedding-3-large"));
    }

    void anImageThatBrokeOffIsNoText_data()
    {
        QTest::addColumn<QByteArray>("begins");
        QTest::newRow("Base64") << QByteArray();
        QTest::newRow("a data URL") << QByteArray("data:image/png;base64,iVBOR");
        QTest::newRow("slashes escaped") << QByteArray("data:image\\/png;base64,\\/9j\\/");
    }
    void anImageThatBrokeOffIsNoText()
    {
        QFETCH(QByteArray, begins);
        const std::string body = "{\"choices\":[{\"message\":{\"content\":\"Here it is\",\"images\":[\"" +
                                 begins.toStdString() + std::string(5'000'000, 'A');
        const UsageReport report = reportOf({.kind = EndpointKind::ChatCompletions, .model = {}}, body);
        QVERIFY(!report.complete);
        QVERIFY2(report.outputTextBytes < 2000, std::to_string(report.outputTextBytes).c_str());
    }
};

QTEST_GUILESS_MAIN(TestJsonThinner)
#include "tst_json_thinner.moc"
