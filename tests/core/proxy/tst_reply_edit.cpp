// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ReplyEdit.h"

#include <QTest>

using namespace farthing;

namespace {

constexpr const char *toProxy = "http://me:1/w/a%20b/up/anthropic";

ReplyChanges changesFor(const std::string &target)
{
    const auto routed = routeRequest(defaultConfig(), "GET", target, {{"x-api-key", "k"}});
    return routed ? changesOfLinks(*routed, "me:1") : ReplyChanges();
}

ReplyHead headOf(const std::string &contentType, const std::string &encoding = {})
{
    ReplyHead head{200, "OK", {{"Content-Type", contentType}}};
    if (!encoding.empty())
        head.headers.push_back({"Content-Encoding", encoding});
    return head;
}

} // namespace

class TestReplyEdit : public QObject
{
    Q_OBJECT

private slots:
    void onlyMessageBatchesAreChanged_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("to");
        const auto row = [](const char *target, const char *to) {
            QTest::newRow(target) << QByteArray(target) << QByteArray(to);
        };
        row("/v1/messages/batches", "http://me:1/up/anthropic");
        row("/v1/messages/batches/b?x=1", "http://me:1/up/anthropic");
        row("/w/a%20b/v1/messages/batches/b/cancel", toProxy);
        row("/w/a%20b/up/anthropic/v1/messages/batches/b", toProxy);
        row("/w//v1/messages/batches", "http://me:1/up/anthropic");
        row("http://api.anthropic.com/v1/messages/batches/b", "http://api.anthropic.com");
        row("/v1/messages/batches/b/results", "");
        row("/v1/messages/batches/b/results?x", "");
        row("/v1/files", "");
        row("/v1/files/f/content", "");
        row("/v1/messages", "");
        row("/v1/batches", "");
    }
    void onlyMessageBatchesAreChanged()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, to);
        const ReplyChanges changes = changesFor(target.toStdString());
        QCOMPARE(changes.any(), !to.isEmpty());
        QCOMPARE(QByteArray::fromStdString(changes.linksTo), to);
    }

    void onlyTheLinkToResultsLeadsBack_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("shown");
        const auto row = [](const char *name, const QByteArray &body) {
            QByteArray came = body;
            QByteArray shown = body;
            QTest::newRow(name) << came.replace("LINK", "https://api.anthropic.com")
                                << shown.replace("LINK/back", QByteArray(toProxy) + "/back")
                                       .replace("LINK", "https://api.anthropic.com");
        };
        row("link", "{\"id\":\"b\",\"results_url\":\"LINK/back\"}");
        row("blanks", "{ \"results_url\" :\n\t\"LINK/back\" }");
        row("a list", "{\"data\":[{\"results_url\":\"LINK/"
                      "back\"},{\"results_url\":null},{\"results_url\":\"LINK/back\"}]}");
        row("another host", "{\"results_url\":\"http://x/LINK/v1\"}");
        row("a host that only begins alike", "{\"results_url\":\"LINK.evil/v1\"}");
        row("another member", "{\"url\":\"LINK/v1\",\"results_url\":\"LINK/back\",\"next\":\"LINK/v1\"}");
        row("in a text", "{\"note\":\"\\\"results_url\\\":\\\"LINK/v1\\\"\"}");
        row("a value of that name", "[\"results_url\",\"LINK/v1\"]");
        row("cut off", "{\"results_url\"");
        row("cut off behind the colon", "{\"results_url\": ");
        row("empty", "");
    }
    void onlyTheLinkToResultsLeadsBack()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, shown);
        const ReplyChanges changes = changesFor("/w/a%20b/v1/messages/batches/b");
        for (const qsizetype piece : {body.size() + 1, qsizetype(1), qsizetype(7)}) {
            const auto edit = ReplyEdit::forReply(changes, headOf("application/json"));
            QVERIFY(edit);
            QByteArray seen;
            for (qsizetype at = 0; at <= body.size(); at += piece) {
                const bool last = at + piece > body.size();
                const std::string received = body.mid(at, piece).toStdString();
                const std::string_view visible = edit->feed(received, last, last);
                seen.append(visible.data(), qsizetype(visible.size()));
            }
            QCOMPARE(seen, shown);
        }
    }

    void whatCannotBeReadPassesAsItComes_data()
    {
        QTest::addColumn<QByteArray>("contentType");
        QTest::addColumn<QByteArray>("encoding");
        QTest::addColumn<bool>("links");
        QTest::addColumn<bool>("usage");
        QTest::newRow("json") << QByteArray("application/json") << QByteArray() << true << false;
        QTest::newRow("json, in capitals")
            << QByteArray("Application/JSON; x") << QByteArray() << true << false;
        QTest::newRow("stream") << QByteArray("text/event-stream") << QByteArray() << false << true;
        QTest::newRow("stream, in capitals")
            << QByteArray("Text/Event-Stream; charset=utf-8") << QByteArray() << false << true;
        QTest::newRow("stream that says little") << QByteArray("text/plain") << QByteArray() << false << true;
        QTest::newRow("stream that says nothing") << QByteArray() << QByteArray() << false << true;
        QTest::newRow("stream in the encoding that was asked for")
            << QByteArray("text/event-stream") << QByteArray("Identity") << false << true;
        QTest::newRow("encoded json")
            << QByteArray("application/json") << QByteArray("gzip") << false << false;
        QTest::newRow("encoded stream")
            << QByteArray("text/event-stream") << QByteArray("br") << false << false;
        QTest::newRow("lines of json") << QByteArray("application/x-jsonl") << QByteArray() << false << false;
    }
    void whatCannotBeReadPassesAsItComes()
    {
        QFETCH(QByteArray, contentType);
        QFETCH(QByteArray, encoding);
        QFETCH(bool, links);
        QFETCH(bool, usage);
        const ReplyHead head = headOf(contentType.toStdString(), encoding.toStdString());
        QCOMPARE(ReplyEdit::forReply({false, "http://a", "http://b"}, head) != nullptr, links);
        QCOMPARE(ReplyEdit::forReply({true, {}, {}}, head) != nullptr, usage);
        QVERIFY(!ReplyEdit::forReply({}, head));
    }
};

QTEST_GUILESS_MAIN(TestReplyEdit)
#include "tst_reply_edit.moc"
