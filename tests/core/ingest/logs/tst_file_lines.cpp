// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of any length, whatever ends them, and what is appended while they are read.
#include "core/ingest/logs/FileLines.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

namespace {

constexpr qsizetype mebibyte = 1 << 20;

struct Read
{
    QByteArrayList lines;
    QList<std::uint64_t> tooLong; ///< their numbers
    bool endsWithAPart = false;
};

Read readAll(FileLines &lines)
{
    Read read;
    for (;;) {
        const auto got = lines.next();
        if (!got)
            qFatal("%s", got.error().toString().c_str());
        if (*got == FileLines::Got::End)
            return read;
        read.endsWithAPart = *got == FileLines::Got::Part;
        if (*got == FileLines::Got::TooLong)
            read.tooLong.append(lines.number());
        else
            read.lines.append(QByteArray(lines.line().data(), static_cast<qsizetype>(lines.line().size())));
    }
}

} // namespace

class TestFileLines : public QObject
{
    Q_OBJECT
private slots:
    void linesAreCut_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArrayList>("lines");
        QTest::addColumn<bool>("endsWithAPart");
        QTest::newRow("nothing") << QByteArray() << QByteArrayList() << false;
        QTest::newRow("a line") << QByteArray("a\n") << QByteArrayList{"a"} << false;
        QTest::newRow("a line without an end") << QByteArray("a\nb") << QByteArrayList{"a", "b"} << true;
        QTest::newRow("empty lines") << QByteArray("\n\nb\n") << QByteArrayList{"", "", "b"} << false;
        const QByteArray large(mebibyte, 'x');
        QTest::newRow("as long as the buffer") << large + "\nb\n" << QByteArrayList{large, "b"} << false;
        const QByteArray larger(5 * mebibyte + 3, 'y');
        QTest::newRow("longer") << "a\n" + larger + "\nb\n" << QByteArrayList{"a", larger, "b"} << false;
        QByteArray many;
        QByteArrayList all;
        for (int i = 0; i < 200'000; ++i) {
            all.append("line " + QByteArray::number(i));
            many += all.back() + '\n';
        }
        QTest::newRow("many") << many << all << false;
    }
    void linesAreCut()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArrayList, lines);
        QFETCH(bool, endsWithAPart);
        auto file = open(text);
        const Read read = readAll(file);
        QCOMPARE(read.lines, lines);
        QCOMPARE(read.endsWithAPart, endsWithAPart);
        QCOMPARE(file.bytesRead(), static_cast<std::uint64_t>(text.size()));
    }

    void whatIsTooLongIsLeftOut_data()
    {
        QTest::addColumn<bool>("ends");
        QTest::newRow("with lines behind it") << true;
        QTest::newRow("at the end") << false;
    }
    void whatIsTooLongIsLeftOut()
    {
        QFETCH(bool, ends);
        const QByteArray tooLong(static_cast<qsizetype>(FileLines::longestLine) + 2 * mebibyte, 'x');
        auto file = open("a\n" + tooLong + (ends ? "\nb\n" : ""));
        const Read read = readAll(file);
        QCOMPARE(read.lines, ends ? QByteArrayList({"a", "b"}) : QByteArrayList{"a"});
        QCOMPARE(read.tooLong, QList<std::uint64_t>{2});
    }

    void whatIsAppendedIsReadToo()
    {
        auto lines = open("a\n");
        QCOMPARE(*lines.next(), FileLines::Got::Line);
        QFile file(m_folder.filePath("lines"));
        QVERIFY(file.open(QIODevice::Append));
        file.write("b\n");
        file.close();
        QCOMPARE(readAll(lines).lines, QByteArrayList{"b"});
    }

    void aFileThatCannotBeReadSaysWhy()
    {
        const auto missing = FileLines::open(m_folder.filePath("none").toStdString());
        QVERIFY(!missing);
        QCOMPARE(missing.error().message, std::string("cannot be opened: No such file or directory"));
        auto folder = FileLines::open(m_folder.path().toStdString());
        QVERIFY(folder);
        const auto got = folder->next();
        QVERIFY(!got);
        QCOMPARE(got.error().message, std::string("cannot be read: Is a directory"));
    }

private:
    FileLines open(const QByteArray &text)
    {
        QFile file(m_folder.filePath("lines"));
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(text) != text.size())
            qFatal("%s", qPrintable(file.errorString()));
        file.close();
        auto lines = FileLines::open(m_folder.filePath("lines").toStdString());
        if (!lines)
            qFatal("%s", lines.error().toString().c_str());
        return *std::move(lines);
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestFileLines)
#include "tst_file_lines.moc"
