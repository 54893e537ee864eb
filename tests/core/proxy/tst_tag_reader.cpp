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
        QTest::newRow("control characters")
            << QByteArray("workflow=a%0Ab") << QByteArray("a b") << QByteArray();
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
};

QTEST_GUILESS_MAIN(TestTagReader)
#include "tst_tag_reader.moc"
