// SPDX-License-Identifier: GPL-3.0-or-later
// What farthingctl reports is what the events say, and wrong usage is told from nothing found.
#include "tests/integration/ctl/Farthingctl.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

namespace {

constexpr int calls = 200;

/// Call i of workflow w<i % 3>, at i minutes past midnight; call 7 has no price, call 11 failed.
QByteArray someEvents()
{
    QByteArray csv = "time,provider,endpoint,workflow,user,response_model,status,input_tokens,"
                     "cached_input_tokens,output_tokens,usage_source,priced,cost_usd,list_cost_usd\r\n";
    for (int i = 0; i < calls; ++i) {
        const QByteArray cost = "0.000" + QByteArray::number(i + 100);
        csv += QStringLiteral("2026-11-%1T%2:%3:00Z,openai,chat,w%4,u%5,gpt-4o,%6,%7,%8,10,%9,")
                   .arg(i < 100 ? 19 : 20)
                   .arg(i / 60, 2, 10, QLatin1Char('0'))
                   .arg(i % 60, 2, 10, QLatin1Char('0'))
                   .arg(i % 3)
                   .arg(i % 5)
                   .arg(i == 11 ? 500 : 200)
                   .arg(1000 + i)
                   .arg(i)
                   .arg(i % 2 ? "provider" : "estimated")
                   .toUtf8() +
               (i == 7    ? QByteArray("0,,")
                : i == 11 ? "1," + cost + ","
                          : "1," + cost + "," + cost) +
               "\r\n";
    }
    return csv;
}

/// "0.000107" as nano-dollars.
qint64 nanoUsd(const QString &usd)
{
    const QString fraction = usd.section('.', 1).leftJustified(9, '0');
    return usd.section('.', 0, 0).toLongLong() * 1'000'000'000 + fraction.toLongLong();
}

/// The sums of one group over the events of `someEvents`, taken here by themselves.
struct Sums
{
    int requests = 0;
    int unpriced = 0;
    qint64 cost = 0;
    qint64 input = 0;
    qint64 cached = 0;
    QList<qint64> costs;

