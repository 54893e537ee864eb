// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ContentDecoder.h"
#include "tests/Deflated.h"

#include <QTest>

#include <brotli/encode.h>
#include <random>
#include <zlib.h>
#include <zstd.h>

using namespace farthing;

namespace {

std::string brotlied(const std::string &text)
{
    std::size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 64;
    std::string out(size, '\0');
    BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                          reinterpret_cast<const std::uint8_t *>(text.data()), &size,
                          reinterpret_cast<std::uint8_t *>(out.data()));
    out.resize(size);
    return out;
}

std::string zstded(const std::string &text)
{
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

std::string encodedAs(const std::string &encoding, const std::string &text)
{
    return encoding == "gzip"      ? gzipped(text)
           : encoding == "deflate" ? deflated(text, MAX_WBITS)
           : encoding == "br"      ? brotlied(text)
           : encoding == "zstd"    ? zstded(text)
                                   : brotlied(gzipped(text));
}

Result<std::string> decoded(std::string_view encoding, std::string_view bytes, std::size_t piece)
{
    auto decoder = makeContentDecoder(encoding);
    if (!decoder)
        return decoder.error();
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
        if (auto result = (*decoder)->decode(bytes.substr(at, piece), out); !result)
            return result.error();
    return out;
}

std::string sample()
{
    std::string text;
    for (int i = 0; i < 20000; ++i)
        text += "data: {\"n\":" + std::to_string(i * 7919 % 10007) + "}\n\n";
    return text;
}

} // namespace

class TestContentDecoder : public QObject
{
    Q_OBJECT
private slots:
    void everyEncodingDecodesAtEveryCut_data()
    {
        QTest::addColumn<QByteArray>("encoding");
        QTest::addColumn<QByteArray>("bytes");
        const std::string text = sample();
        const auto row = [](const char *name, const char *encoding, const std::string &bytes) {
            QTest::newRow(name) << QByteArray(encoding) << QByteArray::fromStdString(bytes);
        };
        row("none", "", text);
        row("identity", "identity", text);
        row("gzip", "gzip", gzipped(text));
        row("x-gzip", "X-GZip", gzipped(text));
        row("gzip members", "gzip", gzipped(text.substr(0, 1000)) + gzipped("") + gzipped(text.substr(1000)));
        row("gzip padded", "gzip", gzipped(text) + std::string(512, '\0'));
        row("deflate zlib", "deflate", deflated(text, MAX_WBITS));
        row("deflate raw", "deflate", deflated(text, -MAX_WBITS));
        row("br", "br", brotlied(text));
        row("zstd", "zstd", zstded(text));
        row("zstd frames", "zstd", zstded(text.substr(0, 1000)) + zstded(text.substr(1000)));
        row("chain", "gzip, br", brotlied(gzipped(text)));
        row("chain with a hole", "zstd,identity, GZIP", gzipped(zstded(text)));
    }
    void everyEncodingDecodesAtEveryCut()
    {
        QFETCH(QByteArray, encoding);
        QFETCH(QByteArray, bytes);
        for (const std::size_t piece :
             {std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::size_t(bytes.size())}) {
            const auto text = decoded(encoding.toStdString(), bytes.toStdString(), piece);
            QVERIFY2(text.ok(), text ? "" : text.error().message.c_str());
            QVERIFY(*text == sample());
        }
    }

    void whatCameBeforeACutIsDecodedAtOnce()
    {
        // A stream's chunk must not wait for the next one: the sender flushes, the decoder has to follow.
        z_stream stream{};
        deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
        std::string event = "data: {}\n\n";
        std::array<Bytef, 256> block{};
        stream.next_in = reinterpret_cast<Bytef *>(event.data());
        stream.avail_in = static_cast<uInt>(event.size());
        stream.next_out = block.data();
        stream.avail_out = block.size();
        deflate(&stream, Z_SYNC_FLUSH);
        const std::string_view bytes(reinterpret_cast<const char *>(block.data()),
                                     block.size() - stream.avail_out);
        deflateEnd(&stream);
        const auto text = decoded("gzip", bytes, bytes.size());
        QVERIFY(text.ok());
        QCOMPARE(*text, event);
    }

