// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/TextSource.h"
#include "app/sim/Tokenizer.h"

#include <QtTest>

using namespace farthing::sim;

class TokenizerTest : public QObject
{
    Q_OBJECT

private slots:
    void countsByRule_data();
    void countsByRule();
    void writesExactlyAsManyTokensAsAsked();
    void isAboutFourBytesAToken();
    void piecesJoinToTheWholeAndSumToItsCount();
    void piecesNeverCutACharacter();
    void fillsSchemas_data();
    void fillsSchemas();
    void recursiveSchemaEnds();
};

void TokenizerTest::countsByRule_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("tokens");
    QTest::newRow("empty") << QByteArray("") << 0;
    QTest::newRow("a word") << QByteArray("hello") << 1;
    QTest::newRow("a space belongs to its word") << QByteArray("hello there") << 2;
    QTest::newRow("seven letters") << QByteArray("seventy") << 2;
    QTest::newRow("twelve letters") << QByteArray("abcdefghijkl") << 3;
    QTest::newRow("digits in threes") << QByteArray("1234567") << 3;
    QTest::newRow("signs in pairs") << QByteArray("==!") << 2;
    QTest::newRow("blank lines") << QByteArray("a\n\nb") << 3;
    QTest::newRow("indentation") << QByteArray("a\n            b") << 4;
    QTest::newRow("trailing space") << QByteArray("a ") << 2;
    QTest::newRow("three-byte characters") << QByteArray("\xE6\x97\xA5\xE6\x9C\xAC") << 2;
    QTest::newRow("zero bytes") << QByteArray("\0\0", 2) << 1;
}

void TokenizerTest::countsByRule()
{
    QFETCH(QByteArray, text);
    QFETCH(int, tokens);
    QCOMPARE(countTokens(text.toStdString()), std::int64_t(tokens));
}

void TokenizerTest::writesExactlyAsManyTokensAsAsked()
{
    for (std::int64_t tokens = 0; tokens < 400; ++tokens) {
        Random random(static_cast<std::uint64_t>(tokens) * 31);
        QCOMPARE(countTokens(writeText(random, tokens)), tokens);
    }
}

void TokenizerTest::isAboutFourBytesAToken()
{
    Random random(7);
    const std::string text = writeText(random, 10'000);
    const double bytes = static_cast<double>(text.size()) / 10'000;
    QVERIFY2(bytes > 3.5 && bytes < 6, qPrintable(QString::number(bytes)));
}

void TokenizerTest::piecesJoinToTheWholeAndSumToItsCount()
{
    Random random(3);
    const std::string text = writeText(random, 123) + " {\"k\": [1, 22, 4444]}";
    for (const std::int64_t size : {1, 3, 4, 24, 1000}) {
        std::string joined;
        std::int64_t tokens = 0;
        for (const TextPiece &piece : splitTokens(text, size)) {
            joined += piece.text;
            tokens += piece.tokens;
        }
        QCOMPARE(joined, text);
        QCOMPARE(tokens, countTokens(text));
    }
}

void TokenizerTest::piecesNeverCutACharacter()
{
    const std::string text = "\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xC3\xA9\xE6\x97\xA5"; // 4, 4, 2 and 3 bytes
    for (const TextPiece &piece : splitTokens(text, 1))
        QVERIFY((static_cast<unsigned char>(piece.text.front()) & 0xC0U) != 0x80U);
}

void TokenizerTest::fillsSchemas_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("type");
    QTest::newRow("enum") << QByteArray(R"({"enum":["only"]})") << QByteArray("string");
    QTest::newRow("integer") << QByteArray(R"({"type":"integer"})") << QByteArray("number");
    QTest::newRow("capitals") << QByteArray(R"({"type":"BOOLEAN"})") << QByteArray("boolean");
    QTest::newRow("array") << QByteArray(R"({"type":"array","items":{"type":"string"}})")
                           << QByteArray("array");
    QTest::newRow("nullable") << QByteArray(R"({"type":["number","null"]})") << QByteArray("number");
    QTest::newRow("object without type") << QByteArray(R"({"properties":{"a":{}}})") << QByteArray("object");
    QTest::newRow("reference") << QByteArray(R"({"$ref":"#/$defs/x","$defs":{"x":{"type":"null"}}})")
                               << QByteArray("null");
    QTest::newRow("any of") << QByteArray(R"({"anyOf":[{"type":"integer"},{"type":"null"}]})")
                            << QByteArray("number");
    QTest::newRow("no schema at all") << QByteArray("17") << QByteArray("string");
}

void TokenizerTest::fillsSchemas()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, type);
    Random random(1);
    QCOMPARE(QByteArray(fillSchema(Json::parse(schema.toStdString()), random).type_name()), type);
}

void TokenizerTest::recursiveSchemaEnds()
{
    Random random(1);
    const Json schema = Json::parse(
        R"({"type":"object","properties":{"next":{"$ref":"#"},"self":{"$ref":"#/properties/self"}}})");
    QVERIFY(fillSchema(schema, random).is_object());
}

QTEST_GUILESS_MAIN(TokenizerTest)
#include "tst_sim_tokenizer.moc"
