// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/BodyBuffers.h"

#include <QTest>
#include <vector>

using namespace farthing;

namespace {

constexpr std::size_t KB = 1024;
constexpr std::size_t MB = 1024 * KB;

} // namespace

class TestBodyBuffers : public QObject
{
    Q_OBJECT

private slots:
    void whatIsGivenBackServesWhoeverItIsLargeEnoughFor_data()
    {
        QTest::addColumn<std::size_t>("before");
        QTest::addColumn<std::size_t>("after");
        QTest::addColumn<bool>("isSame");
        QTest::newRow("as large") << MB << MB << true;
        QTest::newRow("larger") << 2 * MB << MB << true;
        QTest::newRow("much larger") << 8 * MB << MB << false;
        QTest::newRow("too small") << MB << 2 * MB << false;
        QTest::newRow("a small one is not kept") << 4 * KB << 4 * KB << false;
        QTest::newRow("nor taken for a small body") << MB << 4 * KB << false;
        QTest::newRow("nor is a very large one kept") << 16 * MB << MB << false;
        QTest::newRow("the largest that is kept") << BodyBuffers::mostKept << 5 * MB << true;
    }
    void whatIsGivenBackServesWhoeverItIsLargeEnoughFor()
    {
        QFETCH(std::size_t, before);
        QFETCH(std::size_t, after);
        QFETCH(bool, isSame);
        BodyBuffers buffers;
        std::string first = buffers.take(before);
        QVERIFY(first.empty() && first.capacity() >= before);
        const char *const place = first.data();
        first.assign(before, 'x');
        buffers.giveBack(std::move(first));
        const std::size_t kept = buffers.kept();
        const std::string second = buffers.take(after);
        QVERIFY(second.empty() && second.capacity() >= after);
        QCOMPARE(buffers.kept(), isSame ? std::size_t(0) : kept);
        if (isSame)
            QCOMPARE(static_cast<const void *>(second.data()), static_cast<const void *>(place));
        const std::string third = buffers.take(after);
        QVERIFY(third.data() != second.data());
    }

    void noMoreAreKeptThanTheirBound()
    {
        BodyBuffers buffers;
        constexpr std::size_t large = 3 * MB;
        std::vector<std::string> taken;
        for (int i = 0; i < 4; ++i)
            taken.push_back(buffers.take(large));
        for (std::string &buffer : taken)
            buffers.giveBack(std::move(buffer));
        QCOMPARE(buffers.kept(), 2 * large);
    }
};

QTEST_APPLESS_MAIN(TestBodyBuffers)
#include "tst_body_buffers.moc"
