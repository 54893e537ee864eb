// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/HeaderList.h"

#include "core/providers/StreamForm.h"
#include "core/providers/WireText.h"

#include <QTest>

using namespace farthing;

namespace {

/// "A: 1\nB: 2" as headers.
HeaderList headersOf(const QByteArray &lines)
{
    HeaderList headers;
    for (const QByteArray &line : lines.split('\n')) {
        if (line.isEmpty())
            continue;
        const auto colon = line.indexOf(':');
        headers.push_back({line.left(colon).toStdString(), line.mid(colon + 2).toStdString()});
    }
    return headers;
}

QByteArray linesOf(const HeaderViews &headers)
{
    QByteArrayList lines;
    for (const HeaderView &header : headers)
        lines << QByteArray::fromStdString(std::string(header.name) + ": " + std::string(header.value));
    return lines.join('\n');
}

void addRow(const char *name, const char *headers, const char *kept)
{
    QTest::newRow(name) << QByteArray(headers) << QByteArray(kept);
}

void addColumns()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<QByteArray>("kept");
}

} // namespace

class TestHeaderList : public QObject
{
    Q_OBJECT

private slots:
    void comparesNamesWithoutCase()
    {
        QVERIFY(sameName("Content-Type", "content-TYPE"));
        QVERIFY(sameName("", ""));
        QVERIFY(!sameName("content-type", "content-typ"));
        QVERIFY(!sameName("a", "b"));
        QVERIFY2(!sameName("K", "\xe2\x84\xaa"), "only ASCII letters have a case");
        QVERIFY2(!sameName("@", "`"), "only letters have a case");
    }

    void findsTheFirst()
    {
        const HeaderList headers = headersOf("B: 0\nA: 1\na: 2");
        QCOMPARE(find(headers, "a"), std::string_view("1"));
        QCOMPARE(find(headers, "c"), std::string_view());
        QVERIFY(contains(headers, "b"));
        QVERIFY(!contains(headers, "bb"));
    }

    void passesARequestsHeaders_data()
    {
        addColumns();
        addRow("all, in order and spelling", "AUTHORIZATION: Bearer x\nb: 1\nA: 1\nb: 2\nB: 1",
               "AUTHORIZATION: Bearer x\nb: 1\nA: 1\nb: 2\nB: 1");
        addRow("hop by hop",
               "Connection: close\nKeep-Alive: 5\nProxy-Connection: x\nTE: trailers\nTrailer: x\n"
               "Transfer-Encoding: chunked\nUpgrade: h2c\nProxy-Authorization: x\nAccept: a",
               "Accept: a");
        addRow("what Connection names", "X-One: 1\nConnection: x-one,, \tX-Two ,close\nx-two: 2\nX-Three: 3",
               "X-Three: 3");
        addRow("two Connection headers", "Connection: a\nA: 1\nconnection: b\nB: 2\nC: 3", "C: 3");
        addRow("what the HTTP client sets", "Host: h\nContent-Length: 3\nExpect: 100-continue\nA: 1", "A: 1");
        addRow("Farthing's own", "X-Farthing-Workflow: w\nx-farthing-anything: x\nX-Farthing: kept\nA: 1",
               "X-Farthing: kept\nA: 1");
        addRow("other tools' tags pass", "Helicone-User-Id: u\nbaggage: a=b\ntraceparent: t",
               "Helicone-User-Id: u\nbaggage: a=b\ntraceparent: t");
        addRow("the wish for a batch", "Prefer: respond-async\nPrefer: return=minimal",
               "Prefer: return=minimal");
        addRow("nothing", "", "");
    }
    void passesARequestsHeaders()
    {
        QFETCH(QByteArray, headers);
        QFETCH(QByteArray, kept);
        const HeaderList request = headersOf(headers);
        QCOMPARE(linesOf(headersForUpstream(request)), kept);
    }

