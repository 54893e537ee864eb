// SPDX-License-Identifier: GPL-3.0-or-later
// CSV cut into rows, in whatever pieces it comes.
#include "core/model/CsvRows.h"

#include <QTest>

using namespace farthing;

namespace {

struct Options
{
    char delimiter = ',';
    bool skip = false;
    CsvRows::Limits limits = {};
};

/// "a|b c|d ?bad !error" of a text fed in pieces of that size, the header first.
QByteArray rowsOf(const QByteArray &text, qsizetype piece, const Options &options)
{
    QByteArray all;
    const auto add = [&all](std::vector<std::string> &cells) -> Result<void> {
        QByteArrayList list;
        for (const std::string &cell : cells)
            list.append(QByteArray::fromStdString(cell));
        if (list.contains("bad"))
            return Error{"is bad", "b"};
        all += list.join('|') + ' ';
        return {};
    };
    std::function<bool(const Error &)> badRow;
    if (options.skip)
        badRow = [&all](const Error &error) {
            all += '?' + QByteArray::fromStdString(error.toString()) + ' ';
            return true;
        };
    CsvRows rows({add, add, badRow}, options.limits, options.delimiter);
    Result<void> read;
    for (qsizetype at = 0; at < text.size() && read; at += piece)
        read = rows.feed(text.mid(at, piece).toStdString());
    if (read)
        read = rows.finish();
    return read ? all : all + '!' + QByteArray::fromStdString(read.error().toString());
}

} // namespace

class CsvRowsTest : public QObject
{
    Q_OBJECT

private slots:
    void rowsAndCells_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("rows");
        const auto row = [](const char *name, const char *text, const char *rows) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(rows);
        };
        row("LF", "a,b\n1,2\n3,4\n", "a|b 1|2 3|4 ");
        row("CRLF, no last end", "a,b\r\n1,2\r\n3,4", "a|b 1|2 3|4 ");
        row("blank lines", "\n\na,b\n\n1,2\n\r\n", "a|b 1|2 ");
        row("empty cells", "a,b\n,\n\"\",x\n", "a|b | |x ");
        row("quotes", "a,b\n\"x,\"\"y\"\"\",\"two\nlines\"\n", "a|b x,\"y\"|two\nlines ");
        row("a byte order mark",
            "\xef\xbb\xbf"
            "a,b\n1,2\n",
            "a|b 1|2 ");
        row("nothing", "", "");
        row("a header alone", "a,b", "a|b ");
        row("too few cells", "a,b\n1\n", "a|b !line 2: has 1 cells where the header has 2");
        row("what the hook says", "a,b\n\"1\n2\",3\n4,bad\n", "a|b 1\n2|3 !line 4, column b: is bad");
        row("behind a quote", "a,b\n1,\"2\"x\n", "a|b !line 2: something follows a closing quote");
        row("an open quote", "a,b\n1,\"2\n", "a|b !line 2: a quoted cell does not end");
    }
    void rowsAndCells()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, rows);
        for (const qsizetype piece : {1, 2, 3, 7, 1000})
            QCOMPARE(rowsOf(text, piece, {}), rows);
    }

    void badRowsAreLeftOut()
    {
        const QByteArray text = "a,b\n1\n2,bad\n3,\"4\"5\n6,7\n";
        QCOMPARE(rowsOf(text, 4, {.skip = true}),
                 QByteArray("a|b ?line 2: has 1 cells where the header has 2 ?line 3, column b: is bad "
                            "?line 4: something follows a closing quote 6|7 "));
        // Without a header nothing can be read.
        QCOMPARE(rowsOf("a,bad\n1,2\n", 4, {.skip = true}), QByteArray("!line 1, column b: is bad"));
    }

    void otherDelimiters()
    {
        QCOMPARE(rowsOf("a;b\n1,5;\"2;3\"\n", 3, {.delimiter = ';'}), QByteArray("a|b 1,5|2;3 "));
        QCOMPARE(rowsOf("a\tb\n1\t2\n", 3, {.delimiter = '\t'}), QByteArray("a|b 1|2 "));
    }

    void whatIsBeyondTheLimitsIsNotHeld()
    {
        const CsvRows::Limits limits = {4, 10};
        QCOMPARE(rowsOf("a,b\n1,12345\n6,7\n", 3, {.skip = true, .limits = limits}),
                 QByteArray("a|b ?line 2, column b: has more than 4 bytes 6|7 "));
        QCOMPARE(rowsOf("a,b\n1,2,3,4,5,6\n6,7\n", 3, {.skip = true, .limits = limits}),
                 QByteArray("a|b ?line 2: is longer than 10 bytes 6|7 "));
        // A row without end is refused before its end where nobody skips it.
        QCOMPARE(rowsOf("a,b\n\"1,2,3,4,5,6,7", 3, {.limits = limits}),
                 QByteArray("a|b !line 2, column a: has more than 4 bytes"));
    }

    void theHeaderLineAlone()
    {
        std::vector<std::string> header;
        std::size_t rows = 0;
        CsvRows csv({[&header](std::vector<std::string> &names) -> Result<void> {
                         header = names;
                         return {};
                     },
                     [&rows](std::vector<std::string> &) -> Result<void> {
                         ++rows;
                         return {};
                     },
                     {}});
        const std::string text = "\"a\nb\",c\n1,2\n3,4\n";
        QCOMPARE(*csv.feedHeader(text.substr(0, 3)), std::size_t(3));
        QVERIFY(!csv.hasHeader());
        const auto taken = csv.feedHeader(text.substr(3));
        QCOMPARE(*taken, std::size_t(5));
        QCOMPARE(header, (std::vector<std::string>{"a\nb", "c"}));
        QCOMPARE(rows, std::size_t(0));
        QVERIFY(csv.feed(text.substr(3 + *taken)));
        QCOMPARE(rows, std::size_t(2));
    }
};

QTEST_GUILESS_MAIN(CsvRowsTest)
#include "tst_csv_rows.moc"