    void add(int call)
    {
        ++requests;
        input += 1000 + call;
        cached += call;
        if (call == 7) {
            ++unpriced;
            return;
        }
        cost += (call + 100) * 1'000;
        costs.append((call + 100) * 1'000);
    }
};

} // namespace

class CtlReportTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const QString file = m_dir.filePath("events.csv");
        writeTo(file, someEvents());
        const auto imported = m_ctl({"import", "events", file});
        QVERIFY2(imported.code == 0, imported.error.constData());
        for (int i = 0; i < calls; ++i) {
            m_byWorkflow[QStringLiteral("w%1").arg(i % 3)].add(i);
            m_total.add(i);
        }
    }

    void groupsAddUp_data()
    {
        QTest::addColumn<QString>("report");
        for (const char *report : {"cost", "tokens", "cache", "tail"})
            QTest::newRow(report) << report;
    }
    void groupsAddUp()
    {
        QFETCH(QString, report);
        const auto answer = m_ctl({"report", report, "--by", "workflow", "--json"});
        QCOMPARE(answer.code, 0);
        const QJsonArray rows = answer.json().value("rows").toArray();
        QCOMPARE(rows.size(), 3);
        for (const QJsonValue &row : rows)
            compare(report, row.toObject(), m_byWorkflow.value(row["key"].toString()));
        compare(report, answer.json().value("total").toObject(), m_total);
    }

    void everyGroupingCountsEveryCall_data()
    {
        QTest::addColumn<QString>("by");
        QTest::addColumn<int>("groups");
        QTest::newRow("user") << "user" << 5;
        QTest::newRow("model") << "model" << 1;
        QTest::newRow("provider") << "provider" << 1;
        QTest::newRow("feature") << "feature" << 1;
        QTest::newRow("status") << "status" << 2;
        QTest::newRow("cache") << "cache" << 1;
        QTest::newRow("tier") << "tier" << 1;
        QTest::newRow("day") << "day" << 2;
        QTest::newRow("hour") << "hour" << 5;
    }
    void everyGroupingCountsEveryCall()
    {
        QFETCH(QString, by);
        QFETCH(int, groups);
        const QJsonObject report = m_ctl({"report", "cost", "--by", by, "--json"}).json();
        QCOMPARE(report.value("rows").toArray().size(), groups);
        int requests = 0;
        qint64 cost = 0;
        for (const QJsonValue &row : report.value("rows").toArray()) {
            requests += row["requests"].toInt();
            cost += nanoUsd(row["cost_usd"].toString());
        }
        QCOMPARE(requests, calls);
        QCOMPARE(cost, m_total.cost);
    }

    void theTailIsItsRequestsFromTheDearest()
    {
        const auto answer = m_ctl({"report", "tail", "--top", "5", "--json"});
        const QJsonArray rows = answer.json().value("rows").toArray();
        QCOMPARE(rows.size(), 5);
        for (int i = 0; i < 5; ++i)
            QCOMPARE(nanoUsd(rows[i]["cost_usd"].toString()), qint64(calls + 99 - i) * 1'000);
    }

    void timesAndFiltersChoose_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("requests");
        QTest::newRow("since") << QStringList{"--since", "2026-11-20"} << 100;
        QTest::newRow("until") << QStringList{"--until", "2026-11-20T00:00:00Z"} << 100;
        QTest::newRow("offset") << QStringList{"--since", "2026-11-20T03:00:00+02:00"} << 100;
        QTest::newRow("inside") << QStringList{"--since", "2026-11-20T03:00:00Z"} << 20;
        QTest::newRow("one value") << QStringList{"--filter", "workflow=w1"} << 67;
        QTest::newRow("two values") << QStringList{"--filter", "workflow=w1,w2"} << 133;
        QTest::newRow("not") << QStringList{"--filter", "workflow!=w1"} << 133;
        QTest::newRow("two dimensions")
            << QStringList{"--filter", "workflow=w0", "--filter", "status=500"} << 0;
        QTest::newRow("a far year") << QStringList{"--until", "9999-12-31"} << calls;
    }
    void timesAndFiltersChoose()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, requests);
        const auto answer = m_ctl(QStringList{"report", "cost", "--json"} + arguments);
        QCOMPARE(answer.code, requests > 0 ? 0 : 3);
        QCOMPARE(answer.json().value("total")["requests"].toInt(), requests);
        const auto exported = m_ctl(QStringList{"export", "events"} + arguments);
        QCOMPARE(exported.code, answer.code);
        QCOMPARE(int(exported.out.count('\n')) - 1, requests);
    }

    void wrongUsageIsTold_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("named");
        const auto row = [](const char *arguments, const char *named) {
            QTest::newRow(arguments) << QString(arguments).split(' ', Qt::SkipEmptyParts)
                                     << QByteArray(named);
        };
        row("", "subcommand");
        row("nonsense", "nonsense");
        row("report", "subcommand");
        row("report everything", "everything");
        row("report cost --by weather", "weather");
        row("report cost --since yesterday", "yesterday");
        QTest::newRow("an unset variable of a shell")
            << QStringList{"report", "cost", "--since", ""} << QByteArray("--since");
        row("report cost --since 2026-02-30", "2026-02-30");
        row("report cost --filter weather=good", "weather=good");
        row("report cost --filter workflow", "workflow");
        row("report cost --top many", "many");
        row("report cost --top -1", "-1");
        row("report tail --top 18446744073709551615", "18446744073709551615");
        row("report tail --top 10001", "at most 10,000");
        row("report cost --filter status=4xx", "4xx");
        row("report cost --filter cache=warm", "warm");
        row("report cost --filter tier!=fsat", "fsat");
        row("report cost --filter day=2026-13-45", "2026-13-45");
        row("report cost --filter hour=noon", "noon");
        row("export events --format xml", "xml");
        row("completion powershell", "powershell");
        row("prices", "subcommand");
    }
    void wrongUsageIsTold()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, named);
        const auto answer = m_ctl(arguments);
        QCOMPARE(answer.code, 2);
        QVERIFY(answer.out.isEmpty());
        QVERIFY2(answer.error.contains(named), answer.error.constData());
    }

    void errorsAreJsonWhereJsonIsAskedFor_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("message");
        QTest::addColumn<QString>("where");
        const auto row = [](const char *arguments, int code, const char *message, const char *where) {
            QTest::newRow(arguments) << QString(arguments).split(' ') << code << message << where;
        };
        row("report cost --by weather", 2, "weather", "command line");
        row("report cost --filter cache=warm", 2, "warm", "--filter: 'cache=warm'");
        row("report tail --top 10001", 2, "10,000", "--top");
        row("prices show gpt-unheard-of", 3, "gpt-unheard-of", "");
        row("prices import /nowhere/at.all", 1, "No such file", "/nowhere/at.all");
        row("meter /nowhere/at.all", 1, "No such file", "/nowhere/at.all");
        row("import events /nowhere/at.all", 1, "cannot be opened", "/nowhere/at.all");
        row("nonsense", 2, "nonsense", "command line");
    }
    void errorsAreJsonWhereJsonIsAskedFor()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, message);
        QFETCH(QString, where);
        const auto answer = m_ctl(arguments + QStringList{"--json"});
        QTEST(answer.code, "code");
        const QJsonObject error = answer.json().value("error").toObject();
        QVERIFY2(error.value("message").toString().contains(message), answer.out.constData());
        QCOMPARE(error.value("where").toString(), where);
        QCOMPARE(answer.error, QByteArray());
        QCOMPARE(m_ctl(arguments).out, QByteArray());
    }

    void aStoreThatNobodyHasFilledIsNotThereYet()
    {
        const QTemporaryDir dir;
        writeTo(dir.filePath("events.db"), {});
        const auto answer = Farthingctl{dir.path()}({"report", "cost"});
        QCOMPARE(answer.code, 1);
        QVERIFY2(answer.error.contains("not there yet"), answer.error.constData());
    }

