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
    void publishedVectors_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<quint64>("hash");
        // Key 00…0f, input 00, 01, …: the paper's appendix (15 bytes) and its authors' reference vectors.
        QTest::newRow("empty") << 0 << quint64{0x726fdb47dd0e0e31};
        QTest::newRow("1 byte") << 1 << quint64{0x74f839c593dc67fd};
        QTest::newRow("8 bytes") << 8 << quint64{0x93f5f5799a932462};
        QTest::newRow("15 bytes") << 15 << quint64{0xa129ca6149be45e5};
    }
    void publishedVectors()
    {
        QFETCH(int, size);
        QFETCH(quint64, hash);
        std::array<std::uint8_t, 16> key{};
        std::iota(key.begin(), key.end(), std::uint8_t{0});
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
