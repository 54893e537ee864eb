// SPDX-License-Identifier: GPL-3.0-or-later
// Sums of calls, as OpenAI's usage API has them, and the events that they become.
#include "core/ingest/logs/OpenAiUsageFiles.h"
#include "core/model/EventJson.h"

#include <QDateTime>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <set>

using namespace farthing;

namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t start = 1'763'596'800; // 2025-11-20

/// A group of a bucket; ' stands for ". Members that come again replace these.
QByteArray result(int calls, const QByteArray &more = {})
{
    return "{'object':'organization.usage.completions.result','input_tokens':1000,'input_cached_tokens':300,"
           "'output_tokens':101,'input_audio_tokens':0,'output_audio_tokens':0,'num_model_requests':" +
           QByteArray::number(calls) +
           ",'project_id':'proj_1','user_id':'user-1','api_key_id':'key_1','model':'gpt-4o-2024-08-06','"
           "batch':false,"
           "'service_tier':'default'" +
           more + "}";
}

QByteArray bucket(const QByteArrayList &results, std::int64_t from = start, std::int64_t length = day)
{
    return "{'object':'bucket','start_time':" + QByteArray::number(qint64(from)) +
           ",'end_time':" + QByteArray::number(qint64(from + length)) + ",'results':[" + results.join(',') +
           "]}";
}

QByteArray page(const QByteArrayList &buckets)
{
    return "{'object':'page','data':[" + buckets.join(',') + "],'has_more':false,'next_page':null}\n";
}

struct Read
{
    std::vector<CostEvent> events;
    QByteArray error;
    std::uint64_t leftOut = 0;
    QByteArrayList bad;
};

Read read(const QList<QByteArray> &files, bool skip = false, std::int64_t written = start + 30 * day)
{
    const QTemporaryDir dir;
    std::vector<std::string> names;
    for (QByteArray content : files) {
        names.push_back(dir.filePath(QString::number(names.size())).toStdString());
        QFile file(QString::fromStdString(names.back()));
        if (!file.open(QIODevice::WriteOnly) || file.write(content.replace('\'', '"')) < 0 || !file.flush() ||
            !file.setFileTime(QDateTime::fromSecsSinceEpoch(written), QFileDevice::FileModificationTime))
            qFatal("cannot write");
    }
    Read read;
    const auto source = OpenAiUsageFiles::open(names);
    if (!source)
        qFatal("%s", source.error().toString().c_str());
    EventSource::OnBadRow onBadRow;
    if (skip)
        onBadRow = [&](const Error &error) {
            read.bad.append(
                QByteArray::fromStdString(error.toString()).replace(dir.path().toUtf8() + '/', ""));
            return true;
        };
    const auto done = (*source)->read(onBadRow, [&read](std::vector<CostEvent> &events) -> Result<void> {
        std::ranges::move(events, std::back_inserter(read.events));
        events.clear();
        return {};
    });
    if (!done)
        read.error =
            QByteArray::fromStdString(done.error().toString()).replace(dir.path().toUtf8() + '/', "");
    read.leftOut = (*source)->leftOut();
    return read;
}

TokenUsage sumOf(const std::vector<CostEvent> &events)
{
    TokenUsage sum;
    for (const CostEvent &event : events)
        sum += event.usage;
    return sum;
}

std::set<Uuid> idsOf(const std::vector<CostEvent> &events)
{
    std::set<Uuid> ids;
    for (const CostEvent &event : events)
        ids.insert(event.eventId);
    return ids;
}

} // namespace

class OpenAiUsageTest : public QObject
{
    Q_OBJECT

private slots:
    void aSumBecomesItsCalls()
    {
        const auto events = read({page({bucket({result(7)})})}).events;
        QCOMPARE(events.size(), std::size_t(7));
        QVERIFY(sumOf(events) == (TokenUsage{.input = 1000, .cachedInput = 300, .output = 101}));
        QCOMPARE(idsOf(events).size(), std::size_t(7));
        Timestamp before = fromMicros(start * 1'000'000 - 1);
        for (const CostEvent &event : events) {
            QVERIFY(event.time > before && event.time < fromMicros((start + day) * 1'000'000));
            before = event.time;
            QVERIFY(event.eventId.isV7Of(event.time) && event.callId == event.eventId);
            QVERIFY(event.usage.input == 142 || event.usage.input == 143);
            QVERIFY(event.usage.output == 14 || event.usage.output == 15);
            QCOMPARE(event.workflow, std::string("proj_1"));
            QCOMPARE(event.feature, std::string("key_1"));
            QCOMPARE(event.user, std::string("user-1"));
            QCOMPARE(event.provider, std::string("openai"));
            QCOMPARE(event.endpoint, std::string("chat"));
            QCOMPARE(event.responseModel, std::string("gpt-4o-2024-08-06"));
            QCOMPARE(event.serviceTier, std::string("default"));
            QVERIFY(!event.batch && event.usageSource == UsageSource::Provider && !event.cost);
            QCOMPARE(event.tags.at(0), std::make_pair(std::string("share_of_calls"), std::string("7")));
        }
        QCOMPARE(events.front().time, fromMicros(start * 1'000'000));
    }

