// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/TokenEstimator.h"

#include <QTest>

using namespace farthing;
using Direction = TokenEstimator::Direction;

class TestTokenEstimator : public QObject
{
    Q_OBJECT
private slots:
    void unknownModelsTakeFourBytesPerToken()
    {
        const TokenEstimator estimator;
        QCOMPARE(estimator.estimate("m", Direction::Input, 400), std::int64_t{100});
        QCOMPARE(estimator.estimate("m", Direction::Input, 1), std::int64_t{1});
        QCOMPARE(estimator.estimate("m", Direction::Input, 0), std::int64_t{0});
        QCOMPARE(estimator.estimate("m", Direction::Input, -5), std::int64_t{0});
    }

    void ratiosAreLearntByModelAndDirection()
    {
        TokenEstimator estimator;
        estimator.learn("m", Direction::Input, 3000, 1000);
        estimator.learn("m", Direction::Output, 5000, 1000);
        QCOMPARE(estimator.estimate("m", Direction::Input, 300), std::int64_t{100});
        QCOMPARE(estimator.estimate("m", Direction::Output, 500), std::int64_t{100});
        QCOMPARE(estimator.estimate("n", Direction::Input, 400), std::int64_t{100});
    }

    void recentCallsWeighMore()
    {
        TokenEstimator estimator;
        estimator.learn("m", Direction::Input, 3000, 1000);
        for (int i = 0; i < 500; ++i)
            estimator.learn("m", Direction::Input, 6000, 1000);
        QCOMPARE(estimator.estimate("m", Direction::Input, 6000), std::int64_t{1000});
    }

    void implausibleCallsTeachNothing_data()
    {
        QTest::addColumn<qint64>("bytes");
        QTest::addColumn<qint64>("tokens");
        QTest::newRow("no text") << qint64{0} << qint64{100};
        QTest::newRow("no tokens") << qint64{100} << qint64{0};
        QTest::newRow("negative") << qint64{-100} << qint64{-25};
        QTest::newRow("hidden reasoning") << qint64{10} << qint64{10000};
        QTest::newRow("no text at all") << qint64{100000} << qint64{10};
    }
    void implausibleCallsTeachNothing()
    {
        QFETCH(qint64, bytes);
        QFETCH(qint64, tokens);
        TokenEstimator estimator;
        estimator.learn("m", Direction::Input, bytes, tokens);
        QCOMPARE(estimator.estimate("m", Direction::Input, 400), std::int64_t{100});
    }

    void whatWasSavedIsLoaded()
    {
        TokenEstimator estimator;
        estimator.learn("m \"quoted\" \xFF", Direction::Input, 3000, 1000);
        estimator.learn("n", Direction::Output, 2000, 1000);
        TokenEstimator other;
        other.load(estimator.save());
        QCOMPARE(other.estimate("n", Direction::Output, 200), std::int64_t{100});
        QCOMPARE(other.save(), estimator.save());
    }

    void unreadableStatesChangeNothing_data()
    {
        QTest::addColumn<QByteArray>("state");
        for (const char *state :
             {"", "[]", "{", "{}", R"({"input":{}})", R"({"input":{},"output":[]})",
              R"({"input":{"m":[1]},"output":{}})", R"({"input":{"m":["a",1]},"output":{}})",
              R"({"input":{"m":[1,0]},"output":{}})", R"({"input":{"m":[-4,-1]},"output":{}})",
              R"({"input":{"m":[1e999,1]},"output":{}})"})
            QTest::newRow(state) << QByteArray(state);
    }
    void unreadableStatesChangeNothing()
    {
        QFETCH(QByteArray, state);
        TokenEstimator estimator;
        estimator.learn("m", Direction::Input, 3000, 1000);
        const std::string before = estimator.save();
        estimator.load(state.toStdString());
        QCOMPARE(estimator.save(), before);
    }
};

QTEST_GUILESS_MAIN(TestTokenEstimator)
#include "tst_token_estimator.moc"