private:
    static void compare(const QString &report, const QJsonObject &row, const Sums &sums)
    {
        QCOMPARE(row["requests"].toInt(), sums.requests);
        if (report == "cost" || report == "tail") {
            QCOMPARE(nanoUsd(row["cost_usd"].toString()), sums.cost);
            QCOMPARE(row["unpriced"].toInt(), sums.unpriced);
            const auto nearestRank = [&sums](int percent) {
                return sums.costs[(sums.costs.size() * percent + 99) / 100 - 1];
            };
            QCOMPARE(nanoUsd(row["cost_p50_usd"].toString()), nearestRank(50));
            QCOMPARE(nanoUsd(row["cost_p95_usd"].toString()), nearestRank(95));
        }
        if (report == "tail")
            QCOMPARE(row["p95_times_median"].toString(),
                     QString::number(double(nanoUsd(row["cost_p95_usd"].toString())) /
                                         double(nanoUsd(row["cost_p50_usd"].toString())),
                                     'f', 1));
        if (report == "tokens" || report == "cache") {
            QCOMPARE(row["input_tokens"].toInteger(), sums.input);
            QCOMPARE(row["cached_input_tokens"].toInteger(), sums.cached);
        }
        if (report == "cache")
            QCOMPARE(row["prompt_cache_hit_permille"].toInteger(), sums.cached * 1000 / sums.input);
    }

    QTemporaryDir m_dir;
    Farthingctl m_ctl{m_dir.filePath("data")};
    QMap<QString, Sums> m_byWorkflow;
    Sums m_total;
};

QTEST_GUILESS_MAIN(CtlReportTest)
#include "tst_ctl_report.moc"
