// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/AwsEventStream.h"
#include "core/providers/AwsMessage.h"

#include <QTest>

using namespace farthing;

namespace {

struct Found
{
    QByteArrayList messages; ///< "type name error payload"
    QByteArray fault;
    bool operator==(const Found &) const = default;
};

Found readInPieces(const std::string &stream, std::size_t piece, std::size_t limit = 1000)
{
    Found found;
    AwsEventStream parser(limit);
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        // A copy of its own, so that a sanitizer sees a view kept from one piece to the next.
        const std::string chunk = stream.substr(at, piece);
        parser.feed(chunk, [&found](const AwsEventStream::Message &message) {
            QByteArrayList parts;
            for (const std::string_view part : {message.type, message.name, message.error, message.payload})
                parts << QByteArray::fromStdString(std::string(part));
            found.messages << parts.join('|');
        });
    }
    found.fault = QByteArray::fromStdString(parser.fault());
    return found;
}

std::string withByte(std::string bytes, std::size_t at, char value)
{
    bytes[at] = value;
    return bytes;
}

} // namespace

class TestAwsEventStream : public QObject
{
    Q_OBJECT

private slots:
    void messagesAreReadAtEveryCut_data()
    {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<QByteArrayList>("messages");
        QTest::addColumn<QByteArray>("fault");
        const auto row = [](const char *name, const std::string &stream, const QByteArrayList &messages,
                            const char *fault = "") {
            QTest::newRow(name) << QByteArray::fromStdString(stream) << messages << QByteArray(fault);
        };
        const std::string a = awsEvent("a", "{\"x\":1}");
        const std::string b = awsEvent("b", "");
        const QByteArray readA = "event|a||{\"x\":1}";
        row("two", a + b, {readA, "event|b||"});
        row("broken off", a + b.substr(0, b.size() - 1), {readA});
        row("nothing", "", {});
        row("an exception", awsMessage({{":message-type", "exception"}, {":exception-type", "e"}}, "{}"),
            {"exception|e||{}"});
        row("an error",
            awsMessage({{":message-type", "error"}, {":error-code", "c"}, {":error-message", "m"}}, ""),
            {"error|c|m|"});
        row("no headers", awsFrame("", "p"), {"|||p"});
        const std::string types = std::string("\x01t\x00\x01u\x01\x01v\x02.\x01w\x03..\x01x\x04....", 22) +
                                  std::string("\x01y\x05........\x01z\x06\x00\x02..\x01q\x08........", 29) +
                                  "\x01r\x09................";
        row("headers of every type", awsFrame(types, "p"), {"|||p"});

        const char *const checksum = "message 2 of the event stream: the checksum is wrong";
        row("a payload's byte", a + withByte(a, a.size() - 6, '2') + b, {readA}, checksum);
        row("a header's byte", a + withByte(a, 14, 'E') + b, {readA}, checksum);
        row("the checksum", a + withByte(b, b.size() - 1, '\0') + a, {readA}, checksum);
        row("a length", withByte(a, 3, 'x') + a, {},
            "message 1 of the event stream: the checksum of the lengths is wrong");
        row("no event stream at all", "data: {\"a\":1}\n\ndata: [DONE]\n\n", {},
            "message 1 of the event stream: the checksum of the lengths is wrong");
        const auto prelude = [](std::uint32_t size, std::uint32_t headers) {
            const std::string lengths = bigEndian(size) + bigEndian(headers);
            return lengths + crcOf(lengths);
        };
        row("shorter than its frame", prelude(15, 0) + a, {},
            "message 1 of the event stream: the lengths cannot be");
        row("headers beyond the message", prelude(20, 5) + a, {},
            "message 1 of the event stream: the lengths cannot be");
        row("absurdly long", a + prelude(0xffffffff, 0) + a, {readA},
            "message 2 of the event stream: the message is too long");
        row("a header without a value", awsFrame("\x01t\x07", ""), {},
            "message 1 of the event stream: a header is cut off or of an unknown type");
        row("a header beyond the others", awsFrame("\x7ft", ""), {},
            "message 1 of the event stream: a header is cut off or of an unknown type");
        row("an unknown type", awsFrame("\x01t\x0a", ""), {},
            "message 1 of the event stream: a header is cut off or of an unknown type");
    }
    void messagesAreReadAtEveryCut()
    {
        QFETCH(QByteArray, stream);
        QFETCH(QByteArrayList, messages);
        QFETCH(QByteArray, fault);
        for (const std::size_t piece :
             {std::size_t(1), std::size_t(2), std::size_t(5), std::size_t(11), std::size_t(12),
              std::size_t(13), std::size_t(64), std::size_t(10000)}) {
            const Found found = readInPieces(stream.toStdString(), piece);
            QCOMPARE(found.messages, messages);
            QCOMPARE(found.fault, fault);
        }
    }

    void aMessageAtTheLimitIsRead()
    {
        const std::string message = awsEvent("a", std::string(500, 'x'));
        QCOMPARE(readInPieces(message, 7, message.size()).messages.size(), 1);
        QVERIFY(readInPieces(message, 7, message.size() - 1).fault.endsWith("too long"));
    }
};

QTEST_GUILESS_MAIN(TestAwsEventStream)
#include "tst_aws_event_stream.moc"
