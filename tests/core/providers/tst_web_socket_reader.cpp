// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/WebSocketFrames.h"
#include "core/providers/WebSocketReader.h"

#include <QTest>
#include <zlib.h>

using namespace farthing;

namespace {

struct Texts final : WebSocketTexts
{
    bool wants(std::string_view head) override { return head.substr(0, 1) != "-"; }
    void take(const Text &message) override
    {
        found += std::string(message.text.substr(0, 40)) + "/" + std::to_string(message.size) +
                 (message.isWhole ? "" : "/head") + "\n";
    }
    std::string found;
};

std::string bytes(const char *text, std::size_t size)
{
    return {text, size};
}

/// Messages of one compressed connection; `flush` may end each with a last block.
std::string deflatedFrames(const std::vector<std::string> &messages, bool keepsContext, int flush,
                           bool masked)
{
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    std::string frames;
    for (const std::string &message : messages) {
        std::string out(message.size() + 256, '\0');
        stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(message.data()));
        stream.avail_in = static_cast<uInt>(message.size());
        stream.next_out = reinterpret_cast<Bytef *>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        deflate(&stream, flush);
        out.resize(out.size() - stream.avail_out);
        if (out.empty())
            out += '\0'; // zlib flushes nothing twice
        else if (flush == Z_SYNC_FLUSH)
            out.resize(out.size() - 4);
        else
            out += '\0'; // an empty block that lacks its length
        frames += webSocketFrame(out.substr(0, 5), 0x41, masked) + webSocketFrame("", 0x89, masked) +
                  webSocketFrame(out.substr(std::min<std::size_t>(5, out.size())), 0x80, masked);
        if (!keepsContext || flush == Z_FINISH)
            deflateReset(&stream);
    }
    deflateEnd(&stream);
    return frames;
}

std::string longText(std::size_t size)
{
    std::string text(size, 'a');
    text.back() = 'z';
    return text;
}

std::string seen(const std::string &text)
{
    return text.substr(0, 40) + "/" + std::to_string(text.size()) + "\n";
}

} // namespace