    void corruptDataIsAnError_data()
    {
        QTest::addColumn<QByteArray>("encoding");
        for (const char *encoding : {"gzip", "deflate", "br", "zstd", "gzip, br"})
            QTest::newRow(encoding) << QByteArray(encoding);
    }
    void corruptDataIsAnError()
    {
        QFETCH(QByteArray, encoding);
        const auto text =
            decoded(encoding.toStdString(), std::string(200, '\xFF') + "{\"not\":\"encoded\"}", 50);
        QVERIFY(!text.ok());
        QVERIFY(!text.error().message.empty());
    }

    void whatIsSoundBeforeAFaultIsDecoded_data()
    {
        QTest::addColumn<QByteArray>("encoding");
        QTest::addColumn<QByteArray>("bytes");
        const std::string text = R"({"usage":{"prompt_tokens":100}})";
        QTest::newRow("gzip") << QByteArray("gzip") << QByteArray::fromStdString(gzipped(text));
        QTest::newRow("twice") << QByteArray("gzip, gzip")
                               << QByteArray::fromStdString(gzipped(gzipped(text)));
    }
    void whatIsSoundBeforeAFaultIsDecoded()
    {
        QFETCH(QByteArray, encoding);
        QFETCH(QByteArray, bytes);
        bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 1); // of the checksum
        auto decoder = makeContentDecoder(encoding.toStdString());
        QVERIFY(decoder.ok());
        std::string out;
        QVERIFY(!(*decoder)->decode(bytes.toStdString(), out).ok());
        QCOMPARE(out, std::string(R"({"usage":{"prompt_tokens":100}})"));
    }

    void bombsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("encoding");
        QTest::addColumn<QByteArray>("bomb");
        const std::string zeros(std::size_t{64} << 20, '\0');
        QTest::newRow("gzip") << QByteArray("gzip") << QByteArray::fromStdString(gzipped(zeros));
        QTest::newRow("zstd") << QByteArray("zstd") << QByteArray::fromStdString(zstded(zeros));
        QTest::newRow("br") << QByteArray("br") << QByteArray::fromStdString(brotlied(zeros));
        QTest::newRow("one in another")
            << QByteArray("gzip, br") << QByteArray::fromStdString(brotlied(gzipped(zeros)));
    }
    void bombsAreRefused()
    {
        QFETCH(QByteArray, encoding);
        QFETCH(QByteArray, bomb);
        auto decoder = makeContentDecoder(encoding.toStdString());
        QVERIFY(decoder.ok());
        std::string out;
        const auto result = (*decoder)->decode(bomb.toStdString(), out);
        QVERIFY(!result.ok());
        // And what one step more brings, where one encoding lies in another.
        QVERIFY(out.size() <= (std::size_t{8} << 20) + 512 * static_cast<std::size_t>(bomb.size()));
    }

    void whatRepeatsItselfTheMostIsNoBomb_data()
    {
        QTest::addColumn<QByteArray>("encoding");
        for (const char *encoding : {"gzip", "deflate", "br", "zstd", "gzip, br"})
            QTest::newRow(encoding) << QByteArray(encoding);
    }
    /// 12 MB of events of one token each; and 4 MiB of nothing at all.
    void whatRepeatsItselfTheMostIsNoBomb()
    {
        QFETCH(QByteArray, encoding);
        std::string events;
        std::mt19937 random(1);
        while (events.size() < 12'000'000)
            events +=
                "data: {\"id\":\"chatcmpl-0123456789\",\"object\":\"chat.completion.chunk\",\"created\":"
                "1790000000,\"model\":\"gpt-4o-2024-08-06\",\"service_tier\":\"default\","
                "\"system_fingerprint\":\"fp_0\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" +
                std::to_string(random() % 10) + "\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";
        for (const std::string &text : {events, std::string(std::size_t{4} << 20, ' ')}) {
            const std::string bytes = encodedAs(encoding.toStdString(), text);
            const auto read = decoded(encoding.toStdString(), bytes, 16'000);
            QVERIFY2(read.ok(), read ? "" : read.error().message.c_str());
            QVERIFY(*read == text);
            qInfo("%s: %zu bytes are %zu encoded, a %zuth", encoding.constData(), text.size(), bytes.size(),
                  text.size() / bytes.size());
        }
    }

    void unknownEncodingsAreNamed()
    {
        const auto unknown = makeContentDecoder("gzip, lzma");
        QVERIFY(!unknown.ok());
        QVERIFY(unknown.error().message.find("lzma") != std::string::npos);
        QVERIFY(!makeContentDecoder("gzip,gzip,gzip").ok());
    }
};

QTEST_GUILESS_MAIN(TestContentDecoder)
#include "tst_content_decoder.moc"
