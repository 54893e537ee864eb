// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/PendingResponses.h"

#include <QTest>

using namespace farthing;

namespace {

CostEvent callOf(const std::string &workflow)
{
    CostEvent event;
    event.provider = "openai";
    event.workflow = workflow;
    return event;
}

} // namespace

class TestPendingResponses : public QObject
{
    Q_OBJECT

private slots:
    void eachIsGivenOutOnce()
    {
        PendingResponses pending;
        pending.add("resp_1", callOf("nightly"));
        QVERIFY(!pending.take("resp_2", "openai"));
        QVERIFY2(!pending.take("resp_1", "azure"), "another provider's id");
        const auto origin = pending.take("resp_1", "openai");
        QVERIFY(origin);
        QCOMPARE(origin->workflow, std::string("nightly"));
        QVERIFY(!pending.take("resp_1", "openai"));
    }

    void eachCountsOnce()
    {
        PendingResponses pending;
        QVERIFY(pending.count("resp_1", "openai"));
        QVERIFY(!pending.count("resp_1", "openai"));
        QVERIFY2(pending.count("resp_1", "azure"), "another provider's id");
        QVERIFY(!pending.count("", "openai"));
        for (int i = 0; i < 10'000; ++i)
            QVERIFY(pending.count("new_" + std::to_string(i), "openai"));
        QVERIFY2(pending.count("resp_1", "openai"), "the oldest is forgotten past the limit");
    }

    void idsThatCannotBeOnesAreNotKept()
    {
        PendingResponses pending;
        pending.add("", callOf("x"));
        pending.add(std::string(257, 'r'), callOf("x"));
        QVERIFY(!pending.take("", "openai"));
        QVERIFY(!pending.take(std::string(257, 'r'), "openai"));
    }

    void theOldestIsForgottenPastTheLimit()
    {
        PendingResponses pending;
        for (int i = 0; i <= 10'000; ++i)
            pending.add("resp_" + std::to_string(i), callOf("x"));
        QVERIFY(!pending.take("resp_0", "openai"));
        QVERIFY(pending.take("resp_1", "openai"));
        QVERIFY(pending.take("resp_10000", "openai"));
    }

    void oneThatCameBackIsAsYoungAsItsReturn()
    {
        PendingResponses pending;
        pending.add("resp", callOf("first"));
        QVERIFY(pending.take("resp", "openai"));
        for (int i = 0; i < 5'000; ++i)
            pending.add("old_" + std::to_string(i), callOf("x"));
        pending.add("resp", callOf("again"));
        for (int i = 0; i < 9'999; ++i)
            pending.add("new_" + std::to_string(i), callOf("x"));
        const auto origin = pending.take("resp", "openai");
        QVERIFY(origin);
        QCOMPARE(origin->workflow, std::string("again"));
    }

    void whatIsSavedGoesOn()
    {
        PendingResponses before;
        const auto revision = before.revision();
        CostEvent event = callOf("nightly");
        event.user = "u \xff\"";
        event.sentModel = "gpt-4o";
        before.add("resp_1", event);
        before.add("resp_2", callOf("x"));
        QVERIFY(before.count("resp_0", "openai"));
        QVERIFY(before.take("resp_2", "openai"));
        QVERIFY(before.revision() != revision);
        const auto last = before.revision();
        QVERIFY(!before.count("resp_0", "openai") && !before.take("resp_2", "openai"));
        QCOMPARE(before.revision(), last);

        PendingResponses after;
        QVERIFY(after.load(before.state().toJson()).ok());
        QCOMPARE(after.state().toJson(), before.state().toJson());
        QVERIFY(!after.count("resp_0", "openai"));
        QVERIFY(!after.take("resp_2", "openai"));
        const auto origin = after.take("resp_1", "openai");
        QVERIFY(origin);
        QCOMPARE(origin->workflow, std::string("nightly"));
        QCOMPARE(origin->user, std::string("u \xef\xbf\xbd\""));
        QCOMPARE(origin->sentModel, std::string("gpt-4o"));
    }

    void whatCannotBeReadChangesNothing_data()
    {
        QTest::addColumn<QByteArray>("state");
        for (const char *const state :
             {"", "{", "[]", "{}", "{\"pending\":[]}", "{\"pending\":[],\"counted\":[1]}",
              "{\"pending\":[{\"id\":\"x\"}],\"counted\":[]}", "{\"pending\":[7],\"counted\":[]}",
              "{\"pending\":7,\"counted\":7}", "{\"pending\":{\"a\":1},\"counted\":{\"a\":1}}"})
            QTest::newRow(state) << QByteArray(state);
    }
    void whatCannotBeReadChangesNothing()
    {
        QFETCH(QByteArray, state);
        PendingResponses pending;
        QVERIFY(pending.count("resp_0", "openai"));
        pending.add("resp_1", callOf("nightly"));
        QVERIFY(!pending.load(state.toStdString()));
        QVERIFY(!pending.count("resp_0", "openai"));
        QVERIFY(pending.take("resp_1", "openai"));
    }
};

QTEST_GUILESS_MAIN(TestPendingResponses)
#include "tst_pending_responses.moc"
