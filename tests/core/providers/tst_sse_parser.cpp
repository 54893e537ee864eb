// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/JsonSplitter.h"
#include "core/providers/SseParser.h"

#include <QTest>

using namespace farthing;

namespace {

QByteArrayList parse(const QByteArray &stream, qsizetype piece, std::size_t limit = 1 << 20)
{
    QByteArrayList events;
    SseParser parser(limit);
    for (qsizetype at = 0; at < stream.size(); at += piece) {
        // A copy of its own, so that a sanitizer sees a view kept from one piece to the next.
        const std::string chunk = stream.mid(at, piece).toStdString();
        parser.feed(chunk, [&](const SseParser::Event &event) {
            events << QByteArray::fromStdString(std::string(event.type) + "|" + std::string(event.data));
        });
    }
    return events;
}

} // namespace

class TestSseParser : public QObject
{
    Q_OBJECT
private slots:
    void eventsAreTheSameAtEveryCut_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<QByteArrayList>("events");
        QTest::newRow("LF") << QByteArray("data: a\n\ndata: b\n\n") << QByteArrayList{"|a", "|b"};
        QTest::newRow("CRLF") << QByteArray("data: a\r\n\r\ndata: b\r\n\r\n") << QByteArrayList{"|a", "|b"};
        QTest::newRow("CR") << QByteArray("data: a\r\rdata: b\r\r") << QByteArrayList{"|a", "|b"};
        QTest::newRow("mixed") << QByteArray("data: a\r\n\ndata: b\n\r\ndata: c\r\n\r")
                               << QByteArrayList{"|a", "|b", "|c"};
        QTest::newRow("mark") << QByteArray("\xEF\xBB\xBF"
                                            "data: a\n\n")
                              << QByteArrayList{"|a"};
        QTest::newRow("type") << QByteArray("event: x\ndata: a\n\ndata: b\n\n")
                              << QByteArrayList{"x|a", "|b"};
        QTest::newRow("type after") << QByteArray("data: a\nevent: x\n\n") << QByteArrayList{"x|a"};
        QTest::newRow("lines") << QByteArray("data: a\ndata:b\ndata\n\n") << QByteArrayList{"|a\nb\n"};
        QTest::newRow("comments") << QByteArray(": PROCESSING\n\n:\ndata: a\n: x\n\n")
                                  << QByteArrayList{"|a"};
        QTest::newRow("no space") << QByteArray("data:a\n\n") << QByteArrayList{"|a"};
        QTest::newRow("two spaces") << QByteArray("data:  a\n\n") << QByteArrayList{"| a"};
        QTest::newRow("colons") << QByteArray("data: {\"a\":1}\nid: 7\nretry: 1\n\n")
                                << QByteArrayList{"|{\"a\":1}"};
        QTest::newRow("type alone") << QByteArray("event: x\n\ndata: a\n\n") << QByteArrayList{"|a"};
        QTest::newRow("empty data") << QByteArray("data:\n\n") << QByteArrayList{"|"};
        QTest::newRow("broken off") << QByteArray("data: a\n\ndata: b\n") << QByteArrayList{"|a"};
        QTest::newRow("other names") << QByteArray("datax: a\nDATA: b\n\ndata: c\n\n")
                                     << QByteArrayList{"|c"};
    }
    void eventsAreTheSameAtEveryCut()
    {
        QFETCH(QByteArray, stream);
        QFETCH(QByteArrayList, events);
        for (qsizetype piece = 1; piece <= stream.size(); ++piece)
            QCOMPARE(parse(stream, piece), events);
    }

    void oversizedEventsAreDroppedAndTheNextOnesRead()
    {
        const QByteArray large(100, 'x');
        for (qsizetype piece : {1, 7, 1000}) {
            if (piece < 1000) // whole in the chunk: nothing is held, so nothing has to be dropped
                QCOMPARE(parse("data: " + large + "\n\ndata: b\n\n", piece, 50), QByteArrayList{"|b"});
            QCOMPARE(parse("data: " + large + "\ndata: " + large + "\n\ndata: b\n\n", piece, 120),
                     QByteArrayList{"|b"});
        }
    }

    void objectsThatFollowEachOtherAreCutApart()
    {
        const std::string lines = "{\"a\":\"}\\\"{\"}\r\n{\"b\":[{}]} "
                                  "\"{\"c\":1}{\"d\":\"0123456789012345678901234567890\"}{\"e\":";
        const std::vector<std::string> expected = {"{\"a\":\"}\\\"{\"}", "{\"b\":[{}]}", "{\"c\":1}"};
        for (std::size_t piece = 1; piece < 9; ++piece) {
            std::vector<std::string> found;
            JsonSplitter splitter(JsonSplitter::Objects::OneAfterTheOther, 30);
            for (std::size_t at = 0; at < lines.size(); at += piece) {
                const std::string chunk = lines.substr(at, piece);
                splitter.feed(chunk, [&](std::string_view object) { found.emplace_back(object); });
            }
            QCOMPARE(found, expected);
            QVERIFY(!splitter.closed());
        }
    }

    void arraysAreCutIntoObjects_data()
    {
        QTest::addColumn<QByteArray>("array");
        QTest::addColumn<QByteArrayList>("elements");
        QTest::newRow("two") << QByteArray("[{\"a\":1}\n,\r\n{\"b\":[{}]}\n]")
                             << QByteArrayList{"{\"a\":1}", "{\"b\":[{}]}"};
        QTest::newRow("strings") << QByteArray("[{\"a\":\"}]\\\"{\\\\\"},{\"b\":2}]")
                                 << QByteArrayList{"{\"a\":\"}]\\\"{\\\\\"}", "{\"b\":2}"};
        QTest::newRow("scalars") << QByteArray("[1,\"x\",{}]") << QByteArrayList{"{}"};
        QTest::newRow("broken off") << QByteArray("[{\"a\":1},{\"b\"") << QByteArrayList{"{\"a\":1}"};
        QTest::newRow("unbalanced") << QByteArray("]]}{[") << QByteArrayList{};
        QTest::newRow("large one dropped")
            << QByteArray("[{\"a\":\"0123456789012345678901234567890123456789\"},{}]")
            << QByteArrayList{"{}"};
    }
    void arraysAreCutIntoObjects()
    {
        QFETCH(QByteArray, array);
        QFETCH(QByteArrayList, elements);
        for (qsizetype piece = 1; piece < 8; ++piece) {
            QByteArrayList found;
            JsonSplitter splitter(JsonSplitter::Objects::InAnArray, 30);
            for (qsizetype at = 0; at < array.size(); at += piece) {
                const std::string chunk = array.mid(at, piece).toStdString();
                splitter.feed(chunk, [&](std::string_view element) {
                    found << QByteArray::fromStdString(std::string(element));
                });
            }
            QCOMPARE(found, elements);
            QCOMPARE(splitter.closed(), array.startsWith('[') && array.endsWith(']'));
        }
    }
};

QTEST_GUILESS_MAIN(TestSseParser)
#include "tst_sse_parser.moc"
