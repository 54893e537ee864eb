// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonTree.h"

#include <QtTest>

using namespace farthing;

class TestJsonTree : public QObject
{
    Q_OBJECT

private slots:
    void keepsDigitsOrderAndPlaces();
    void readsEscapes_data();
    void readsEscapes();
    void refusesWhatTheRfcRefuses_data();
    void refusesWhatTheRfcRefuses();
    void acceptsWhatTheRfcAccepts_data();
    void acceptsWhatTheRfcAccepts();
};

void TestJsonTree::keepsDigitsOrderAndPlaces()
{
    const std::string text = "{\n  \"b\": 0.10,\n  \"a\": [1e-07, true, null],\n  \"b\": \"x\"}";
    const Result<JsonNode> root = parseJsonTree(text);
    QVERIFY(root.ok());
    QVERIFY(root->isObject());
    QCOMPARE(root->members.size(), std::size_t(3));
    QCOMPARE(root->members[0].value.text, std::string("0.10"));
    QCOMPARE(placeInText(text, root->members[0].value.offset), std::string("line 2, column 8"));
    const JsonNode *const list = root->find("a");
    QVERIFY(list != nullptr && list->isArray());
    QCOMPARE(list->items.size(), std::size_t(3));
    QCOMPARE(list->items[0].text, std::string("1e-07"));
    QVERIFY(list->items[0].isNumber());
    QVERIFY(list->items[1].type == JsonNode::Type::Bool);
    QVERIFY(list->items[2].type == JsonNode::Type::Null);
    QCOMPARE(placeInText(text, list->items[1].offset), std::string("line 3, column 16"));
    QVERIFY(root->find("c") == nullptr);
    QVERIFY(list->find("a") == nullptr);
}

void TestJsonTree::readsEscapes_data()
{
    QTest::addColumn<QString>("json");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("named") << R"("\"\\\/\b\f\n\r\t")" << QByteArray("\"\\/\b\f\n\r\t");
    QTest::newRow("one byte") << R"("\u0041")" << QByteArray("A");
    QTest::newRow("two bytes") << R"("\u00FC")" << QByteArray("\xC3\xBC");
    QTest::newRow("three bytes") << R"("\u20ac")" << QByteArray("\xE2\x82\xAC");
    QTest::newRow("surrogates") << R"("\ud83d\ude00")" << QByteArray("\xF0\x9F\x98\x80");
    QTest::newRow("as is") << "\"\xC3\xBC\"" << QByteArray("\xC3\xBC");
}

void TestJsonTree::readsEscapes()
{
    QFETCH(QString, json);
    const Result<JsonNode> root = parseJsonTree(json.toStdString());
    QVERIFY(root.ok());
    QVERIFY(root->isString());
    QTEST(QByteArray::fromStdString(root->text), "text");
}

void TestJsonTree::refusesWhatTheRfcRefuses_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("place");
    const auto row = [](const char *json, const char *place) {
        QTest::addRow("%s", json) << QByteArray(json) << QByteArray(place);
    };
    row("", "line 1, column 1");
    row("{", "line 1, column 2");
    row("{\"a\"}", "line 1, column 5");
    row("{\"a\":}", "line 1, column 6");
    row("{\"a\":1,}", "line 1, column 8");
    row("{\"a\":1 \"b\":2}", "line 1, column 8");
    row("{a:1}", "line 1, column 2");
    row("[1\n,]", "line 2, column 2");
    row("[1 2]", "line 1, column 4");
    row("[01]", "line 1, column 3");
    row("[1.]", "line 1, column 4");
    row("[.5]", "line 1, column 2");
    row("[+1]", "line 1, column 2");
    row("[1e]", "line 1, column 4");
    row("[-]", "line 1, column 3");
    row("[NaN]", "line 1, column 2");
    row("[tru]", "line 1, column 2");
    row("[\"a]", "line 1, column 5");
    row("[\"\\x\"]", "line 1, column 4");
    row("[\"\\u12g4\"]", "line 1, column 7");
    row("[\"\\ud800\"]", "line 1, column 9");
    row("[\"\\udc00\"]", "line 1, column 9");
    row("[\"a\nb\"]", "line 1, column 4");
    row("[] []", "line 1, column 4");
    row("\xFF", "");
    QTest::newRow("too deep") << QByteArray(33, '[') + QByteArray(33, ']') << QByteArray("line 1, column 33");
}

void TestJsonTree::refusesWhatTheRfcRefuses()
{
    QFETCH(QByteArray, json);
    const Result<JsonNode> root = parseJsonTree(json.toStdString());
    QVERIFY(!root.ok());
    QVERIFY(!root.error().message.empty());
    QTEST(QByteArray::fromStdString(root.error().place), "place");
}

void TestJsonTree::acceptsWhatTheRfcAccepts_data()
{
    QTest::addColumn<QByteArray>("json");
    for (const char *json :
         {"0", "-0.5E+10", " [ ] ", "{}", "\"\"", "null", "\t[1,\r\n2]\n", "{\"\":{}}", "1e400"})
        QTest::addRow("%s", json) << QByteArray(json);
    QTest::newRow("just deep enough") << QByteArray(32, '[') + QByteArray(32, ']');
}

void TestJsonTree::acceptsWhatTheRfcAccepts()
{
    QFETCH(QByteArray, json);
    QVERIFY(parseJsonTree(json.toStdString()).ok());
}

QTEST_GUILESS_MAIN(TestJsonTree)
#include "tst_jsontree.moc"
