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
};

QTEST_GUILESS_MAIN(TestPendingResponses)
#include "tst_pending_responses.moc"
