// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/KnownTexts.h"

#include <QTest>

using namespace farthing;

namespace {

std::string textNumber(std::size_t i)
{
    return "text " + std::to_string(i);
}

/// Of another text, with this hash.
KnownTexts::Key alike(std::string_view text, std::uint64_t hash)
{
    KnownTexts::Key key(text);
    key.hash = hash;
    return key;
}

} // namespace

/// A number that is found is always the text's own; what is not found is only asked for elsewhere.
class KnownTextsTest : public QObject
{
    Q_OBJECT

private slots:
    void allAreFoundAsFarAsTheBoundGoes_data()
    {
        QTest::addColumn<std::size_t>("count");
        QTest::addColumn<std::size_t>("least");
        QTest::newRow("one") << std::size_t(1) << std::size_t(1);
        QTest::newRow("as many as there is room for at first") << std::size_t(128) << std::size_t(128);
        QTest::newRow("one more") << std::size_t(129) << std::size_t(129);
        QTest::newRow("all that are kept") << std::size_t(200'000) << std::size_t(199'900);
        QTest::newRow("more than are kept") << std::size_t(200'500) << std::size_t(300);
    }
    void allAreFoundAsFarAsTheBoundGoes()
    {
        QFETCH(std::size_t, count);
        QFETCH(std::size_t, least);
        KnownTexts texts;
        for (std::size_t i = 1; i <= count; ++i)
            texts.add(KnownTexts::Key(textNumber(i)), static_cast<std::int64_t>(i));
        std::size_t found = 0;
        for (std::size_t i = 1; i <= count; ++i) {
            const std::string text = textNumber(i);
            const std::int64_t number = texts.find(KnownTexts::Key(text));
            QVERIFY2(number == 0 || number == static_cast<std::int64_t>(i), text.c_str());
            found += number != 0 ? 1 : 0;
        }
        QVERIFY2(found >= least && (count <= 200'000 || found <= 500), std::to_string(found).c_str());
        QCOMPARE(texts.find(KnownTexts::Key("another")), 0);
    }

    void textsThatHashAlikeKeepTheirOwnNumbers_data()
    {
        QTest::addColumn<quint64>("step");
        QTest::newRow("the same hash") << quint64(0);
        QTest::newRow("the same place") << (quint64(1) << 40);
        QTest::newRow("places beside each other") << quint64(1);
    }
    void textsThatHashAlikeKeepTheirOwnNumbers()
    {
        QFETCH(quint64, step);
        KnownTexts texts;
        constexpr std::size_t count = 5000;
        for (std::size_t i = 1; i <= count; ++i) {
            const std::string text = textNumber(i);
            texts.add(alike(text, 77 + i * step), static_cast<std::int64_t>(i));
            QCOMPARE(texts.find(alike(text, 77 + i * step)), static_cast<std::int64_t>(i));
        }
        for (std::size_t i = 1; i <= count; ++i) {
            const std::int64_t number = texts.find(alike(textNumber(i), 77 + i * step));
            QVERIFY(number == 0 || number == static_cast<std::int64_t>(i));
        }
    }

    void longTextsTakeNoMoreThanTheirRoom()
    {
        KnownTexts texts;
        const std::string filling(100'000, 'x');
        for (std::size_t i = 1; i <= 400; ++i)
            texts.add(KnownTexts::Key(filling + textNumber(i)), static_cast<std::int64_t>(i));
        QCOMPARE(texts.find(KnownTexts::Key(filling + textNumber(1))), 0);
        QCOMPARE(texts.find(KnownTexts::Key(filling + textNumber(400))), 400);
    }

    void nothingIsKnownOfAnEmptyOne()
    {
        KnownTexts texts;
        const KnownTexts::Key key("text");
        texts.expect(key);
        QCOMPARE(texts.find(key), 0);
        texts.add(key, 5);
        QVERIFY(!texts.noteSeen(key));
        QVERIFY(texts.noteSeen(key));
        texts.clear();
        QCOMPARE(texts.find(key), 0);
        QVERIFY(!texts.noteSeen(key));
    }
};

QTEST_APPLESS_MAIN(KnownTextsTest)
#include "tst_known_texts.moc"
