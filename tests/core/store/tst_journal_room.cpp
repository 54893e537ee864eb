// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/store/Journals.h"

#include <QDir>
#include <QTest>
#include <algorithm>
#include <map>
#include <set>
#include <span>

using namespace farthing;

/// What a full journal takes, what it refuses, and for what it keeps room.
class JournalRoomTest : public QObject
{
    Q_OBJECT

private slots:
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
        QVERIFY(journal->stats().fullSince);
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
        QVERIFY(!journal->stats().fullSince);
        QVERIFY(journal->append(event).ok());
        QCOMPARE(readAll(*journal, position).size(), std::size_t(1));
    }

    void everyAcceptedIntentFindsRoomForItsOutcome()
    {
        const QTemporaryDir dir;
        EventMaker maker(10);
        const CostEvent event = maker.make();
        std::vector<EventJournal::Ticket> open;
        int ended = 0;
        {
            const auto journal = openIn(dir);
            for (int i = 0; i < 50; ++i)
                open.push_back(*journal->begin(event));
            while (journal->append(event).ok()) {
            }
            QVERIFY(!journal->begin(event).ok());
            QVERIFY(journal->stats().fullSince);
            for (; ended < 40; ++ended)
                QVERIFY(journal->end(open[static_cast<std::size_t>(ended)], event).ok());
            QVERIFY(journal->stats().bytes <= small.maxBytes);
        }
        const auto journal = openIn(dir);
        const auto events = readAll(*journal);
        QCOMPARE(std::ranges::count(events, status::proxyDied, &CostEvent::status),
                 std::ptrdiff_t(50 - ended));
    }

    /// What makes an intent long makes its outcome so, and usage that a provider makes long can be done
    /// without.
    void longOutcomesFindRoomToo_data()
    {
        QTest::addColumn<int>("tags");
        QTest::addColumn<int>("bytesOfUsage");
        QTest::newRow("many tags") << 100 << 0;
        QTest::newRow("long usage") << 0 << 60'000;
        QTest::newRow("both") << 100 << 60'000;
    }

    void longOutcomesFindRoomToo()
    {
        QFETCH(int, tags);
        QFETCH(int, bytesOfUsage);
        const QTemporaryDir dir;
        const auto journal = openIn(dir, {.maxBytes = 2 * 1024 * 1024});
        EventMaker maker(13);
        std::vector<std::pair<EventJournal::Ticket, CostEvent>> open;
        for (int i = 0; i < 60; ++i) {
            CostEvent event = maker.make();
            event.tags.assign(static_cast<std::size_t>(tags), {"name", std::string(200, 'v')});
            if (const auto ticket = journal->begin(event))
                open.emplace_back(*ticket, event);
        }
        QVERIFY2(open.size() >= 10, qPrintable(QString::number(open.size())));
        while (journal->append(maker.make()).ok()) {
        }
        for (auto &[ticket, event] : open) {
            event.rawUsage = "[" + std::string(static_cast<std::size_t>(bytesOfUsage), '1') + "]";
            const auto ended = journal->end(ticket, event);
            QVERIFY2(ended.ok(), ended ? "" : ended.error().toString().c_str());
        }
        QVERIFY(journal->stats().bytes <= 2 * 1024 * 1024);
        QCOMPARE(journal->stats().openIntents, std::uint64_t(0));
        std::set<Uuid> there;
        for (const CostEvent &event : readAll(*journal))
            there.insert(event.eventId);
        for (const auto &[ticket, event] : open)
            QVERIFY(there.contains(event.eventId));
    }

    void aFewLongCallsDoNotFillIt()
    {
        const QTemporaryDir dir;
        EventMaker maker(14);
        constexpr std::size_t longCalls = 30;
        std::vector<std::pair<EventJournal::Ticket, CostEvent>> open;
        std::set<Uuid> ended;
        {
            const auto journal = openIn(dir);
            EventJournal::Position position;
            for (std::size_t i = 0; i < longCalls; ++i) {
                open.emplace_back(EventJournal::Ticket{}, maker.make());
                open.back().first = *journal->begin(open.back().second);
                journal->progress(open.back().first, 200, static_cast<std::int64_t>(40 + i));
                for (int k = 0; k < 100; ++k) { // most of a segment
                    const auto appended = journal->append(maker.make());
                    QVERIFY2(appended.ok(), appended ? "" : appended.error().toString().c_str());
                }
                const auto batch = journal->read(position, 1000);
                position = batch->next;
                journal->release(position);
                QVERIFY(!journal->stats().fullSince);
                QVERIFY(journal->stats().bytes <= small.maxBytes);
            }
            QCOMPARE(journal->stats().openIntents, std::uint64_t(longCalls));
            for (std::size_t i = 0; i < longCalls / 2; ++i)
                QVERIFY(journal->end(open[i].first, open[i].second).ok());
            QCOMPARE(journal->stats().openIntents, std::uint64_t(longCalls / 2));
            const auto rest = journal->read(position, 1000);
            for (const CostEvent &event : rest->events)
                ended.insert(event.eventId);
            QCOMPARE(ended.size(), longCalls / 2);
        }
        // The rest died, each once, with what was relayed of it.
        std::map<Uuid, CostEvent> found;
        for (const CostEvent &event : readAll(*openIn(dir)))
            if (event.status == status::proxyDied)
                QVERIFY(found.emplace(event.eventId, event).second);
        QCOMPARE(found.size(), longCalls / 2);
        for (std::size_t i = longCalls / 2; i < longCalls; ++i)
            QCOMPARE(found.at(open[i].second.eventId).usage.output, static_cast<std::int64_t>(40 + i));
    }

    void veryManyOpenCallsFindRoomForTheirOutcomes_data()
    {
        QTest::addColumn<int>("bytesOfError");
        QTest::newRow("ordinary outcomes") << 0;
        QTest::newRow("long ones") << 1500;
    }

    void veryManyOpenCallsFindRoomForTheirOutcomes()
    {
        QFETCH(int, bytesOfError);
        const QTemporaryDir dir;
        const auto journal = openIn(dir, {.maxBytes = 1024 * 1024});
        EventMaker maker(12);
        std::vector<std::pair<EventJournal::Ticket, CostEvent>> open;
        int refused = 0;
        for (int i = 0; i < 5'000; ++i) {
            const CostEvent event = maker.make();
            if (const auto ticket = journal->begin(event))
                open.emplace_back(*ticket, event);
            else
                ++refused;
        }
        QVERIFY2(open.size() >= 100, qPrintable(QString::number(open.size())));
        QCOMPARE(open.size() + static_cast<std::size_t>(refused), std::size_t(5'000));
        QVERIFY(journal->stats().fullSince);
        for (auto &[ticket, event] : open) {
            event.error = std::string(static_cast<std::size_t>(bytesOfError), 'e');
            const auto ended = journal->end(ticket, event);
            QVERIFY2(ended.ok(), ended ? "" : ended.error().toString().c_str());
        }
        QVERIFY(journal->stats().bytes <= 1024 * 1024);
        QCOMPARE(journal->stats().openIntents, std::uint64_t(0));
        QCOMPARE(readAll(*journal).size(), open.size());
    }

    void whatTheDeadLeftIsClosedThoughItIsFull()
    {
        const QTemporaryDir dir;
        EventMaker maker(11);
        const CostEvent event = maker.make();
        std::ptrdiff_t begun = 0;
        {
            const auto journal = openIn(dir);
            while (journal->begin(event).ok())
                ++begun;
        }
        const auto journal = openIn(dir);
        const auto events = readAll(*journal);
        QCOMPARE(std::ranges::count(events, status::proxyDied, &CostEvent::status), begun);
    }

    void aSmallMaximumIsDrainedAndFilledAgain_data()
    {
        QTest::addColumn<quint64>("maximum");
        QTest::addColumn<quint64>("before");
        for (const quint64 maximum : {1, 2, 6, 8})
            for (const quint64 before : {0, 16})
                QTest::addRow("%d MiB after %d", int(maximum), int(before))
                    << maximum * 1024 * 1024 << before * 1024 * 1024;
    }

    void aSmallMaximumIsDrainedAndFilledAgain()
    {
        QFETCH(quint64, maximum);
        QFETCH(quint64, before);
        const QTemporaryDir dir;
        EventMaker maker(12);
        CostEvent event = maker.make();
        event.rawUsage = std::string(4096, 'x');
        EventJournal::Position position;
        if (before > 0) { // a journal of larger segments, drained but for its last
            const auto journal = openIn(dir, {.maxBytes = before});
            while (journal->append(event).ok()) {
            }
        }
        const auto journal = openIn(dir, {.maxBytes = maximum});
        for (int round = 0; round < 3; ++round) {
            for (auto batch = journal->read(position, 10'000); !batch->events.empty();
                 batch = journal->read(position, 10'000))
                position = batch->next;
            journal->release(position);
            int written = 0;
            while (journal->append(event).ok())
                ++written;
            QVERIFY2(written > 100, qPrintable(QString::number(written)));
            QVERIFY(journal->stats().bytes <= maximum);
        }
    }

    void theLargestEventFitsTheSmallestMaximum()
    {
        const QTemporaryDir dir;
        EventMaker maker(13);
        CostEvent event = maker.make();
        const std::string name(256, 'x');
        event.workflow = event.feature = event.user = event.session = event.client = name;
        event.requestModel = event.sentModel = event.listModel = event.responseModel = name;
        event.error = std::string(300, 'x');
        event.rawUsage = std::string(64 * 1024, 'x');
        event.tags.assign(32, {name, name});
        event.parts.assign(32, {name, event.usage});
        event.anatomy.prefix.resize(65);
        const auto journal = openIn(dir, {.maxBytes = 1024 * 1024});
        const auto ticket = journal->begin(event);
        QVERIFY(ticket.ok());
        QVERIFY(journal->end(*ticket, event).ok());
        QVERIFY(readAll(*journal) == std::vector{event});
    }

    void restartsAloneDoNotFillIt()
    {
        const QTemporaryDir dir;
        EventMaker maker(5);
        for (int i = 0; i < 40; ++i)
            QVERIFY(openIn(dir)->append(maker.make()).ok());
        const auto journal = openIn(dir);
        QCOMPARE(readAll(*journal).size(), std::size_t(40));
        QVERIFY(journal->stats().bytes <= small.maxBytes);
        QVERIFY(QDir(dir.filePath("journal")).entryList({"*.journal"}).size() <= 3);
    }

    void moreThanASegmentHoldsIsNotTakenAndHarmsNothing()
    {
        const QTemporaryDir dir;
        const auto journal = openIn(dir);
        EventMaker maker(23);
        std::vector<CostEvent> many;
        for (int i = 0; i < 500; ++i)
            many.push_back(maker.make());
        const auto refused = journal->appendAll(many);
        QVERIFY(refused.ok() && !*refused);
        QVERIFY(!journal->stats().fullSince.has_value());
        std::size_t fits = many.size();
        while (!*journal->appendAll(std::span(many).first(fits)))
            --fits;
        QVERIFY(fits > 100);
        QVERIFY(readAll(*journal) ==
                std::vector(many.begin(), many.begin() + static_cast<std::ptrdiff_t>(fits)));
    }
};

QTEST_GUILESS_MAIN(JournalRoomTest)
#include "tst_journal_room.moc"