    void passesARepliesHeaders_data()
    {
        addColumns();
        addRow("all, in order and spelling", "Set-Cookie: a\nDate: d\nset-cookie: b\nRetry-After: 1",
               "Set-Cookie: a\nDate: d\nset-cookie: b\nRetry-After: 1");
        addRow("hop by hop",
               "Connection: keep-alive, X-Hop\nX-Hop: 1\nKeep-Alive: timeout=5\nProxy-Authenticate: x\n"
               "Transfer-Encoding: chunked\nContent-Encoding: gzip",
               "Content-Encoding: gzip");
        addRow("the length, which the framing says", "Content-Length: 3\nContent-Type: t", "Content-Type: t");
        addRow("names that only Farthing may use", "X-Farthing-Event-Id: forged\nA: 1", "A: 1");
        addRow("a host is no request's here", "Host: h", "Host: h");
    }
    void passesARepliesHeaders()
    {
        QFETCH(QByteArray, headers);
        QFETCH(QByteArray, kept);
        const HeaderList reply = headersOf(headers);
        QCOMPARE(linesOf(headersForClient(reply)), kept);
    }

    void linesOfOneNameAreOneList()
    {
        const HeaderList headers =
            headersOf("Content-Encoding: identity\nA: 1\ncontent-encoding: gzip\nContent-Encoding:");
        QCOMPARE(listed(headers, "Content-Encoding"), std::string("identity, gzip"));
        QCOMPARE(listed(headers, "b"), std::string());
    }

    void anEncodingThatChangesNothingIsNone_data()
    {
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<bool>("plain");
        QTest::newRow("none") << QByteArray("A: 1") << true;
        QTest::newRow("identity") << QByteArray("Content-Encoding: Identity") << true;
        QTest::newRow("empty") << QByteArray("Content-Encoding:") << true;
        QTest::newRow("gzip") << QByteArray("Content-Encoding: gzip") << false;
        QTest::newRow("gzip on a second line")
            << QByteArray("Content-Encoding: identity\nContent-Encoding: gzip") << false;
    }
    void anEncodingThatChangesNothingIsNone()
    {
        QFETCH(QByteArray, headers);
        QFETCH(bool, plain);
        QCOMPARE(isPlain(headersOf(headers)), plain);
    }

    void aStreamIsOneThatSaysSoOrWasAskedFor_data()
    {
        QTest::addColumn<QByteArray>("contentType");
        QTest::addColumn<bool>("asked");
        QTest::addColumn<bool>("stream");
        QTest::newRow("another kind of stream, asked") << QByteArray("application/x-ndjson") << true << false;
        QTest::newRow("says so") << QByteArray("text/event-stream") << false << true;
        QTest::newRow("plain text, asked") << QByteArray("text/plain; charset=utf-8") << true << true;
        QTest::newRow("plain text, not asked") << QByteArray("text/plain") << false << false;
        QTest::newRow("nothing, asked") << QByteArray() << true << true;
        QTest::newRow("bytes, asked") << QByteArray("application/octet-stream") << true << true;
        QTest::newRow("JSON, asked") << QByteArray("application/json") << true << false;
    }
    void aStreamIsOneThatSaysSoOrWasAskedFor()
    {
        QFETCH(QByteArray, contentType);
        QFETCH(bool, asked);
        QFETCH(bool, stream);
        const StreamForm form = asked ? StreamForm::ServerSentEvents : StreamForm::None;
        QCOMPARE(streamFormOf(contentType.toStdString(), form) == StreamForm::ServerSentEvents, stream);
    }

    void mediaTypesAreComparedWithoutCaseAndParameters_data()
    {
        QTest::addColumn<QByteArray>("contentType");
        QTest::addColumn<bool>("same");
        QTest::newRow("plain") << QByteArray("text/event-stream") << true;
        QTest::newRow("case") << QByteArray("Text/Event-STREAM") << true;
        QTest::newRow("parameter") << QByteArray("text/event-stream;charset=utf-8") << true;
        QTest::newRow("blanks") << QByteArray("text/event-stream \t; charset=utf-8") << true;
        QTest::newRow("longer") << QByteArray("text/event-streams") << false;
        QTest::newRow("shorter") << QByteArray("text/event") << false;
        QTest::newRow("none") << QByteArray() << false;
    }
    void mediaTypesAreComparedWithoutCaseAndParameters()
    {
        QFETCH(QByteArray, contentType);
        QFETCH(bool, same);
        QCOMPARE(isMediaType(contentType.toStdString(), "text/event-stream"), same);
    }
};

QTEST_GUILESS_MAIN(TestHeaderList)
#include "tst_header_list.moc"
