// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"

#include "core/store/EventJournal.h"
#include "core/store/JournalSegment.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>
#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <sys/stat.h>
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
            QCOMPARE(events[0].eventId, open.eventId); // it arrived first
            QCOMPARE(events[0].status, status::proxyDied);
            QCOMPARE(events[0].usage.output, std::int64_t(17));
            QCOMPARE(events[0].priceVersion, std::string("by the next process"));
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

    /// Files made once serve for many times their size, and what was in them does not come back.
    void drainedSegmentsAreUsedAgain()
    {
        const QTemporaryDir dir;
        EventMaker maker(14);
        std::vector<CostEvent> written;
        std::size_t read = 0;
        EventJournal::Position position;
        std::set<quint64> files;
        {
            const auto journal = openIn(dir);
            for (int round = 0; round < 60; ++round) {
                for (int i = 0; i < 50; ++i) {
                    written.push_back(maker.make());
                    QVERIFY(journal->end(*journal->begin(written.back()), written.back()).ok());
                }
                const auto batch = journal->read(position, 1000);
                QVERIFY(batch.ok());
                QVERIFY(std::ranges::equal(batch->events, std::span(written).subspan(read)));
                read += batch->events.size();
                position = batch->next;
                journal->release(position);
                for (const QFileInfo &file : QDir(dir.filePath("journal")).entryInfoList({"*.journal"})) {
                    struct stat info = {};
                    QCOMPARE(::stat(qPrintable(file.filePath()), &info), 0);
                    files.insert(info.st_ino);
                }
                QVERIFY(journal->stats().bytes <= small.maxBytes);
            }
            QVERIFY2(files.size() <= 8, qPrintable(QString::number(files.size())));
            QVERIFY(journal->append(maker.make()).ok());
        }
        const auto journal = openIn(dir);
        QCOMPARE(readAll(*journal, position).size(), std::size_t(1));
        QCOMPARE(journal->stats().openIntents, std::uint64_t(0));
        QCOMPARE(journal->stats().unreadableRecords, std::uint64_t(0));
    }

    /// A process that dies while it empties a segment, at any of its steps.
    void aHalfEmptiedSegmentIsNoDamage_data()
    {
        QTest::addColumn<int>("kept");
        for (const int kept : {64, 100, 500, 4096, 20'000})
            QTest::addRow("%d bytes are left", kept) << kept;
    }
    void aHalfEmptiedSegmentIsNoDamage()
    {
        QFETCH(int, kept);
        const QTemporaryDir dir;
        EventMaker maker(15);
        EventJournal::Position position;
        {
            const auto journal = openIn(dir);
            for (int i = 0; i < 50; ++i) {
                const CostEvent event = maker.make();
                QVERIFY(journal->end(*journal->begin(event), event).ok());
            }
            position = journal->read({}, 1000)->next;
        }
        const QString path = dir.filePath("journal/000000000001.journal");
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek(kept));
        const qint64 left = file.size() - kept;
        QCOMPARE(file.write(QByteArray(left, '\0')), left);
        file.close();
        const auto journal = openIn(dir);
        QVERIFY(readAll(*journal, position).empty());
        QCOMPARE(journal->stats().unreadableRecords, std::uint64_t(0));
        QCOMPARE(journal->stats().unreadableFiles, std::uint64_t(0));
        QCOMPARE(journal->stats().openIntents, std::uint64_t(0));
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

    void aReadThatCouldNotBeCommittedStillCountsAsPending()
    {
        const QTemporaryDir dir;
        const auto journal = openIn(dir);
        EventMaker maker(6);
        for (int i = 0; i < 10; ++i)
            QVERIFY(journal->append(maker.make()).ok());
        for (int attempt = 0; attempt < 3; ++attempt) {
            QCOMPARE(journal->read({}, 100)->events.size(), std::size_t(10));
            QCOMPARE(journal->stats().pendingEvents, std::uint64_t(10));
        }
        journal->release(journal->read({}, 100)->next);
        QCOMPARE(journal->stats().pendingEvents, std::uint64_t(0));
    }

    void aDamagedRecordHidesNothingBehindIt_data()
    {
        QTest::addColumn<int>("record");
        QTest::addColumn<bool>("header");
        for (const int record : {0, 7, 18})
            for (const bool header : {false, true})
                QTest::addRow("%s of record %d", header ? "header" : "payload", record) << record << header;
    }
    void aDamagedRecordHidesNothingBehindIt()
    {
        QFETCH(int, record);
        QFETCH(bool, header);
        const QTemporaryDir dir;
        EventMaker maker(8);
        std::vector<CostEvent> written;
        {
            const auto journal = openIn(dir);
            for (int i = 0; i < 20; ++i) {
                written.push_back(maker.make());
                QVERIFY(journal->append(written.back()).ok());
            }
        }
        const QString path = dir.filePath("journal/000000000001.journal");
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        qint64 offset = 64;
        const auto sizeAt = [&file](qint64 at) {
            file.seek(at + 20);
            const QByteArray bytes = file.read(4);
            return qFromLittleEndian<quint32>(bytes.constData());
        };
        for (int i = 0; i < record; ++i)
            offset += 40 + (sizeAt(offset) + 7) / 8 * 8;
        file.seek(offset + (header ? 16 : 60));
        file.write("damage");
        file.close();

        written.erase(written.begin() + record);
        const auto journal = openIn(dir);
        QVERIFY(readAll(*journal) == written);
        QCOMPARE(journal->stats().unreadableRecords, std::uint64_t(1));
        for (int i = 0; i < 300; ++i)
            QVERIFY(journal->append(maker.make()).ok());
        EventJournal::Position position;
        for (auto batch = journal->read(position, 1000); !batch->events.empty();
             batch = journal->read(position, 1000))
            position = batch->next;
        journal->release(position);
        QVERIFY(!QFile::exists(path) && QFile::exists(path + ".unreadable"));
        QCOMPARE(journal->stats().unreadableFiles, std::uint64_t(1));
        QCOMPARE(openIn(dir)->stats().unreadableFiles, std::uint64_t(1));
    }

    void aRecordThatIsNoEventIsSetAside()
    {
        const QTemporaryDir dir;
        EventMaker maker(9);
        const CostEvent before = maker.make();
        const CostEvent after = maker.make();
        QVERIFY(openIn(dir)->append(before).ok());
        {
            auto segment =
                JournalSegment::openExisting(dir.filePath("journal/000000000001.journal").toStdString());
            QVERIFY(segment.ok());
            (*segment)->append(JournalSegment::Kind::Outcome, 0, "of another format");
        }
        const auto journal = openIn(dir);
        QVERIFY(journal->append(after).ok());
        for (int attempt = 0; attempt < 3; ++attempt) { // what cannot be committed is read again
            QVERIFY((readAll(*journal) == std::vector{before, after}));
            QCOMPARE(journal->stats().unreadableRecords, std::uint64_t(1));
        }
        journal->release(journal->read({}, 100)->next);
        QCOMPARE(journal->stats().unreadableRecords, std::uint64_t(1));
        QFile aside(dir.filePath("journal/unreadable-records"));
        QVERIFY(aside.open(QIODevice::ReadOnly));
        QCOMPARE(aside.readAll().count("of another format"), qsizetype(1));
    }

    void whatIsAppendedTogetherComesBackInItsOrder()
    {
        const QTemporaryDir dir;
        EventMaker maker(21);
        std::vector<CostEvent> written;
        {
            const auto journal = openIn(dir);
            for (const std::size_t count : {1, 7, 60, 0, 3}) {
                std::vector<CostEvent> together;
                for (std::size_t i = 0; i < count; ++i)
                    together.push_back(maker.make());
                const auto taken = journal->appendAll(together);
                QVERIFY(taken.ok() && *taken);
                written.insert(written.end(), together.begin(), together.end());
                written.push_back(maker.make());
                QVERIFY(journal->append(written.back()).ok());
            }
            QVERIFY(readAll(*journal) == written);
            QCOMPARE(journal->stats().pendingEvents, std::uint64_t(written.size()));
        }
        const auto journal = openIn(dir);
        QCOMPARE(journal->stats().pendingEvents, std::uint64_t(written.size()));
        QVERIFY(readAll(*journal) == written);
        const auto batch = journal->read({}, 2);
        QCOMPARE(batch->events.size(), std::size_t(2));
        const auto more = journal->read(batch->next, 2);
        QCOMPARE(more->events.size(), std::size_t(7)); // they are never apart
        journal->release(more->next);
        QCOMPARE(journal->stats().pendingEvents, std::uint64_t(written.size() - 9));
    }

    void ofWhatIsAppendedTogetherAllOrNoneIsThere()
    {
        const QTemporaryDir dir;
        EventMaker maker(22);
        std::vector<CostEvent> together;
        for (int i = 0; i < 40; ++i)
            together.push_back(maker.make());
        {
            const auto journal = openIn(dir);
            QVERIFY(*journal->appendAll(together));
            QVERIFY(*journal->appendAll(together));
        }
        // As a process leaves it that dies before the last record counts: its mark is not set.
        const QString name = QDir(dir.filePath("journal")).entryList({"*.journal"}, QDir::Files).value(0);
        QFile file(dir.filePath("journal/" + name));
        QVERIFY(file.open(QIODevice::ReadWrite));
        const QByteArray bytes = file.readAll();
        const QByteArray mark("KRAM");
        const auto at = bytes.lastIndexOf(mark);
        QVERIFY(at > bytes.indexOf(mark));
        QVERIFY(file.seek(at) && file.write(QByteArray(4, '\0')) == 4);
        file.close();
        const auto journal = openIn(dir);
        QVERIFY(readAll(*journal) == together);
        QCOMPARE(journal->stats().unreadableRecords, std::uint64_t(0));
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

    void aFileThatIsNoSegmentIsKeptUnlessItIsEmpty()
    {
        const QTemporaryDir dir;
        QVERIFY(QDir(dir.path()).mkdir("journal"));
        for (const auto &[name, content] : {std::pair("000000000004.journal", QByteArray(4096, '\0')),
                                            std::pair("000000000005.journal", QByteArray(4096, 'x'))}) {
            QFile file(dir.filePath(QStringLiteral("journal/") + name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(content);
        }
        const auto journal = openIn(dir);
        QCOMPARE(journal->stats().unreadableFiles, std::uint64_t(1));
        QVERIFY(QFile::exists(dir.filePath("journal/000000000005.journal.unreadable")));
        QVERIFY(!QFile::exists(dir.filePath("journal/000000000004.journal")));
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
