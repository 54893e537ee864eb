// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ReplyHeadReader.h"

#include <QTest>

using namespace farthing;

namespace {

/// The head of those lines behind a status line.
ReplyHead read(const QByteArrayList &lines)
{
    ReplyHeadReader reader;
    reader.feed("HTTP/1.1 200 OK\r\n");
    for (const QByteArray &line : lines)
        reader.feed((line + "\r\n").toStdString());
    reader.feed("\r\n");
    return reader.complete() ? reader.head() : ReplyHead();
}

QByteArrayList linesOf(const ReplyHead &head)
{
    QByteArrayList lines;
    for (const Header &header : head.headers)
        lines.append(QByteArray::fromStdString(header.name + "=" + header.value));
    return lines;
}

} // namespace

class TestReplyHead : public QObject
{
    Q_OBJECT

private slots:
    void linesAreMadeFitToPassOn_data()
    {
        QTest::addColumn<QByteArrayList>("lines");
        QTest::addColumn<QByteArrayList>("headers");
        const auto row = [](const char *name, const QByteArrayList &lines, const QByteArrayList &headers) {
            QTest::newRow(name) << lines << headers;
        };
        row("as they came", {"X-B: b", "x-a:a  ", "X-B: c", "Empty:"},
            {"X-B=b", "x-a=a  ", "X-B=c", "Empty="});
        row("a colon in the value", {"Location: http://a/b"}, {"Location=http://a/b"});
        row("space before the colon", {"X-A : a", "X-B\t: b"}, {"X-A=a", "X-B=b"});
        row("folded", {"X-A: a", "  b", "\tc", "X-B: d"}, {"X-A=a b c", "X-B=d"});
        row("folded without a beginning", {" X-A: a", "X-B: b"}, {"X-B=b"});
        row("a bare CR", {"X-A: a\rX-Injected: b"}, {"X-A=a X-Injected: b"});
        row("a bare CR in a name", {"X-A\rX-B: b"}, {"X-A X-B=b"});
        row("no colon", {"what is this", "X-A: a"}, {"X-A=a"});
        row("no name", {": a", " : b"}, {});

        row("a length", {"Content-Length: 5"}, {"Content-Length=5"});
        row("a length twice", {"Content-Length: 5", "X: x", "content-length:5"}, {"Content-Length=5", "X=x"});
        row("a length as a list", {"Content-Length: 5 , 5,5"}, {"Content-Length=5"});
        row("a length beside a coding", {"Content-Length: 5", "Transfer-Encoding: chunked"},
            {"Transfer-Encoding=chunked"});
        row("two lengths beside a coding", {"Transfer-Encoding: chunked", "Content-Length: 5, x"},
            {"Transfer-Encoding=chunked"});
    }
    void linesAreMadeFitToPassOn()
    {
        QFETCH(QByteArrayList, lines);
        QFETCH(QByteArrayList, headers);
        const ReplyHead head = read(lines);
        QCOMPARE(linesOf(head), headers);
        QCOMPARE(QByteArray::fromStdString(head.unclear), QByteArray());
    }

    void aLengthThatCannotBeBelievedIsSaid_data()
    {
        QTest::addColumn<QByteArrayList>("lines");
        QTest::addColumn<QByteArray>("said");
        const auto row = [](const char *name, const QByteArrayList &lines, const char *said) {
            QTest::newRow(name) << lines << QByteArray(said);
        };
        row("two", {"Content-Length: 5", "Content-Length: 6"}, "'6' beside '5'");
        row("two in a list", {"Content-Length: 5, 6"}, "'5, 6'");
        row("an empty member", {"Content-Length: 5,"}, "'5,'");
        row("empty", {"Content-Length:"}, "''");
        row("a sign", {"Content-Length: +5"}, "'+5'");
        row("rubbish behind it", {"Content-Length: 5x"}, "'5x'");
        row("hexadecimal", {"Content-Length: 0x5"}, "'0x5'");
        row("too long", {"Content-Length: 99999999999999999999"}, "'99999999999999999999'");
        row("folded", {"Content-Length: 5", " 6"}, "'5 6'");
        row("space before the colon", {"Content-Length : 5"}, "Content-Length");
        row("a coding with a space", {"Transfer-Encoding : chunked"}, "Transfer-Encoding");
    }
    void aLengthThatCannotBeBelievedIsSaid()
    {
        QFETCH(QByteArrayList, lines);
        QFETCH(QByteArray, said);
        const QByteArray unclear = QByteArray::fromStdString(read(lines).unclear);
        QVERIFY2(!unclear.isEmpty() && unclear.contains(said), unclear.constData());
    }

    void interimHeadsAndTrailersAreLeftOut()
    {
        ReplyHeadReader reader;
        for (const char *line : {"HTTP/1.1 103 Early Hints\r\n", "Link: </a>\r\n", "\r\n"})
            reader.feed(line);
        QVERIFY(!reader.complete());
        for (const char *line : {"HTTP/1.1 201 Made\rup\r\n", "X-A: a\n", "\r\n", "X-Trailer: t\r\n"})
            reader.feed(line);
        QVERIFY(reader.complete());
        QCOMPARE(reader.head().status, 201);
        QCOMPARE(reader.head().reason, std::string("Made up"));
        QCOMPARE(linesOf(reader.head()), QByteArrayList{"X-A=a"});
    }
};

QTEST_GUILESS_MAIN(TestReplyHead)
#include "tst_reply_head.moc"
