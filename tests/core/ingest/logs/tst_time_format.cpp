// SPDX-License-Identifier: GPL-3.0-or-later
// Times as other programs write them.
#include "core/ingest/logs/TimeFormat.h"

#include <QTest>

using namespace farthing;

class TimeFormatTest : public QObject
{
    Q_OBJECT

private slots:
    void timesAreRead_data()
    {
        QTest::addColumn<QByteArray>("format");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("time");
        const auto row = [](const char *format, const char *text, const char *time) {
            QTest::addRow("%s %s", format, text)
                << QByteArray(format) << QByteArray(text) << QByteArray(time);
        };
        row("auto", "2026-11-20T10:00:00+01:00", "2026-11-20T09:00:00.000000Z");
        row("auto", "2026-11-20", "2026-11-20T00:00:00.000000Z");
        row("auto", "1763632800", "2025-11-20T10:00:00.000000Z");
        row("auto", "1763632800.25", "2025-11-20T10:00:00.250000Z");
        row("auto", "1763632800250", "2025-11-20T10:00:00.250000Z");
        row("auto", "1763632800250125", "2025-11-20T10:00:00.250125Z");
        row("auto", "0", "1970-01-01T00:00:00.000000Z");
        row("rfc3339", "2026-11-20 10:00:00.5Z", "2026-11-20T10:00:00.500000Z");
        row("unix", "1763632800", "2025-11-20T10:00:00.000000Z");
        row("unix-ms", "1763632800", "1970-01-21T09:53:52.800000Z");
        row("unix-us", "1763632800250125", "2025-11-20T10:00:00.250125Z");
        row("%Y-%m-%d %H:%M:%S", "2026-11-20 10:00:07", "2026-11-20T10:00:07.000000Z");
        row("%Y-%m-%d %H:%M:%S.%f", "2026-11-20 10:00:07.25", "2026-11-20T10:00:07.250000Z");
        row("%m/%d/%Y %I:%M:%S.%f %p", "11/20/2026 9:30:01.123456789 PM", "2026-11-20T21:30:01.123457Z");
        row("%d %b %Y %H:%M %z", "20 Nov 2026 10:00 +0530", "2026-11-20T04:30:00.000000Z");
        row("%FT%T%%", "2026-02-28T23:59:59%", "2026-02-28T23:59:59.000000Z");
        row("%D", "11/20/26", "2026-11-20T00:00:00.000000Z");
    }
    void timesAreRead()
    {
        QFETCH(QByteArray, format);
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, time);
        const auto read = TimeFormat::of(format.toStdString())->read(text.toStdString());
        QVERIFY2(read, read ? "" : read.error().toString().c_str());
        QCOMPARE(QByteArray::fromStdString(formatRfc3339(*read)), time);
    }

    void othersAreNot_data()
    {
        QTest::addColumn<QByteArray>("format");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("error");
        const auto row = [](const char *format, const char *text, const char *error) {
            QTest::addRow("%s %s", format, text)
                << QByteArray(format) << QByteArray(text) << QByteArray(error);
        };
        row("auto", "2026-11-20 10:00:00", "say its --time-format");
        row("auto", "", "is not an RFC 3339 time");
        row("auto", "-5", "is not an RFC 3339 time");
        row("auto", "1e9", "is not an RFC 3339 time");
        row("auto", "1763632800250125000", "is not a number of microseconds since 1970");
        row("auto", "1.2.3", "is not a number of seconds since 1970");
        row("rfc3339", "1763632800", "is not an RFC 3339 time");
        row("unix", "2026-11-20", "is not a number of seconds since 1970");
        row("unix", "999999999999999999", "is not a number of seconds since 1970");
        row("%Y-%m-%d", "2026-02-30", "is not a time as --time-format says");
        row("%Y-%m-%d", "2026-02-28 ", "is not a time as --time-format says");
        row("%Y-%m-%d %H:%M:%S.%f", "2026-11-20 10:00:07.", "is not a time as --time-format says");
        row("%Y-%m-%d %H:%M:%S.%f", "2026-11-20 10:00:07", "is not a time as --time-format says");
    }
    void othersAreNot()
    {
        QFETCH(QByteArray, format);
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, error);
        const auto read = TimeFormat::of(format.toStdString())->read(text.toStdString());
        QVERIFY(!read);
        QVERIFY2(QByteArray::fromStdString(read.error().message).contains(error),
                 read.error().message.c_str());
    }

    void formatsThatCannotBe_data()
    {
        QTest::addColumn<QByteArray>("format");
        QTest::addColumn<QByteArray>("error");
        QTest::newRow("unknown") << QByteArray("iso") << QByteArray("neither auto, rfc3339");
        QTest::newRow("no such conversion") << QByteArray("%Y-%m-%d %s") << QByteArray("'%s' is no part");
        QTest::newRow("cut") << QByteArray("%Y-%m-%d%") << QByteArray("is no part of a time");
        QTest::newRow("no day") << QByteArray("%H:%M") << QByteArray("does not say year, month and day");
        QTest::newRow("decimals twice") << QByteArray("%F %f %f") << QByteArray("has %f twice");
    }
    void formatsThatCannotBe()
    {
        QFETCH(QByteArray, format);
        QFETCH(QByteArray, error);
        const auto made = TimeFormat::of(format.toStdString());
        QVERIFY(!made);
        QVERIFY2(QByteArray::fromStdString(made.error().message).contains(error),
                 made.error().message.c_str());
    }
};

QTEST_GUILESS_MAIN(TimeFormatTest)
#include "tst_time_format.moc"