    void sharesStayWithinTheirWhole_data()
    {
        QTest::addColumn<int>("calls");
        for (const int calls : {1, 2, 3, 5, 8, 64, 1000, 2500})
            QTest::addRow("%d calls", calls) << calls;
    }
    void sharesStayWithinTheirWhole()
    {
        QFETCH(int, calls);
        CallSum sum;
        sum.event.usage = {.input = 1001,
                           .cachedInput = 333,
                           .cacheWrite5m = 334,
                           .cacheWrite1h = 334,
                           .inputAudio = 1000,
                           .output = 77,
                           .reasoning = 38,
                           .outputAudio = 39,
                           .serverToolCalls = 2};
        sum.calls = static_cast<std::uint64_t>(calls);
        sum.end = sum.start + std::chrono::minutes(1);
        SpreadCalls spread(sum);
        std::vector<CostEvent> events;
        for (CostEvent event; spread.next(event);) {
            const TokenUsage &usage = event.usage;
            QVERIFY(usage.cachedInput >= 0 && usage.cacheWrite5m >= 0 && usage.cacheWrite1h >= 0);
            QVERIFY(usage.cachedInput + usage.cacheWrite5m + usage.cacheWrite1h <= usage.input);
            QVERIFY(usage.inputAudio <= usage.input && usage.outputAudio >= 0);
            QVERIFY(usage.reasoning + usage.outputAudio <= usage.output);
            events.push_back(event);
        }
        QCOMPARE(events.size(), static_cast<std::size_t>(calls));
        QVERIFY(sumOf(events) == sum.event.usage);
        QVERIFY(std::ranges::is_sorted(events, {}, &CostEvent::time));
        QCOMPARE(idsOf(events).size(), events.size());
    }

    void timesAreSpreadEvenly()
    {
        const auto events = read({page({bucket({result(100)})})}).events;
        for (std::size_t i = 1; i < events.size(); ++i) {
            const auto gap = (events[i].time - events[i - 1].time).count();
            QVERIFY(gap >= day * 1'000'000 / 128 - 1 && gap <= 2 * day * 1'000'000 / 128 + 1);
        }
    }

    void theSameSumsGiveTheSameEvents()
    {
        const QByteArray one = page({bucket({result(50)})});
        const auto ids = idsOf(read({one}).events);
        QCOMPARE(idsOf(read({one, one}).events), ids);
        QCOMPARE(idsOf(read({bucket({result(50)})}).events), ids);
        QCOMPARE(idsOf(read({"[" + bucket({result(50)}) + "]"}).events), ids);
        QCOMPARE(idsOf(read({"[" + one + "]"}).events), ids);
        // Further calls of the bucket are further events.
        const auto more = idsOf(read({page({bucket({result(60)})})}).events);
        QCOMPARE(more.size(), std::size_t(60));
        QVERIFY(std::ranges::includes(more, ids));
        // Other groups, other buckets, and equal groups of one bucket are other calls.
        const auto all = read({page({bucket({result(5), result(5), result(5, ",'model':'gpt-4o-mini'"),
                                             result(5, ",'batch':true"), result(5, ",'user_id':null")}),
                                     bucket({result(5)}, start + day)}) +
                               page({bucket({result(5)}, start + 2 * day)})});
        QCOMPARE(all.error, QByteArray());
        QCOMPARE(idsOf(all.events).size(), std::size_t(35));
    }

    void otherKinds()
    {
        const auto embeddings =
            read({page({bucket({"{'object':'organization.usage.embeddings.result','input_tokens':16,"
                                "'num_model_requests':2,'project_id':null,'user_id':null,'api_key_id':null,"
                                "'model':'text-embedding-3-small'}"})})});
        QCOMPARE(embeddings.events.size(), std::size_t(2));
        QCOMPARE(embeddings.events[0].endpoint, std::string("embeddings"));
        QCOMPARE(embeddings.events[0].workflow, std::string("untagged"));
        QVERIFY(read({page({bucket({result(1, ",'batch':true")})})}).events.at(0).batch);
        QCOMPARE(read({page({bucket({result(1, ",'input_cache_write_tokens':200")})})})
                     .events.at(0)
                     .usage.cacheWrite5m,
                 200);
    }

