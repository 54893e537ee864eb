// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/IncludeUsage.h"

#include <QTest>

using namespace farthing;

namespace {

QByteArray filtered(const QByteArray &stream, qsizetype piece)
{
    IncludeUsageFilter filter;
    std::string out;
    for (qsizetype at = 0; at < stream.size(); at += piece) {
        const std::string chunk = stream.mid(at, piece).toStdString();
        filter.feed(chunk, out);
    }
    filter.finish(out);
    return QByteArray::fromStdString(out);
}

} // namespace

class TestIncludeUsage : public QObject
{
    Q_OBJECT
private slots:
    void requestsAreEditedInPlace_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("expected"); // empty: left alone
        const auto row = [](const char *name, const char *body, const char *expected) {
            QTest::newRow(name) << QByteArray(body) << QByteArray(expected);
        };
        row("compact", R"({"model":"m","stream":true,"messages":[]})",
            R"({"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]})");
        row("spaces", "{ \"stream\" : true\n , \"a\": [ 1 ] }\n",
            "{ \"stream\" : true,\"stream_options\":{\"include_usage\":true}\n , \"a\": [ 1 ] }\n");
        row("last member", R"({"stream":true})",
            R"({"stream":true,"stream_options":{"include_usage":true}})");
        row("not streaming", R"({"stream":false})", "");
        row("no stream", R"({"model":"m"})", "");
        row("stream null", R"({"stream":null})", "");
        row("asks already", R"({"stream":true,"stream_options":{"include_usage":true}})", "");
        row("asks not", R"({"stream":true,"stream_options":{"include_usage":false,"x":1}})",
            R"({"stream":true,"stream_options":{"include_usage":true,"x":1}})");
        row("null flag", R"({"stream_options":{"include_usage": null },"stream":true})",
            R"({"stream_options":{"include_usage": true },"stream":true})");
        row("empty options", R"({"stream":true,"stream_options":{ }})",
            R"({"stream":true,"stream_options":{"include_usage":true }})");
        row("other options", R"({"stream":true,"stream_options":{ "include_obfuscation":false}})",
            R"({"stream":true,"stream_options":{"include_usage":true, "include_obfuscation":false}})");
        row("null options", R"({"stream":true,"stream_options":null})",
            R"({"stream":true,"stream_options":{"include_usage":true}})");
        row("options no object", R"({"stream":true,"stream_options":"x"})", "");
        row("flag no boolean", R"({"stream":true,"stream_options":{"include_usage":"no"}})", "");
        row("in a string",
            "{\"messages\":[{\"content\":\"\\\"stream_options\\\":{\\\"include_usage\\\":true}\"}],"
            "\"stream\":true}",
            "{\"messages\":[{\"content\":\"\\\"stream_options\\\":{\\\"include_usage\\\":true}\"}],"
            "\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        row("nested", R"({"x":{"stream":true,"stream_options":{"include_usage":true}},"stream":true})",
            R"({"x":{"stream":true,"stream_options":{"include_usage":true}},"stream":true,"stream_options":{"include_usage":true}})");
        row("nested stream only", R"({"x":{"stream":true}})", "");
        row("twice, last counts", R"({"stream":false,"stream":true})",
            R"({"stream":false,"stream":true,"stream_options":{"include_usage":true}})");
        row("options twice", R"({"stream_options":{"include_usage":true},"stream":true,"stream_options":{}})",
            R"({"stream_options":{"include_usage":true},"stream":true,"stream_options":{"include_usage":true}})");
        row("escaped key", "{\"str\\u0065am\":true}",
            "{\"str\\u0065am\":true,\"stream_options\":{\"include_usage\":true}}");
        row("no JSON", "stream=true", "");
        row("array", R"([{"stream":true}])", "");
        row("cut off", R"({"stream":true,"messages":[)", "");
        row("empty", "", "");
    }
    void requestsAreEditedInPlace()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, expected);
        const auto edited = withIncludeUsage(body.toStdString());
        QCOMPARE(edited.has_value(), !expected.isEmpty());
        if (edited) {
            QCOMPARE(QByteArray::fromStdString(*edited), expected);
            QVERIFY2(!withIncludeUsage(*edited), "an edited request asks for usage");
        }
    }

    void theClientSeesWhatItWouldHaveSeen_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<QByteArray>("seen");
        const auto row = [](const char *name, const QByteArray &stream, const QByteArray &seen) {
            QTest::newRow(name) << stream << seen;
        };
        const QByteArray text = R"({"id":"1","choices":[{"delta":{"content":"a"}}]})";
        const QByteArray textNull = R"({"id":"1","choices":[{"delta":{"content":"a"}}],"usage":null})";
        const QByteArray usage = R"({"id":"1","choices":[],"usage":{"prompt_tokens":3}})";
        row("whole stream", "data: " + textNull + "\n\ndata: " + usage + "\n\ndata: [DONE]\n\n",
            "data: " + text + "\n\ndata: [DONE]\n\n");
        row("CRLF", "data: " + textNull + "\r\n\r\ndata: " + usage + "\r\n\r\ndata: [DONE]\r\n\r\n",
            "data: " + text + "\r\n\r\ndata: [DONE]\r\n\r\n");
        row("CR", "data: " + textNull + "\r\rdata: " + usage + "\r\rdata: [DONE]\r\r",
            "data: " + text + "\r\rdata: [DONE]\r\r");
        row("usage last, no blank line", "data: " + text + "\n\ndata: " + usage, "data: " + text + "\n\n");
        row("usage last, CRLF", "data: " + text + "\r\n\r\ndata: " + usage + "\r\n\r\n",
            "data: " + text + "\r\n\r\n");
        row("mark",
            "\xEF\xBB\xBF"
            "data: " +
                textNull + "\n\n",
            "\xEF\xBB\xBF"
            "data: " +
                text + "\n\n");
        row("first member", "data: {\"usage\":null,\"choices\":[]}\n\n", "data: {\"choices\":[]}\n\n");
        row("first, spaces", "data: { \"usage\": null, \"choices\": [] }\n\n",
            "data: { \"choices\": [] }\n\n");
        row("middle", "data: {\"a\":1,\"usage\":null,\"b\":2}\n\n", "data: {\"a\":1,\"b\":2}\n\n");
        row("middle, spaces", "data: {\"a\": 1, \"usage\" : null , \"b\": 2}\n\n",
            "data: {\"a\": 1 , \"b\": 2}\n\n");
        row("last, spaces", "data: {\"a\": 1, \"usage\": null}\n\n", "data: {\"a\": 1}\n\n");
        row("only", "data: {\"usage\":null}\n\n", "data: {}\n\n");
        row("no space after data", "data:{\"a\":1,\"usage\":null}\n\n", "data:{\"a\":1}\n\n");
        const auto same = [&](const char *name, const QByteArray &stream) { row(name, stream, stream); };
        same("untouched", "data: " + text + "\n\n: comment\n\ndata: [DONE]\n\n");
        same("in a string", "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":null\"}}]}"
                            "\n\n");
        same("nested", R"(data: {"choices":[{"usage":null}],"x":{"usage":null}})"
                       "\n\n");
        same("unasked usage with choices", R"(data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":3}})"
                                           "\n\n");
        same("Azure's prompt filter", R"(data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]})"
                                      "\n\n");
        same("no choices member", R"(data: {"usage":{"prompt_tokens":3}})"
                                  "\n\n");
        same("usage elsewhere", R"(data: {"choices":[],"x_groq":{"usage":{"prompt_tokens":3}}})"
                                "\n\n");
        same("no JSON", "data: \"usage\":null\n\n");
        same("broken JSON", "data: {\"usage\":null\n\n");
        same("broken off", "data: {\"choices\":[],\"usa");
        same("blank lines", "\n\n\r\n\r\r\n");
        row("Azure's prompt filter with null",
            R"(data: {"choices":[],"prompt_filter_results":[],"usage":null})"
            "\n\n",
            R"(data: {"choices":[],"prompt_filter_results":[]})"
            "\n\n");
    }
    void theClientSeesWhatItWouldHaveSeen()
    {
        QFETCH(QByteArray, stream);
        QFETCH(QByteArray, seen);
        for (qsizetype piece = 1; piece <= stream.size(); ++piece)
            QCOMPARE(filtered(stream, piece), seen);
    }

    void wholeEventsPassAtOnce()
    {
        IncludeUsageFilter filter;
        std::string out;
        filter.feed("data: {\"a\":1}\n\ndata: {\"b\"", out);
        QCOMPARE(out, std::string("data: {\"a\":1}\n\n"));
        filter.feed(":2}\r", out);
        filter.feed("\n\r", out);
        QCOMPARE(out, std::string("data: {\"a\":1}\n\ndata: {\"b\":2}\r\n\r"));
    }

    void eventsTooLargeToHoldPassAsTheyAre()
    {
        const std::string large =
            "data: {\"a\":\"" + std::string(std::size_t{33} << 20, 'x') + "\",\"usage\":null}";
        IncludeUsageFilter filter;
        std::string out;
        const std::string_view view(large);
        const std::size_t piece = std::size_t{1} << 20;
        for (std::size_t at = 0; at < view.size(); at += piece)
            filter.feed(view.substr(at, piece), out);
        filter.feed("\n\ndata: {\"a\":1,\"usage\":null}\n\n", out);
        QVERIFY(out == large + "\n\ndata: {\"a\":1}\n\n");
    }
};

QTEST_GUILESS_MAIN(TestIncludeUsage)
#include "tst_include_usage.moc"
