// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/SipHash.h"

#include <QTest>

#include <numeric>
#include <string>

using namespace farthing;

class TestSipHash : public QObject
{
    Q_OBJECT
private slots:
    void otherImplementations_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<quint64>("hash");
        // Key of zeros, input 00, 01, …. The first is what Rust's DefaultHasher makes of nothing, the others
        // CPython 3.11's hash() of bytes under PYTHONHASHSEED=0.
        QTest::newRow("empty") << 0 << quint64{0xd1fba762150c532c};
        QTest::newRow("1 byte") << 1 << quint64{0x68a914128e01e473};
        QTest::newRow("7 bytes") << 7 << quint64{0x2f098ab0c751325a};
        QTest::newRow("8 bytes") << 8 << quint64{0xead411e67ebe2eea};
        QTest::newRow("15 bytes") << 15 << quint64{0xf30eb725bb91c9ea};
        QTest::newRow("64 bytes") << 64 << quint64{0x75e05fd5bbc870c6};
    }
    void otherImplementations()
    {
        QFETCH(int, size);
        QFETCH(quint64, hash);
        constexpr std::array<std::uint8_t, 16> key{};
        std::string input(static_cast<std::size_t>(size), '\0');
        std::iota(input.begin(), input.end(), '\0');

        SipHash whole(key);
        whole.update(input);
        QCOMPARE(quint64{whole.finish()}, hash);
        for (std::size_t cut = 0; cut <= input.size(); ++cut) {
            SipHash pieces(key);
            pieces.update(std::string_view(input).substr(0, cut));
            pieces.update(std::string_view(input).substr(cut));
            QCOMPARE(quint64{pieces.finish()}, hash);
        }
    }
};

QTEST_GUILESS_MAIN(TestSipHash)
#include "tst_sip_hash.moc"
