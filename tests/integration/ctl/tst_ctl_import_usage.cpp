// SPDX-License-Identifier: GPL-3.0-or-later
// LiteLLM's spend logs and OpenAI's usage, by the built program.
#include "tests/integration/ctl/Farthingctl.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

namespace {

QByteArray spendLog(const QByteArray &id, const QByteArray &more = {})
{
    QByteArray json =
        "{'request_id':'" + id +
        "','call_type':'acompletion','spend':0.25,'prompt_tokens':1000,'completion_tokens':100,"
        "'startTime':'2026-11-20T10:00:00Z','endTime':'2026-11-20T10:00:01Z','model':'gpt-4o',"
        "'model_group':'gpt-4o','custom_llm_provider':'openai','end_user':'u1','cache_hit':'False',"
        "'request_tags':['tier:gold'],'metadata':{'user_api_key_team_alias':'blue',"
        "'user_api_key_alias':'bot','usage_object':{'prompt_tokens_details':{'cached_tokens':400}}}" +
        more + "}";
    return json.replace('\'', '"');
}

QByteArray usagePage(const QByteArray &model, qint64 start, int calls)
{
    QByteArray json =
        "{'object':'page','data':[{'object':'bucket','start_time':" + QByteArray::number(start) +
        ",'end_time':" + QByteArray::number(start + 86'400) +
        ",'results':[{'object':'organization.usage.completions.result','input_tokens':1001,"
        "'output_tokens':77,'input_cached_tokens':0,'num_model_requests':" +
        QByteArray::number(calls) +
        ",'project_id':'proj_1','user_id':null,'api_key_id':'key_1','model':" + model +
        ",'batch':null}]}],'has_more':false,'next_page':null}";
    return json.replace('\'', '"');
}

int sumOf(const char *column, const Farthingctl &ctl)
{
    int sum = 0;
    for (const QByteArray &line : ctl({"export", "events", "--json"}).out.split('\n'))
        sum += QJsonDocument::fromJson(line).object()[QLatin1String(column)].toInt();
    return sum;
}

} // namespace

class CtlImportUsageTest : public QObject
{
    Q_OBJECT

private slots:
    void spendLogsAreTakenOverOnce()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.filePath("data")};
        const QString file = dir.filePath("logs.json");
        writeTo(file,
                "{\"data\": [" + spendLog("a") + "," + spendLog("b", ",\"spend\":0") + "," +
                    spendLog("c", ",\"status\":\"failure\",\"spend\":0,\"prompt_tokens\":0,"
                                  "\"completion_tokens\":0,\"metadata\":{\"user_api_key_alias\":\"bot\","
                                  "\"user_api_key_team_alias\":\"blue\"}") +
                    "], \"total\": 3}");
        const auto first = ctl({"import", "litellm", file, "--json"});
        QCOMPARE(first.error, QByteArray());
        QCOMPARE(first.json()["written"].toInt(), 3);
        const auto again =
            ctl({"import", "litellm", "-", "--json"}, spendLog("a") + "\n" + spendLog("d") + "\n");
        QCOMPARE(again.json()["written"].toInt(), 1);
        QCOMPARE(again.json()["already_there"].toInt(), 1);
        const QByteArray csv = ctl({"export", "events"}).out;
        const QByteArray call = ",openai,chat,blue,bot,u1,,gpt-4o,gpt-4o,gpt-4o,pass,0,";
        QCOMPARE(csv.count(call + "200,0,none,1000,400,0,0,0,100,0,0,0,provider,1,0.25,"), 2);
        // 600 at $2.50, 400 at $1.25 and 100 at $10 a million
        QCOMPARE(csv.count(call + "200,0,none,1000,400,0,0,0,100,0,0,0,provider,1,0.003,0.0035,"), 1);
        QCOMPARE(csv.count(call + "500,0,none,0,0,0,0,0,0,0,0,0,none,1,0,,"), 1);
        QCOMPARE(ctl({"doctor", "--verify"}).code, 0);
    }

    void badSpendLogs()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.filePath("data")};
        const QString file = dir.filePath("logs.jsonl");
        writeTo(file, spendLog("a") + "\n{\"spend\":1,\"startTime\":\"2026-11-20\"}\n" + spendLog("b"));
        const auto stopped = ctl({"import", "litellm", file});
        QCOMPARE(stopped.code, 1);
        QCOMPARE(stopped.error,
                 "farthingctl: " + file.toUtf8() +
                     ": line 2: request_id: is missing; a day's sums are no calls: ask /spend/logs "
                     "with summarize=false\n");
        QVERIFY(!QFile::exists(dir.filePath("data/events.db")));
        const auto skipped = ctl({"import", "litellm", file, "--on-error", "skip", "--workflow", "w"});
        QCOMPARE(skipped.out, QByteArray("2 events written, 0 were there already, 1 bad rows skipped\n"));
        QCOMPARE(ctl({"export", "events"}).out.count(",chat,w,bot,u1,"), 2);
    }

    void usageIsTakenOverOnce()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.filePath("data")};
        const QString first = dir.filePath("first.json");
        const QString second = dir.filePath("second.json");
        writeTo(first, usagePage("'gpt-4o-2024-08-06'", 1'763'596'800, 300));
        // One that ends a long time from now.
        writeTo(second, usagePage("'gpt-4o-2024-08-06'", 1'763'596'800, 300) +
                            usagePage("'gpt-4o-mini'", 4'102'444'800, 5) +
                            usagePage("'gpt-4o-mini'", 1'763'683'200, 20));
        auto done = ctl({"import", "openai-usage", first, "--json"});
        QCOMPARE(done.error, QByteArray());
        QCOMPARE(done.json()["written"].toInt(), 300);
        done = ctl({"import", "openai-usage", first, second});
        QCOMPARE(done.code, 0);
        QCOMPARE(done.out, QByteArray("20 events written, 600 were there already\n"));
        QCOMPARE(done.error,
                 QByteArray("farthingctl: left out 1 sums of buckets that had not ended; a later file "
                            "has them whole\n"));
        QCOMPARE(sumOf("input_tokens", ctl), 2 * 1001);
        QCOMPARE(sumOf("output_tokens", ctl), 2 * 77);
        QCOMPARE(ctl({"export", "events", "--filter", "workflow=proj_1"}).out.count(",chat,proj_1,key_1,"),
                 320);
        QVERIFY(ctl({"export", "events", "--format", "json"})
                    .out.contains("\"tags\":{\"share_of_calls\":\"300\"}"));
        QCOMPARE(ctl({"doctor", "--verify"}).code, 0);
    }

    void usageWithoutAModel()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.filePath("data")};
        const QString file = dir.filePath("usage.json");
        writeTo(file, usagePage("null", 1'763'596'800, 3));
        const auto done = ctl({"import", "openai-usage", file});
        QCOMPARE(done.code, 1);
        QCOMPARE(done.error,
                 "farthingctl: " + file.toUtf8() +
                     ": element 1: result 1: model: is missing: ask the API with group_by=model\n");
        QVERIFY(!QFile::exists(dir.filePath("data/events.db")));
        QCOMPARE(ctl({"import", "openai-usage", dir.filePath("none.json")}).code, 1);
        QCOMPARE(ctl({"import", "openai-usage"}).code, 2);
    }
};

QTEST_GUILESS_MAIN(CtlImportUsageTest)
#include "tst_ctl_import_usage.moc"
