// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"

#include "core/store/EventJournal.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <set>
#include <thread>

using namespace farthing;

namespace {

const EventJournal::Options small = {.segmentBytes = 64 * 1024, .maxBytes = 512 * 1024, .onDeadCall = {}};

std::unique_ptr<EventJournal> openIn(const QTemporaryDir &dir, EventJournal::Options options = small)
{
    auto journal = EventJournal::open(dir.filePath("journal").toStdString(), options);
    if (!journal)
        qFatal("%s", journal.error().toString().c_str());
    return *std::move(journal);
}

std::vector<CostEvent> readAll(EventJournal &journal, EventJournal::Position from = {})
{
    std::vector<CostEvent> all;
    for (;;) {
        auto batch = journal.read(from, 100);
        if (!batch)
            qFatal("%s", batch.error().toString().c_str());
        if (batch->events.empty())
            return all;
        from = batch->next;
        all.insert(all.end(), batch->events.begin(), batch->events.end());
    }
}

} // namespace

class JournalTest : public QObject
{
    Q_OBJECT

private slots:
    void outcomesComeBackInOrderOverSegments()
    {
        const QTemporaryDir dir;
        const auto journal = openIn(dir);
        EventMaker maker(1);
        std::vector<CostEvent> written;
        for (int i = 0; i < 300; ++i) {
            CostEvent event = maker.make();
            const auto ticket = journal->begin(event);
            QVERIFY(ticket.ok());
            event.status = 201;
            QVERIFY(journal->end(*ticket, event).ok());
            written.push_back(event);
        }
        QVERIFY(QDir(dir.filePath("journal")).entryList({"*.journal"}).size() > 3);
        QVERIFY(readAll(*journal) == written);
        QCOMPARE(journal->stats().openIntents, std::uint64_t(0));
    }

    void intentsOfTheDeadAreClosedOnce()
    {
        const QTemporaryDir dir;
        EventMaker maker(2);
        const CostEvent open = maker.make();
        const CostEvent ended = maker.make();
        {
            const auto journal = openIn(dir);
            const auto ticket = journal->begin(open);
            QVERIFY(journal->end(*journal->begin(ended), ended).ok());
            journal->progress(*ticket, 200, 17);
        }
        for (int start = 0; start < 3; ++start) {
            EventJournal::Options options = small;
            int priced = 0;
            options.onDeadCall = [&priced](CostEvent &event) {
                ++priced;
                event.priceVersion = "by the next process";
            };
            const auto events = readAll(*openIn(dir, options));
            QCOMPARE(priced, start == 0 ? 1 : 0);
            QCOMPARE(events.size(), std::size_t(2));
            QCOMPARE(events[1].eventId, open.eventId);
            QCOMPARE(events[1].status, status::proxyDied);
            QCOMPARE(events[1].usage.output, std::int64_t(17));
            QCOMPARE(events[1].priceVersion, std::string("by the next process"));
        }
    }

    void itSaysWhenItIsFullAndGoesOnAfterARelease()
    {
        const QTemporaryDir dir;
        const auto journal = openIn(dir);
        EventMaker maker(3);
        const CostEvent event = maker.make();
        int written = 0;
        while (journal->append(event).ok())
            ++written;
        QVERIFY(written > 100);
        QVERIFY(journal->stats().full);
        QCOMPARE(journal->stats().pendingEvents, std::uint64_t(written));
        EventJournal::Position position;
        int read = 0;
        for (auto batch = journal->read(position, 50); !batch->events.empty();
             batch = journal->read(position, 50)) {
            read += static_cast<int>(batch->events.size());
            position = batch->next;
        }
        QCOMPARE(read, written);
        journal->release(position);
        QVERIFY(!journal->stats().full);
        QVERIFY(journal->append(event).ok());
        QCOMPARE(readAll(*journal, position).size(), std::size_t(1));
    }

    void aSegmentWithAnOpenIntentIsKept()
    {
        const QTemporaryDir dir;
        EventMaker maker(4);
        const CostEvent open = maker.make();
        {
            const auto journal = openIn(dir);
            QVERIFY(journal->begin(open).ok());
            for (int i = 0; i < 400; ++i)
                QVERIFY(journal->append(maker.make()).ok());
            EventJournal::Position position;
            for (auto batch = journal->read(position, 1000); !batch->events.empty();
                 batch = journal->read(position, 1000))
                position = batch->next;
            journal->release(position);
        }
        const auto events = readAll(*openIn(dir));
        QCOMPARE(std::ranges::count(events, open.eventId, &CostEvent::eventId), std::ptrdiff_t(1));
    }

    void threadsAppendWhileOneReads()
    {
        const QTemporaryDir dir;
        const auto journal =
            openIn(dir, {.segmentBytes = 256 * 1024, .maxBytes = 64 * 1024 * 1024, .onDeadCall = {}});
        constexpr int each = 500;
        std::vector<std::thread> writers;
        for (unsigned seed = 0; seed < 4; ++seed)
            writers.emplace_back([&journal, seed] {
                EventMaker maker(seed);
                for (int i = 0; i < each; ++i) {
                    const CostEvent event = maker.make();
                    const auto ticket = journal->begin(event);
                    journal->progress(*ticket, 200, i);
                    if (!journal->end(*ticket, event))
                        qFatal("append failed");
                }
            });
        std::set<Uuid> seen;
        EventJournal::Position position;
        while (seen.size() < 4 * each) {
            auto batch = journal->read(position, 64);
            QVERIFY(batch.ok());
            for (const CostEvent &event : batch->events)
                QVERIFY(seen.insert(event.eventId).second);
            position = batch->next;
            journal->release(position);
            if (batch->events.empty())
                journal->waitForMore(position, std::chrono::milliseconds(20));
        }
        for (std::thread &writer : writers)
            writer.join();
    }
};

QTEST_GUILESS_MAIN(JournalTest)
#include "tst_journal.moc"
