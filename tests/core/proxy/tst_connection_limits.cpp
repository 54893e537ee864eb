// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ConnectionLimits.h"

#include <QTest>

using namespace farthing;
using boost::asio::ip::make_address;
using Verdict = ConnectionLimits::Verdict;

class TestConnectionLimits : public QObject
{
    Q_OBJECT

private slots:
    void aClientIsAnAddressOrAnIpv6Network_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<bool>("same");
        const auto row = [](const char *first, const char *second, bool same) {
            QTest::addRow("%s and %s", first, second) << QByteArray(first) << QByteArray(second) << same;
        };
        row("192.0.2.1", "192.0.2.1", true);
        row("192.0.2.1", "192.0.2.2", false);
        row("::ffff:192.0.2.1", "192.0.2.1", true);
        row("::ffff:192.0.2.1", "::ffff:192.0.2.2", false);
        row("2001:db8::1", "2001:db8::2", true);
        row("2001:db8:0:1::1", "2001:db8:0:2::1", false);
        row("127.0.0.1", "127.0.0.1", false); // is no client: every program of this machine
        row("::1", "::1", false);
        row("::ffff:127.0.0.1", "127.0.0.1", false);
    }
    void aClientIsAnAddressOrAnIpv6Network()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        Limits limits;
        limits.maxConnectionsPerClient = 1;
        ConnectionLimits counted;
        QVERIFY(counted.enter(make_address(first.toStdString()), limits) == Verdict::Serve);
        QTEST(counted.enter(make_address(second.toStdString()), limits) == Verdict::TooManyOfClient, "same");
        counted.leave(make_address(first.toStdString()));
        counted.leave(make_address(second.toStdString()));
        QCOMPARE(counted.connections(), std::size_t(0));
        QVERIFY(counted.enter(make_address(second.toStdString()), limits) == Verdict::Serve);
    }

    void beyondTheLimitSomeAreAnsweredAndThenNone()
    {
        Limits limits;
        limits.maxConnections = 10;
        ConnectionLimits counted;
        std::map<Verdict, int> verdicts;
        for (int i = 0; i < 100; ++i)
            ++verdicts[counted.enter(make_address("127.0.0.1"), limits)];
        QCOMPARE(verdicts[Verdict::Serve], 10);
        QCOMPARE(verdicts[Verdict::TooMany], 64);
        QCOMPARE(verdicts[Verdict::Close], 26);
    }
};

QTEST_GUILESS_MAIN(TestConnectionLimits)
#include "tst_connection_limits.moc"
