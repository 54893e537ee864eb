// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"

#include "core/store/EventCodec.h"

#include <QTest>
#include <limits>

using namespace farthing;

class EventCodecTest : public QObject
{
    Q_OBJECT

private slots:
    void everyFieldComesBack()
    {
        EventMaker maker(1);
        for (int i = 0; i < 500; ++i) {
            const CostEvent event = maker.make();
            std::string bytes;
            encodeEvent(event, bytes);
            CostEvent back;
            QVERIFY(decodeEvent(bytes, back));
            QVERIFY(back == event);
        }
    }

    void extremesComeBack()
    {
        CostEvent event;
        event.usage.input = std::numeric_limits<std::int64_t>::max();
        event.latencyUs = std::numeric_limits<std::int64_t>::min();
        event.cost = Money::fromNanoUsd(-1);
        event.error.assign(std::size_t(32) * 1024, 'x');
        std::string bytes;
        encodeEvent(event, bytes);
        CostEvent back;
        QVERIFY(decodeEvent(bytes, back));
        QVERIFY(back == event);
    }

    void brokenBytesAreRefusedOrReadAsSomething()
    {
        EventMaker maker(2);
        const CostEvent event = maker.make();
        std::string bytes;
        encodeEvent(event, bytes);
        CostEvent back;
        for (std::size_t size = 0; size < bytes.size(); ++size)
            QVERIFY(!decodeEvent(std::string_view(bytes).substr(0, size), back));
        QVERIFY(!decodeEvent(bytes + "x", back));
        for (std::size_t at = 0; at < bytes.size(); ++at)
            for (const int bit : {1, 64, 128}) {
                std::string flipped = bytes;
                flipped[at] = static_cast<char>(flipped[at] ^ bit);
                if (decodeEvent(flipped, back))
                    QVERIFY(!(back == event));
            }
    }
};

QTEST_GUILESS_MAIN(EventCodecTest)
#include "tst_event_codec.moc"
