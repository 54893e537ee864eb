// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/store/Journals.h"

#include "core/store/JournalSegment.h"

#include <QDir>
#include <QFile>
#include <QTest>
#include <QtEndian>
#include <algorithm>
#include <set>
#include <span>
#include <sys/stat.h>
#include <thread>

using namespace farthing;

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

    void aSegmentWithoutItsHeaderIsKept_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::newRow("noise") << QByteArray(64, 'x');
        QTest::newRow("zeros") << QByteArray(64, '\0');
    }
    void aSegmentWithoutItsHeaderIsKept()
    {
        QFETCH(QByteArray, header);
        const QTemporaryDir dir;
        EventMaker maker(8);
        const QDir folder(dir.filePath("journal"));
        for (std::uint64_t damaged = 1; damaged <= 3; ++damaged) {
            QVERIFY(openIn(dir)->append(maker.make()).ok());
            QFile file(folder.filePath(folder.entryList({"*.journal"}).last()));
            QVERIFY(file.open(QIODevice::ReadWrite));
            QCOMPARE(file.write(header), header.size());
            file.close();
            QCOMPARE(openIn(dir)->stats().unreadableFiles, damaged);
        }
        QCOMPARE(folder.entryList({"*.unreadable"}).size(), 3); // none took another's name
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

    void aSegmentThatTheDiskTakesNoMoreOfIsLeft()
    {
        const QTemporaryDir dir;
        const auto journal = openIn(dir);
        EventMaker maker(3);
        std::vector<CostEvent> written = {maker.make()};
        const auto open = journal->begin(written[0]);
        QVERIFY(open.ok());
        for (const QFileInfo &segment : QDir(dir.filePath("journal")).entryInfoList({"*.journal"}))
            QVERIFY(QFile::resize(segment.filePath(), 4096)); // the spare one too
        for (int i = 0; i < 100; ++i) {
            written.push_back(maker.make());
            const auto ticket = journal->begin(written.back());
            QVERIFY2(ticket.ok(), ticket ? "" : ticket.error().toString().c_str());
            QVERIFY(journal->end(*ticket, written.back()).ok());
        }
        QVERIFY(journal->end(*open, written[0]).ok());
        std::ranges::rotate(written, written.begin() + 1);
        QVERIFY(readAll(*journal) == written);
        QCOMPARE(journal->stats().openIntents, std::uint64_t(0));
        QVERIFY(!journal->stats().fullSince);
    }

    void aDiskThatTakesNoMoreIsSaidAndAskedAgain()
    {
        const QTemporaryDir dir;
        const auto journal = openIn(dir);
        EventMaker maker(4);
        const CostEvent event = maker.make();
        const QString folder = dir.filePath("journal");
        for (const QFileInfo &segment : QDir(folder).entryInfoList({"*.journal"}))
            QVERIFY(QFile::resize(segment.filePath(), 0));
        QVERIFY(QDir().rename(folder, folder + ".away"));
        QVERIFY(!journal->begin(event));
        QVERIFY(!journal->append(event));
        QVERIFY(journal->stats().fullSince);
        QVERIFY(QDir().rename(folder + ".away", folder));
        bool taken = false;
        QTRY_VERIFY((taken = taken || journal->append(event).ok()));
        QVERIFY(!journal->stats().fullSince);
        QVERIFY(readAll(*journal) == std::vector{event});
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
