// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/TagReader.h"

#include <QTest>

using namespace farthing;

class TestTagReader : public QObject
{
    Q_OBJECT

private slots:
    void baggageIsPercentDecoded_data()
    {
        QTest::addColumn<QByteArray>("baggage");
        QTest::addColumn<QByteArray>("workflow");
        QTest::addColumn<QByteArray>("feature");
        QTest::newRow("plain") << QByteArray("workflow=tag,feature=search") << QByteArray("tag")
                               << QByteArray("search");
        QTest::newRow("encoded") << QByteArray("workflow=my%20flow, feature=gr%C3%B6%C3%9Fe")
                                 << QByteArray("my flow")
                                 << QByteArray("gr\xc3\xb6\xc3\x9f"
                                               "e");
        QTest::newRow("encoded separators") << QByteArray("feature=a%2Cb%3Bc%3Dd,workflow=50%25")
                                            << QByteArray("50%") << QByteArray("a,b;c=d");
        QTest::newRow("properties") << QByteArray("workflow=a%20b ;ttl=1;p,feature=c;q=%20")
                                    << QByteArray("a b") << QByteArray("c");
        QTest::newRow("a plus is a plus") << QByteArray("workflow=a+b") << QByteArray("a+b") << QByteArray();
        QTest::newRow("not encoded well")
            << QByteArray("workflow=100%,feature=%zz%4") << QByteArray("100%") << QByteArray("%zz%4");
        QTest::newRow("control characters") << QByteArray("workflow=a%0Ab,feature=%00a%1B%7Fb%C2%85")
                                            << QByteArray("a b") << QByteArray("ab");
        QTest::newRow("not UTF-8") << QByteArray("workflow=a%FFb,feature=%C3%28%ED%A0%80")
                                   << QByteArray("a\xef\xbf\xbd"
                                                 "b")
                                   << QByteArray("\xef\xbf\xbd(") + QByteArray("\xef\xbf\xbd").repeated(3);
    }
    void baggageIsPercentDecoded()
    {
        QFETCH(QByteArray, baggage);
        QFETCH(QByteArray, workflow);
        QFETCH(QByteArray, feature);
        CostEvent event;
        readTags(event, {{"Baggage", baggage.toStdString()}}, {}, {});
        QCOMPARE(QByteArray::fromStdString(event.workflow), workflow);
        QCOMPARE(QByteArray::fromStdString(event.feature), feature);
    }

    void baggageMayTakeSeveralLines()
    {
        CostEvent event;
        readTags(event, {{"baggage", "x=1"}, {"Accept", "*/*"}, {"Baggage", "workflow=second,feature=f"}}, {},
                 {});
        QCOMPARE(event.workflow, std::string("second"));
        QCOMPARE(event.feature, std::string("f"));
    }

    void whateverComesIsUtf8()
    {
        const std::string bad = "a\xff\x7f";
        CostEvent event;
        RequestFacts body;
        body.user = bad;
        readTags(event,
                 {{"X-Farthing-Session", bad}, {"User-Agent", bad}, {"X-Farthing-Tags", bad + "=" + bad}},
                 bad, body);
        const std::string good = "a\xef\xbf\xbd";
        for (const std::string &text : {event.workflow, event.user})
            QCOMPARE(text, good);
        const std::string latin1 = "aÿ";
        for (const std::string &text :
             {event.session, event.client, event.tags.at(0).first, event.tags.at(0).second})
            QCOMPARE(text, latin1);
        event = {};
        readTags(event, {{"X-Farthing-User", std::string(255, 'x') + "\xc3\xa9"}}, {}, {});
        QCOMPARE(event.user, std::string(255, 'x'));
    }
};

QTEST_GUILESS_MAIN(TestTagReader)
#include "tst_tag_reader.moc"
