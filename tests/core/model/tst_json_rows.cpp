// SPDX-License-Identifier: GPL-3.0-or-later
// JSON cut into rows, in whatever pieces it comes.
#include "core/model/EventFields.h"
#include "core/model/JsonRows.h"

#include <QTest>

using namespace farthing;
using Form = JsonRows::Form;

namespace {

/// "1:row 2:row !error" of a text fed in pieces of that size.
QByteArray rowsOf(Form form, const std::string &text, std::size_t piece)
{
    std::string all;
    JsonRows rows(form, [&all](const Result<std::string_view> &row, std::size_t number) {
        all += std::to_string(number) + ":" + (row ? std::string(*row) : "?" + row.error().message) + " ";
        return Result<void>();
    });
    Result<void> read;
    for (std::size_t at = 0; at < text.size() && read; at += piece)
        read = rows.feed(std::string_view(text).substr(at, piece));
    if (read)
        read = rows.finish();
    return QByteArray::fromStdString(read ? all : all + "!" + read.error().toString());
}

} // namespace

class JsonRowsTest : public QObject
{
    Q_OBJECT

private slots:
    void rowsEndWhereTheyShould_data()
    {
        QTest::addColumn<bool>("lines");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("rows");
        const auto row = [](const char *name, bool lines, const char *text, const char *rows) {
            QTest::newRow(name) << lines << QByteArray(text) << QByteArray(rows);
        };
        row("elements", false, "[{\"a\":[1,2]},{}]", "1:{\"a\":[1,2]} 2:{} ");
        row("brackets in text", false, "[{\"a\":\"],\\\"]\"},{\"b\":\"\\\\\"}]",
            "1:{\"a\":\"],\\\"]\"} 2:{\"b\":\"\\\\\"} ");
        row("an empty array", false, " [ \n] ", "");
        row("nothing between commas", false, "[,{}]", "1: 2:{} ");
        row("no end", false, "[{},\n{}", "1:{} !line 2: the array does not end");
        row("more behind", false, "[{}]\n\n,", "1:{} !line 3: something follows the array");
        row("lines", true, "{}\n\r\n{\"a\":\n{}", "1:{} 3:{\"a\": 4:{} ");
        row("a last line", true, "{}\n{}\n", "1:{} 2:{} ");
    }
    void rowsEndWhereTheyShould()
    {
        QFETCH(bool, lines);
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, rows);
        for (const std::size_t piece : {1, 2, 3, 7, 1000})
            QCOMPARE(rowsOf(lines ? Form::Lines : Form::Array, text.toStdString(), piece), rows);
    }

    void pagesAreReadOneAfterTheOther_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("rows");
        const auto row = [](const char *name, const char *text, const char *rows) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(rows);
        };
        row("a page", "{\"object\":\"page\",\"data\" : [{\"data\":[1]},{}],\"more\":[{}]}",
            "1:{\"data\":[1]} 2:{} ");
        row("two", "{\"data\":[1]}\n{\"n\":{\"data\":[7]},\"data\":[2,3]}\n", "1:1 2:2 3:3 ");
        row("in a list", "{\"data\":[1]},{\"data\":[2]}", "1:1 2:2 ");
        row("empty ones", "{\"data\":[ ]}{\"data\":[]}", "");
        row("a name as a text", "{\"a\":\"data\",\"b\":[1],\"data\":[2]}", "1:2 ");
        row("a name with more", "{\"data2\":[1],\"\\\"data\":[2],\"data\":[3]}", "1:3 ");
        row("none", "{\"a\":[1]}", "!line 1: has no array 'data'");
        row("no end of the array", "{\"data\":[1,2", "1:1 !line 1: the array does not end");
        row("no end of the object", "{\"data\":[1]\n", "1:1 !line 2: the object does not end");
        row("something behind", "{\"data\":[1]}\nx", "1:1 !line 2: expected an object with an array 'data'");
    }
    void pagesAreReadOneAfterTheOther()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, rows);
        for (const std::size_t piece : {1, 2, 3, 7, 1000})
            QCOMPARE(rowsOf(Form::Pages, text.toStdString(), piece), rows);
    }

    void theFormIsSeenAtTheBeginning()
    {
        QVERIFY(JsonRows::formOf(" \n[{}") == Form::Array);
        QVERIFY(JsonRows::formOf("{\"total\":1,\"data\":[") == Form::Pages);
        QVERIFY(JsonRows::formOf("{\"a\":{\"data\":[1]}}\n{}") == Form::Lines);
        QVERIFY(JsonRows::formOf("{\"a\":") == Form::Lines);
        QVERIFY(!JsonRows::formOf("time,user"));
        QVERIFY(!JsonRows::formOf(""));
    }

    void aRowBeyondTheLimitIsNotHeldAndHidesNothing()
    {
        const std::string longRow(longestRow + 1, 'x');
        const QByteArray tooLong = "1:?is longer than 1048576 bytes 2:{} ";
        QCOMPARE(rowsOf(Form::Lines, longRow + "\n{}", 65536), tooLong);
        QCOMPARE(rowsOf(Form::Array, "[" + longRow + ",{}]", 65536), tooLong);
        const std::string longest(longestRow, 'x');
        QCOMPARE(rowsOf(Form::Lines, longest, 65536), QByteArray::fromStdString("1:" + longest + " "));
    }

    void anErrorEndsTheReading()
    {
        for (const Form form : {Form::Lines, Form::Array}) {
            int seen = 0;
            JsonRows rows(form, [&seen](const auto &, std::size_t number) {
                ++seen;
                return number == 2 ? Result<void>(Error{"enough"}) : Result<void>();
            });
            const auto read = rows.feed(form == Form::Lines ? "1\n2\n3\n" : "[1,2,3]");
            QVERIFY(!read.ok());
            QCOMPARE(seen, 2);
        }
    }
};

QTEST_GUILESS_MAIN(JsonRowsTest)
#include "tst_json_rows.moc"
