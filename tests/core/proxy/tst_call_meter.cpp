// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/MeterFixture.h"

#include <QTest>
#include <zlib.h>

using namespace farthing;

namespace {

const std::string chunk = "data: {\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi"
                          "\"}}]}\n\n";
const std::string lastChunks = "data: {\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                               "\"completion_tokens\":2,\"total_tokens\":9}}\n\ndata: [DONE]\n\n";

/// Gzip that a reader can decode up to each piece's end, as a server flushes its events.
std::vector<std::string> gzippedPieces(const std::vector<std::string> &pieces)
{
    z_stream stream{};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    std::vector<std::string> out;
    for (const std::string &piece : pieces) {
        std::string &to = out.emplace_back(piece.size() + 256, '\0');
        stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(piece.data()));
        stream.avail_in = static_cast<uInt>(piece.size());
        stream.next_out = reinterpret_cast<Bytef *>(to.data());
        stream.avail_out = static_cast<uInt>(to.size());
        deflate(&stream, Z_SYNC_FLUSH);
        to.resize(to.size() - stream.avail_out);
    }
    deflateEnd(&stream);
    return out;
}

} // namespace

class TestCallMeter : public QObject
{
    Q_OBJECT

private slots:
    void theEndOfAnEncodedStreamIsJournalledBeforeItIsRelayed_data()
    {
        QTest::addColumn<bool>("encoded");
        QTest::newRow("plain") << false;
        QTest::newRow("gzip") << true;
    }
    void theEndOfAnEncodedStreamIsJournalledBeforeItIsRelayed()
    {
        QFETCH(bool, encoded);
        std::vector<std::string> pieces = {chunk, lastChunks};
        ReplyHead head{200, "OK", {{"Content-Type", "text/event-stream"}}};
        if (encoded) {
            pieces = gzippedPieces(pieces);
            head.headers.push_back({"Content-Encoding", "gzip"});
        }
        MeterFixture fixture;
        const auto meter = fixture.meter();
        meter->begin();
        meter->onHead(head, true);
        for (const std::string &piece : pieces) {
            QVERIFY(fixture.journal.outcomes.empty());
            // What a session does before it relays a chunk.
            if (meter->mayComplete(piece)) {
                meter->look(piece);
                meter->finishIfSeenWhole();
            } else {
                QVERIFY(&piece != &pieces.back());
                meter->look(piece);
            }
        }
        QCOMPARE(fixture.journal.outcomes.size(), std::size_t(1));
        QCOMPARE(fixture.journal.outcomes[0].status, 200);
        QCOMPARE(fixture.journal.outcomes[0].usage.output, std::int64_t(2));
    }

    void aReplyWithoutABodyIsJournalledWithItsHead_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("length");
        QTest::addColumn<bool>("hasBody");
        QTest::addColumn<int>("outcomes");
        QTest::newRow("204") << 204 << QByteArray() << false << 1;
        QTest::newRow("304") << 304 << QByteArray() << false << 1;
        QTest::newRow("HEAD") << 200 << QByteArray("17") << false << 1;
        QTest::newRow("a length of 0") << 200 << QByteArray("0") << true << 1;
        QTest::newRow("an error with a length of 0") << 529 << QByteArray("0") << true << 1;
        QTest::newRow("a length") << 200 << QByteArray("17") << true << 0;
        QTest::newRow("no length") << 200 << QByteArray() << true << 0;
    }
    void aReplyWithoutABodyIsJournalledWithItsHead()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, length);
        QFETCH(bool, hasBody);
        QFETCH(int, outcomes);
        for (const char *path : {"/v1/chat/completions", "/v1/files/a"}) {
            MeterFixture fixture;
            const auto meter = fixture.meter(path);
            meter->begin();
            ReplyHead head{status, "", {}};
            if (!length.isEmpty())
                head.headers.push_back({"Content-Length", length.toStdString()});
            meter->onHead(head, hasBody);
            QCOMPARE(fixture.journal.outcomes.size(), std::size_t(outcomes));
            meter->finish();
            QCOMPARE(fixture.journal.outcomes.size(), std::size_t(1));
            QCOMPARE(fixture.journal.outcomes[0].status, status);
        }
    }
};

QTEST_GUILESS_MAIN(TestCallMeter)
#include "tst_call_meter.moc"
