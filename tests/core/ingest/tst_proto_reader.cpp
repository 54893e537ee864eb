// SPDX-License-Identifier: GPL-3.0-or-later
// The wire format of Protocol Buffers, field by field.
#include "core/ingest/OtlpBytes.h"
#include "core/ingest/ProtoReader.h"

#include <QTest>

using namespace farthing;

class ProtoReaderTest : public QObject
{
    Q_OBJECT

private slots:
    void fieldsComeInTheirOrder()
    {
        const std::string message = otlp::number(1, 300) + otlp::bytes(2, "ab") +
                                    otlp::fixed64(3, 0x0102030405060708) + otlp::varint(4 << 3 | 5) +
                                    std::string("\x01\x00\x00\x80", 4) + otlp::number(536'870'911, ~0ULL);
        ProtoReader reader(message);
        ProtoReader::Field field;
        QVERIFY(reader.next(field));
        QVERIFY(field.is(1, ProtoReader::Wire::Varint));
        QCOMPARE(field.value, std::uint64_t(300));
        QVERIFY(reader.next(field));
        QVERIFY(field.is(2, ProtoReader::Wire::Bytes));
        QCOMPARE(field.bytes, std::string_view("ab"));
        QVERIFY(reader.next(field));
        QVERIFY(field.is(3, ProtoReader::Wire::Fixed64));
        QCOMPARE(field.value, std::uint64_t(0x0102030405060708));
        QVERIFY(reader.next(field));
        QVERIFY(field.is(4, ProtoReader::Wire::Fixed32));
        QCOMPARE(field.value, std::uint64_t(0x80000001));
        QVERIFY(reader.next(field));
        QCOMPARE(field.number, std::uint32_t(536'870'911));
        QCOMPARE(field.value, ~std::uint64_t(0));
        QVERIFY(!reader.next(field));
        QVERIFY(!reader.malformed());
    }

    void whatIsNoMessageIsSaidToBeNone_data()
    {
        QTest::addColumn<QByteArray>("message");
        QTest::newRow("a tag without its value") << QByteArray("\x08", 1);
        QTest::newRow("a varint without end")
            << QByteArray("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
        QTest::newRow("bytes that are not all there") << QByteArray("\x12\x05"
                                                                    "ab");
        QTest::newRow("a length past any") << QByteArray("\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
                                                         "ab");
        QTest::newRow("a fixed number cut short") << QByteArray("\x19\x01\x02\x03");
        QTest::newRow("field 0") << QByteArray("\x00\x01", 2);
        QTest::newRow("a field's number past any") << QByteArray("\x80\x80\x80\x80\x80\x01\x01");
        QTest::newRow("a group") << QByteArray("\x0b\x0c");
        QTest::newRow("a wire type that does not exist") << QByteArray("\x0e\x01");
    }
    void whatIsNoMessageIsSaidToBeNone()
    {
        QFETCH(QByteArray, message);
        ProtoReader reader({message.constData(), static_cast<std::size_t>(message.size())});
        ProtoReader::Field field;
        QVERIFY(!reader.next(field));
        QVERIFY(reader.malformed());
        QVERIFY(!reader.next(field));
    }
};

QTEST_GUILESS_MAIN(ProtoReaderTest)
#include "tst_proto_reader.moc"
