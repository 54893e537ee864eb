// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/Format.h"

#include <QTest>

#include <limits>

using namespace farthing;

class FormatTest : public QObject
{
    Q_OBJECT

private slots:
    void moneyKeepsTheDigitsThatTellAmountsApart_data()
    {
        QTest::addColumn<qint64>("nano");
        QTest::addColumn<QString>("text");
        const auto row = [](qint64 nano, const char *text) { QTest::newRow(text) << nano << QString(text); };
        row(0, "$0");
        row(1, "$0.000000001");
        row(949, "$0.000000949");
        row(950, "$0.000001");
        row(31'000, "$0.000031");
        row(949'499, "$0.000949");
        row(950'000, "$0.0010");
        row(8'200'000, "$0.0082");
        row(99'949'999, "$0.0999");
        row(99'950'000, "$0.100");
        row(625'000'000, "$0.625");
        row(994'999'999, "$0.995");
        row(995'000'000, "$1.00");
        row(12'400'000'000, "$12.40");
        row(12'405'000'000, "$12.41");
        row(999'494'999'999, "$999.49");
        row(999'500'000'000, "$1,000");
        row(5'731'499'999'999, "$5,731");
        row(5'731'500'000'000, "$5,732");
        row(-1, "−$0.000000001");
        row(-12'400'000'000, "−$12.40");
        row(-5'731'000'000'000, "−$5,731");
        row(std::numeric_limits<qint64>::max(), "$9,223,372,037");
    }
    void moneyKeepsTheDigitsThatTellAmountsApart()
    {
        QFETCH(qint64, nano);
        QTEST(format::money(Money::fromNanoUsd(nano)), "text");
    }

    void exactMoneyHasEveryPlace_data()
    {
        QTest::addColumn<qint64>("nano");
        QTest::addColumn<QString>("text");
        QTest::newRow("none") << qint64(0) << "$0";
        QTest::newRow("nine places") << qint64(4'200'001) << "$0.004200001";
        QTest::newRow("the smallest") << qint64(1) << "$0.000000001";
        QTest::newRow("no trailing zeros") << qint64(12'400'000'000) << "$12.4";
        QTest::newRow("no thousands") << qint64(5'731'000'000'001) << "$5731.000000001";
        QTest::newRow("negative") << qint64(-4'200'001) << "−$0.004200001";
    }
    void exactMoneyHasEveryPlace()
    {
        QFETCH(qint64, nano);
        QTEST(format::exactMoney(Money::fromNanoUsd(nano)), "text");
    }

    void countsAreGroupedInThousands_data()
    {
        QTest::addColumn<qint64>("value");
        QTest::addColumn<QString>("text");
        QTest::newRow("none") << qint64(0) << "0";
        QTest::newRow("three digits") << qint64(999) << "999";
        QTest::newRow("four digits") << qint64(1'000) << "1,000";
        QTest::newRow("millions") << qint64(1'234'567) << "1,234,567";
        QTest::newRow("negative") << qint64(-1'234) << "-1,234";
    }
    void countsAreGroupedInThousands()
    {
        QFETCH(qint64, value);
        QTEST(format::count(value), "text");
    }

    void shortCountsHaveThreeDigits_data()
    {
        QTest::addColumn<qint64>("value");
        QTest::addColumn<QString>("text");
        const auto row = [](qint64 value, const char *text) {
            QTest::addRow("%lld", static_cast<long long>(value)) << value << QString(text);
        };
        row(0, "0");
        row(812, "812");
        row(9'999, "9,999");
        row(10'000, "10.0 k");
        row(12'449, "12.4 k");
        row(99'949, "99.9 k");
        row(99'950, "100 k");
        row(999'499, "999 k");
        row(999'500, "1.00 M");
        row(3'214'999, "3.21 M");
        row(9'994'999, "9.99 M");
        row(9'995'000, "10.0 M");
        row(99'950'000, "100 M");
        row(999'499'999, "999 M");
        row(999'500'000, "1.00 G");
        row(12'400'000'000, "12.4 G");
    }
    void shortCountsHaveThreeDigits()
    {
        QFETCH(qint64, value);
        QTEST(format::shortCount(value), "text");
    }

    void percentHasOnePlace_data()
    {
        QTest::addColumn<qint64>("part");
        QTest::addColumn<qint64>("whole");
        QTest::addColumn<QString>("text");
        QTest::newRow("nothing to divide by") << qint64(0) << qint64(0) << "—";
        QTest::newRow("a negative whole") << qint64(5) << qint64(-10) << "—";
        QTest::newRow("none of it") << qint64(0) << qint64(10) << "0.0 %";
        QTest::newRow("less than can be shown") << qint64(49) << qint64(100'000) << "<0.1 %";
        QTest::newRow("the least shown") << qint64(50) << qint64(100'000) << "0.1 %";
        QTest::newRow("some of it") << qint64(413) << qint64(1'000) << "41.3 %";
        QTest::newRow("all of it") << qint64(7) << qint64(7) << "100.0 %";
    }
    void percentHasOnePlace()
    {
        QFETCH(qint64, part);
        QFETCH(qint64, whole);
        QTEST(format::percent(part, whole), "text");
    }

    void durationsChangeUnitAfterRounding_data()
    {
        QTest::addColumn<qint64>("us");
        QTest::addColumn<QString>("text");
        const auto row = [](qint64 us, const char *text) {
            QTest::addRow("%lld", static_cast<long long>(us)) << us << QString(text);
        };
        row(-1, "—");
        row(0, "0.00 ms");
        row(140, "0.14 ms");
        row(9'949, "9.95 ms");
        row(9'950, "10 ms");
        row(840'000, "840 ms");
        row(999'499, "999 ms");
        row(999'500, "1.00 s");
        row(1'840'000, "1.84 s");
        row(9'994'999, "9.99 s");
        row(9'995'000, "10.0 s");
        row(119'499'999, "119.5 s");
        row(119'500'000, "2 min 0 s");
        row(125'000'000, "2 min 5 s");
        row(3'599'500'000, "60 min 0 s");
    }
    void durationsChangeUnitAfterRounding()
    {
        QFETCH(qint64, us);
        QTEST(format::duration(us), "text");
    }

    void bytesCountInPowersOfThousand_data()
    {
        QTest::addColumn<quint64>("value");
        QTest::addColumn<QString>("text");
        QTest::newRow("none") << quint64(0) << "0 bytes";
        QTest::newRow("bytes") << quint64(999) << "999 bytes";
        QTest::newRow("a kilobyte") << quint64(1'000) << "1.0 kB";
        QTest::newRow("megabytes with a place") << quint64(9'940'000) << "9.9 MB";
        QTest::newRow("megabytes without") << quint64(10'000'000) << "10 MB";
        QTest::newRow("a database") << quint64(171'300'000) << "171 MB";
    }
    void bytesCountInPowersOfThousand()
    {
        QFETCH(quint64, value);
        QTEST(format::bytes(value), "text");
    }

    void agoChangesUnitAtTwoOfTheNext_data()
    {
        QTest::addColumn<qint64>("us");
        QTest::addColumn<QString>("text");
        const auto row = [](qint64 us, const char *text) {
            QTest::addRow("%lld", static_cast<long long>(us)) << us << QString(text);
        };
        row(-5'000'000, "now");
        row(999, "now");
        row(1'000, "1 ms ago");
        row(999'999, "999 ms ago");
        row(1'000'000, "1 s ago");
        row(119'999'999, "119 s ago");
        row(120'000'000, "2 min ago");
        row(7'199'999'999, "119 min ago");
        row(7'200'000'000, "2 h ago");
        row(172'799'999'999, "47 h ago");
        row(172'800'000'000, "2 d ago");
    }
    void agoChangesUnitAtTwoOfTheNext()
    {
        QFETCH(qint64, us);
        QTEST(format::ago(us), "text");
    }

    void timeLeftIsInRoundUnits_data()
    {
        QTest::addColumn<qint64>("us");
        QTest::addColumn<QString>("text");
        const auto row = [](qint64 us, const char *text) {
            QTest::addRow("%lld", static_cast<long long>(us)) << us << QString(text);
        };
        row(-1, "0 s left");
        row(1'499'999, "1 s left");
        row(1'500'000, "2 s left");
        row(119'499'999, "119 s left");
        row(119'500'000, "2 min left");
        row(7'199'000'000, "120 min left");
        row(7'500'000'000, "2 h 5 min left");
    }
    void timeLeftIsInRoundUnits()
    {
        QFETCH(qint64, us);
        QTEST(format::timeLeft(us), "text");
    }

    void statusesHaveTheirMeaning_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("text");
        QTest::newRow("good") << 200 << "OK";
        QTest::newRow("limited") << 429 << "rate limited";
        QTest::newRow("overloaded") << 529 << "overloaded";
        QTest::newRow("client") << status::clientClosed << "client hung up";
        QTest::newRow("proxy") << status::proxyDied << "proxy died";
        QTest::newRow("upstream") << status::upstreamBroke << "upstream broke off";
        QTest::newRow("another") << 418 << "";
        QTest::newRow("none") << 0 << "";
    }
    void statusesHaveTheirMeaning()
    {
        QFETCH(int, status);
        QTEST(format::statusText(status), "text");
    }

    void whatIsEmptyIsADash()
    {
        QCOMPARE(format::orDash({}), QStringLiteral("—"));
        QCOMPARE(format::orDash("search"), QStringLiteral("search"));
    }
};

QTEST_GUILESS_MAIN(FormatTest)
#include "tst_format.moc"
