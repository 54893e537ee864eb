// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of a body, and that nobody can change, exchange or read it.
#include "core/bodies/BodyCipher.h"
#include "core/bodies/BodyRecord.h"

#include <QTest>
#include <set>

using namespace farthing;

namespace {

const std::string plain = "{\"messages\":[{\"role\":\"user\",\"content\":\"the secret of the house\"}]}";

SecretKey key(unsigned char seed)
{
    SecretKey::Bytes bytes{};
    bytes.fill(seed);
    return SecretKey(bytes);
}

BodyName nameOf(const char *seed, BodySide side)
{
    return {makeDerivedUuidV7(fromMicros(1'760'000'000'000'000), seed), side};
}

} // namespace

class BodyCipherTest : public QObject
{
    Q_OBJECT

private slots:
    void opensWhatItSealed_data()
    {
        QTest::addColumn<int>("bytes");
        for (const int bytes : {0, 1, 15, 16, 17, 4096, 1'000'000})
            QTest::addRow("%d bytes", bytes) << bytes;
    }
    void opensWhatItSealed()
    {
        QFETCH(int, bytes);
        const std::string block(static_cast<std::size_t>(bytes), 'b');
        const BodyCipher cipher(key(1));
        const auto sealed = cipher.seal(nameOf("a", BodySide::Reply), "head", {block, "tail"});
        QVERIFY(sealed.ok());
        QCOMPARE(sealed->size(), 12 + 4 + block.size() + 4 + 16);
        QVERIFY(sealed->find("head") == std::string::npos);
        const auto opened = cipher.open(nameOf("a", BodySide::Reply), *sealed);
        QVERIFY(opened.ok());
        QCOMPARE(*opened, "head" + block + "tail");
    }

    void everyChangedByteIsRefused()
    {
        const BodyCipher cipher(key(1));
        const BodyName name = nameOf("a", BodySide::Request);
        const std::string sealed = *cipher.seal(name, {}, {plain});
        for (std::size_t i = 0; i < sealed.size(); ++i)
            for (const char bit : {'\x01', '\x80'}) {
                std::string changed = sealed;
                changed[i] = static_cast<char>(changed[i] ^ bit);
                QVERIFY2(!cipher.open(name, changed), qPrintable(QString::number(i)));
            }
        for (std::size_t size = 0; size < sealed.size(); ++size)
            QVERIFY(!cipher.open(name, std::string_view(sealed).substr(0, size)));
        QVERIFY(!cipher.open(name, sealed + '\0'));
    }

    void recordsCannotBeExchanged()
    {
        const BodyCipher cipher(key(1));
        const std::string sealed = *cipher.seal(nameOf("a", BodySide::Request), {}, {plain});
        QVERIFY(cipher.open(nameOf("a", BodySide::Request), sealed).ok());
        QVERIFY(!cipher.open(nameOf("b", BodySide::Request), sealed));
        QVERIFY(!cipher.open(nameOf("a", BodySide::Reply), sealed));
        QVERIFY(!BodyCipher(key(2)).open(nameOf("a", BodySide::Request), sealed));
    }

    void noNonceComesTwice()
    {
        const BodyCipher cipher(key(1));
        std::set<std::string> nonces;
        std::set<std::string> records;
        for (int i = 0; i < 20'000; ++i) {
            const std::string sealed = *cipher.seal(nameOf("a", BodySide::Request), {}, {"same"});
            nonces.insert(sealed.substr(0, BodyCipher::nonceBytes));
            records.insert(sealed.substr(BodyCipher::nonceBytes));
        }
        QCOMPARE(nonces.size(), std::size_t(20'000));
        QCOMPARE(records.size(), std::size_t(20'000));
    }

    void keysAreToldApartAndDerivedOnes()
    {
        QCOMPARE(key(1).toHex().size(), std::size_t(64));
        QCOMPARE(SecretKey::parse(key(7).toHex() + "\n")->bytes(), key(7).bytes());
        QVERIFY(SecretKey::make()->toHex() != SecretKey::make()->toHex());
        std::set<std::string> derived = {key(1).toHex()};
        for (const char *purpose : {"a", "b"})
            for (const char *salt : {"1", "2"})
                derived.insert(key(1).derive(purpose, salt).toHex());
        QCOMPARE(derived.size(), std::size_t(5));
        QCOMPARE(key(1).derive("a", "1").toHex(), key(1).derive("a", "1").toHex());
        for (const char *bad : {"", "00", "zz"})
            QVERIFY(!SecretKey::parse(bad));
        QVERIFY(!SecretKey::parse(std::string(64, 'g')));
        QVERIFY(!SecretKey::parse(key(1).toHex() + "0"));
    }

    void aRecordSaysHowToShowABody()
    {
        const auto record = parseRecord(recordHead("application/json", "gzip, br", 1000) + "abc");
        QVERIFY(record.ok());
        QCOMPARE(record->contentType, std::string("application/json"));
        QCOMPARE(record->contentEncoding, std::string("gzip, br"));
        QCOMPARE(record->size, std::uint64_t(1000));
        QCOMPARE(record->bytes, std::string("abc"));
        QVERIFY(record->isTruncated());
        QVERIFY(!parseRecord(recordHead("", "", 3) + "abc")->isTruncated());
        QCOMPARE(parseRecord(recordHead(std::string(5000, 't'), "", 0))->contentType.size(),
                 std::size_t(256));
    }

    void whatIsNoRecordIsRefused()
    {
        QVERIFY(!parseRecord(""));
        QVERIFY(!parseRecord(recordHead("", "", 2) + "abc"));
        QVERIFY(!parseRecord("\x7f too short"));
    }
};

QTEST_GUILESS_MAIN(BodyCipherTest)
#include "tst_body_cipher.moc"
