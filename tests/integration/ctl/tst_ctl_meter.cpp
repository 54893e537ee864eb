// SPDX-License-Identifier: GPL-3.0-or-later
// A recorded reply is told by its shape, whatever words it holds.
#include "core/providers/AwsMessage.h"
#include "tests/integration/ctl/Farthingctl.h"

#include <QTemporaryDir>
#include <QTest>

class CtlMeterTest : public QObject
{
    Q_OBJECT

private slots:
    void repliesAreToldByTheirShape_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("provider");
        const QByteArray chat =
            "{\"object\":\"chat.completion\",\"model\":\"gpt-4o\",\"choices\":[{\"message\":{"
            "\"content\":\"message_start response.completed usageMetadata\"}}],"
            "\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10}}";
        QTest::newRow("chat that speaks of other wires") << chat << "openai";
        QTest::newRow("byte order mark") << "\xef\xbb\xbf" + chat << "openai";
        QTest::newRow("spaced") << "\n  " + chat << "openai";
        QTest::newRow("a stream that begins with a comment")
            << ": working\n\ndata: " + chat + "\n\ndata: [DONE]\n\n"
            << "openai";
        QTest::newRow("a stream that begins with an id") << "id: 1\ndata: " + chat + "\n\n"
                                                         << "openai";
        QTest::newRow("responses") << QByteArray("{\"object\":\"response\",\"model\":\"gpt-4o\",\"usage\":{"
                                                 "\"input_tokens\":100,\"output_tokens\":10}}")
                                   << "openai";
        QTest::newRow("messages") << QByteArray(
                                         "{\"type\":\"message\",\"model\":\"claude-sonnet-4-5\",\"usage\":{"
                                         "\"input_tokens\":100,\"output_tokens\":10}}")
                                  << "anthropic";
        QTest::newRow("gemini") << QByteArray("{\"modelVersion\":\"gemini-2.5-pro\",\"usageMetadata\":{"
                                              "\"promptTokenCount\":100,\"candidatesTokenCount\":10}}")
                                << "gemini";
        QTest::newRow("gemini's array")
            << QByteArray("[{\"modelVersion\":\"gemini-2.5-pro\",\"usageMetadata\":{"
                          "\"promptTokenCount\":100,\"candidatesTokenCount\":10}}]")
            << "gemini";
        QTest::newRow("Converse")
            << QByteArray("{\"output\":{},\"usage\":{\"inputTokens\":100,\"outputTokens\":10}}") << "bedrock";
        QTest::newRow("ConverseStream")
            << QByteArray::fromStdString(
                   farthing::awsEvent("metadata", "{\"usage\":{\"inputTokens\":100,\"outputTokens\":10}}"))
            << "bedrock";
        const QByteArray units = "{\"billed_units\":{\"input_tokens\":100,\"output_tokens\":10}}";
        QTest::newRow("Cohere") << "{\"message\":{},\"usage\":" + units + "}"
                                << "cohere";
        QTest::newRow("Cohere's stream")
            << "data: {\"type\":\"message-start\"}\n\ndata: {\"type\":\"message-end\",\"delta\":{\"usage\":" +
                   units + "}}\n\n"
            << "cohere";
        QTest::newRow("Ollama's lines")
            << QByteArray("{\"message\":{},\"done\":false}\n"
                          "{\"done\":true,\"prompt_eval_count\":100,\"eval_count\":10}\n")
            << "ollama";
    }
    void repliesAreToldByTheirShape()
    {
        QFETCH(QByteArray, body);
        QTEST(meter(body).json().value("provider").toString(), "provider");
        QCOMPARE(meter(body).json().value("input_tokens").toInt(), 100);
        QCOMPARE(meter(body).json().value("output_tokens").toInt(), 10);
    }

    void whatIsNoReplyIsRefused_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("code");
        QTest::newRow("nothing") << QByteArray() << 1;
        QTest::newRow("text") << QByteArray("<html>502</html>") << 1;
        QTest::newRow("another object") << QByteArray("{\"a\":1}") << 1;
        QTest::newRow("two replies") << QByteArray("{\"object\":\"response\"}{\"object\":\"response\"}") << 1;
        QTest::newRow("arrays without end") << QByteArray(100'000, '[') + QByteArray(100'000, ']') << 1;
        QTest::newRow("a stream of arrays without end") << "data: " + QByteArray(100'000, '[') << 1;
        QTest::newRow("no usage") << QByteArray("{\"object\":\"response\"}") << 3;
    }
    void whatIsNoReplyIsRefused()
    {
        QFETCH(QByteArray, body);
        QTEST(meter(body).code, "code");
    }

private:
    Farthingctl::Answer meter(const QByteArray &body) const
    {
        const QString file = m_dir.filePath("reply");
        writeTo(file, body);
        return Farthingctl{m_dir.filePath("data")}({"meter", file, "--json"});
    }

    QTemporaryDir m_dir;
};

QTEST_GUILESS_MAIN(CtlMeterTest)
#include "tst_ctl_meter.moc"