    void bucketsThatHadNotEndedAreLeftOut()
    {
        const QByteArray text = page(
            {bucket({result(5)}), bucket({result(5), result(6)}, start + day), bucket({}, start + 2 * day)});
        const Read early = read({text}, false, start + day + day / 2);
        QCOMPARE(early.events.size(), std::size_t(5));
        QCOMPARE(early.leftOut, std::uint64_t(2));
        QCOMPARE(read({text}, false, start + 2 * day).events.size(), std::size_t(16));
    }

    void theExportInCsv()
    {
        const QByteArray header =
            "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_"
            "id,model,"
            "batch,service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,"
            "input_audio_tokens,output_audio_tokens\n";
        const QByteArray csv =
            header +
            "1763596800,1763683200,2025-11-20T00:00:00+00:00,2025-11-21T00:00:00+00:00,proj_1,7.0,user-1,"
            "key_1,gpt-4o-2024-08-06,FALSE,default,1000.0,101.0,300.0,700.0,0.0,0.0\n"
            "1763683200,1763769600,2025-11-21T00:00:00+00:00,2025-11-22T00:00:00+00:00,,,,,,,,,,,,,\n";
        const Read done = read({csv});
        QCOMPARE(done.error, QByteArray());
        QCOMPARE(done.events, read({page({bucket({result(7)})})}).events);
        QCOMPARE(read({"start_time,end_time,num_model_requests,model,input_tokens\n"
                       "1763596800,1763683200,1,text-embedding-3-small,5\n"})
                     .events.at(0)
                     .endpoint,
                 std::string("embeddings"));
        QCOMPARE(read({"start_time,end_time,amount_value\n1,2,3\n"}).error,
                 QByteArray("0: line 1: the header has no column 'num_model_requests': this is no usage of "
                            "completions or embeddings"));
    }

    void badSumsSayWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("error");
        const auto add = [](const char *name, const QByteArray &text, const char *error) {
            QTest::newRow(name) << text << QByteArray(error);
        };
        add("no model", page({bucket({result(1), result(1, ",'model':null")})}),
            "0: element 1: result 2: model: is missing: ask the API with group_by=model");
        add("too many", page({bucket({result(10'000'001)})}),
            "0: element 1: result 1: num_model_requests: 10000001 are more than the 10000000");
        add("no calls", page({bucket({result(0)})}), "num_model_requests: is 0, but there are tokens");
        add("a bad count", page({bucket({result(1, ",'input_tokens':1.5")})}),
            "input_tokens: '1.5' is not a whole number of 0 or more");
        add("more cached than there is", page({bucket({result(1, ",'input_cached_tokens':2000")})}),
            "cached_input_tokens: 2000 is more than the 1000 there can be");
        add("other usage", page({bucket({"{'object':'organization.usage.images.result','images':2}"})}),
            "object: 'organization.usage.images.result' is not imported; usage of completions");
        add("costs", page({bucket({"{'object':'organization.costs.result','amount':{'value':1}}"})}),
            "object: 'organization.costs.result' is not imported");
        add("a bucket of no time", page({bucket({result(1)}, start, 0)}),
            "end_time: is not behind start_time");
        add("no results", page({"{'object':'bucket'}"}), "is no bucket of usage: it has no list 'results'");
        add("not JSON", page({"{'object':}"}), "element 1: is no JSON object");
        add("an error", "{'error':{'message':'no'}}", "is no bucket of usage");
        add("cut", page({bucket({result(1)})}).left(400), "the array does not end");
    }
    void badSumsSayWhatIsWrong()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, error);
        const Read done = read({text});
        QVERIFY2(done.error.contains(error), done.error.constData());
        QVERIFY(done.events.empty());
    }

    void aBadBucketIsLeftOutAlone()
    {
        const Read done =
            read({page({bucket({result(1), result(1, ",'model':null")}), bucket({result(2)}, start + day)})},
                 true);
        QCOMPARE(done.error, QByteArray());
        QCOMPARE(done.bad, QByteArrayList{
                               "0: element 1: result 2: model: is missing: ask the API with group_by=model"});
        QCOMPARE(done.events.size(), std::size_t(2));
    }

    void whatIsNotThereIsSaid()
    {
        const auto source = OpenAiUsageFiles::open({"/nowhere/usage.json"});
        QVERIFY(!source);
        QCOMPARE(source.error().toString(), std::string("/nowhere/usage.json: cannot be opened"));
    }
};

QTEST_GUILESS_MAIN(OpenAiUsageTest)
#include "tst_openai_usage.moc"