class TestWebSocketReader : public QObject
{
    Q_OBJECT

private slots:
    void messages_data()
    {
        QTest::addColumn<std::string>("stream");
        QTest::addColumn<std::string>("found");
        QTest::addColumn<QString>("error");
        const auto row = [](const char *name, const std::string &stream, const std::string &found,
                            const char *error = "") { QTest::newRow(name) << stream << found << error; };
        const auto frame = [](std::string_view payload, unsigned char first = 0x81, bool masked = false) {
            return webSocketFrame(payload, first, masked);
        };
        for (const std::size_t size : {0, 1, 125, 126, 511, 512, 513, 65535, 65536}) {
            const std::string text = size == 0 ? "" : longText(size);
            const QByteArray name = QByteArray::number(qulonglong(size)) + " bytes";
            row(name, frame(text, 0x81, false), seen(text));
            row(name + ", masked", frame(text, 0x81, true), seen(text));
        }
        row("fragments, with a ping in between",
            frame("one", 0x01, false) + frame("p", 0x89, true) + frame("two", 0x00, true) +
                frame("", 0x00, false) + frame("!", 0x80, false) + frame("next", 0x81, false),
            seen("onetwo!") + seen("next"));
        row("binary is passed over",
            frame(longText(3000), 0x02, false) + frame("b", 0x80, false) + frame("t", 0x81, false),
            seen("t"));
        row("what is not wanted leaves its head", frame("-" + longText(2000), 0x81, true) + frame("t"),
            "-" + std::string(39, 'a') + "/2001/head\n" + seen("t"));
        row("a close", frame(bytes("\x03\xe9gone", 6), 0x88, true), "");
        const std::vector<std::string> texts = {"hello hello hello", "", "hello hello hello again",
                                                "-" + longText(70'000), longText(5000)};
        const std::string all = seen(texts[0]) + seen("") + seen(texts[2]) + "-" + std::string(39, 'a') +
                                "/70001/head\n" + seen(texts[4]);
        row("deflated", deflatedFrames(texts, true, Z_SYNC_FLUSH, false), all);
        row("deflated, masked", deflatedFrames(texts, true, Z_SYNC_FLUSH, true), all);
        row("deflated, each ends its blocks", deflatedFrames(texts, true, Z_FINISH, false), all);
        row("plain among deflated",
            frame("a") + deflatedFrames({"b"}, true, Z_SYNC_FLUSH, false) + frame("c"), "a/1\nb/1\nc/1\n");
        const char *extension = "a WebSocket frame uses an extension that was not agreed upon";
        row("the second reserved bit", frame("a") + frame("b", 0xa1, false) + frame("c"), "a/1\n", extension);
        row("the third reserved bit", frame("b", 0x91, false), "", extension);
        row("a compressed ping", frame("b", 0xc9, false), "", extension);
        row("compression that begins in the middle", frame("b", 0x01, false) + frame("c", 0xc0, false), "",
            extension);
        row("a ping in parts", frame("b", 0x09, false), "", "a WebSocket control frame is not whole");
        row("a long ping", frame(longText(126), 0x89, false), "", "a WebSocket control frame is not whole");
        row("an unknown opcode", frame("b", 0x83, false), "", "a WebSocket frame has the unknown opcode 3");
        row("an unknown control opcode", frame("b", 0x8b, false), "",
            "a WebSocket frame has the unknown opcode 11");
        const char *inside = "a WebSocket message begins inside another, or goes on without a beginning";
        row("a message in a message", frame("a", 0x01, false) + frame("b"), "", inside);
        row("a rest of nothing", frame("a", 0x80, false), "", inside);
        row("damaged deflate", frame(bytes("\xff\xff\xff\xff", 4), 0xc1, false), "",
            "a WebSocket message is not what deflate makes");
        row("2^63 bytes", bytes("\x81\x7f\x80\0\0\0\0\0\0\0", 10) + "abc", "",
            "a WebSocket frame is longer than may be");
        row("2^63 - 1 bytes", bytes("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10) + "abc", "");
    }
    void messages()
    {
        QFETCH(std::string, stream);
        QFETCH(std::string, found);
        QFETCH(QString, error);
        for (const std::size_t piece : {stream.size() + 1, std::size_t(1), std::size_t(2), std::size_t(7)}) {
            Texts texts;
            WebSocketReader reader({.agreed = true, .keepsContext = true}, &texts);
            for (std::size_t at = 0; at < stream.size(); at += piece)
                reader.feed(std::string_view(stream).substr(at, piece));
            QCOMPARE(texts.found, found);
            QCOMPARE(QString::fromStdString(reader.error()), error);
        }
    }

    void whatWasNotAgreedEndsTheReading()
    {
        Texts texts;
        WebSocketReader reader({}, &texts);
        reader.feed(deflatedFrames({"a"}, true, Z_SYNC_FLUSH, false));
        QVERIFY(!reader.error().empty() && texts.found.empty());
        QVERIFY(!reader.isBetweenFrames());
    }

    void withoutContextEachMessageStandsAlone()
    {
        Texts texts;
        WebSocketReader reader({.agreed = true, .keepsContext = false}, &texts);
        reader.feed(deflatedFrames({"hello hello", "hello hello"}, false, Z_SYNC_FLUSH, false));
        QCOMPARE(texts.found, seen("hello hello") + seen("hello hello"));
    }

    void aMessageOverTheLimitIsItsHead()
    {
        Texts texts;
        WebSocketReader reader({.agreed = true, .keepsContext = true}, &texts);
        const std::string text = longText(WebSocketReader::longestMessage + 1);
        reader.feed(webSocketFrame(text));
        reader.feed(deflatedFrames({text, "after"}, true, Z_SYNC_FLUSH, false));
        const std::string head = std::string(40, 'a') + "/" + std::to_string(text.size()) + "/head\n";
        QCOMPARE(texts.found, head + head + seen("after"));
    }

    void framesAreToldApartWithoutTexts()
    {
        WebSocketReader reader({.agreed = true, .keepsContext = true});
        const std::string stream = deflatedFrames({"hello"}, true, Z_SYNC_FLUSH, true);
        reader.feed(stream.substr(0, 1));
        QVERIFY(!reader.isBetweenFrames());
        reader.feed(stream.substr(1));
        QVERIFY(reader.isBetweenFrames() && !reader.isClosed());
        const std::string close = webSocketFrame(bytes("\x03\xe9", 2), 0x88, true);
        reader.feed(close.substr(0, close.size() - 1));
        QVERIFY(!reader.isBetweenFrames() && !reader.isClosed());
        reader.feed(close.substr(close.size() - 1));
        QVERIFY(reader.isClosed());
        QCOMPARE(reader.closeCode(), 1001);
    }

    void theExtensionIsRead()
    {
        const auto deflate =
            MessageDeflate::read("foo, Permessage-Deflate; server_no_context_takeover", true);
        QVERIFY(deflate.agreed && !deflate.keepsContext);
        QVERIFY(MessageDeflate::read("permessage-deflate; server_no_context_takeover", false).keepsContext);
        QVERIFY(!MessageDeflate::read("", true).agreed);
    }
};

QTEST_GUILESS_MAIN(TestWebSocketReader)
#include "tst_web_socket_reader.moc"
