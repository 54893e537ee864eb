// SPDX-License-Identifier: GPL-3.0-or-later
// What waits for the disk, what is kept, and what is let go.
#include "core/bodies/BodyKeeper.h"
#include "core/bodies/BodyRecord.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

namespace {

constexpr std::size_t MiB = 1'048'576;

BodyOptions optionsOf(std::uint64_t total = 1024 * MiB)
{
    BodyOptions options;
    options.workflows = {"w"};
    options.maxTotalBytes = total;
    options.key = KeyPlace::File;
    return options;
}

} // namespace

class BodyKeeperTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_keeper =
            std::make_unique<BodyKeeper>(m_dir->filePath("bodies.db").toStdString(),
                                         BodyKeys::Options{m_dir->filePath("bodies.key").toStdString(), {}});
    }
    void cleanup() { m_keeper.reset(); }

    void bytesAreKeptUpToABound_data()
    {
        QTest::addColumn<int>("most");
        QTest::addColumn<int>("piece");
        QTest::addColumn<int>("pieces");
        QTest::newRow("all of it") << 100'000 << 1'000 << 50;
        QTest::newRow("exactly") << 50'000 << 1'000 << 50;
        QTest::newRow("cut in a piece") << 12'345 << 1'000 << 50;
        QTest::newRow("cut in the first") << 10 << 200'000 << 2;
        QTest::newRow("large pieces") << 1'000'000 << 300'000 << 3;
    }
    void bytesAreKeptUpToABound()
    {
        QFETCH(int, most);
        QFETCH(int, piece);
        QFETCH(int, pieces);
        BodyBudget budget;
        budget.setLimit(10 * MiB);
        std::string sent;
        {
            BodyBytes bytes(budget, static_cast<std::size_t>(most));
            for (int i = 0; i < pieces; ++i) {
                const std::string next(static_cast<std::size_t>(piece), static_cast<char>('a' + i % 26));
                bytes.append(next);
                sent += next;
            }
            std::string kept;
            for (const std::string &block : bytes.blocks())
                kept += block;
            QCOMPARE(kept, sent.substr(0, static_cast<std::size_t>(most)));
            QCOMPARE(bytes.size(), sent.size());
            QVERIFY(budget.taken() >= kept.size());
            BodyBytes whole(budget, static_cast<std::size_t>(most));
            const char *const before = sent.data();
            const bool fits = sent.size() <= static_cast<std::size_t>(most);
            const std::size_t size = sent.size();
            whole.adopt(std::move(sent));
            QCOMPARE(whole.size(), size);
            QCOMPARE(whole.blocks().front().data() == before, fits); // moved, not copied
        }
        QCOMPARE(budget.taken(), std::uint64_t(0));
    }

    void whatFindsNoRoomIsLostAndGivesItsRoomBack()
    {
        BodyBudget budget;
        budget.setLimit(100'000);
        const BodyBytes *lost = nullptr;
        BodyBytes bytes(budget, MiB);
        for (int i = 0; i < 20; ++i)
            bytes.append(std::string(10'000, 'x'));
        lost = &bytes;
        QVERIFY(lost->isLost());
        QVERIFY(lost->blocks().empty());
        QCOMPARE(lost->size(), std::uint64_t(200'000));
        QCOMPARE(budget.taken(), std::uint64_t(0));
    }

    void nothingIsMadeUntilSomethingIsToBeKept()
    {
        m_keeper->configure({});
        m_keeper->keep(call("w", 1'000));
        QVERIFY(!QFile::exists(m_dir->filePath("bodies.db")));
        QVERIFY(!m_keeper->health().on);
        QCOMPARE(m_keeper->health().queuedBytes, std::uint64_t(0));
        m_keeper->configure(optionsOf());
        QTRY_VERIFY(QFile::exists(m_dir->filePath("bodies.key")));
        QVERIFY(m_keeper->health().on);
    }

    void onlyWhatIsNamedIsKept()
    {
        m_keeper->configure(optionsOf());
        m_keeper->keep(call("another", 1'000));
        auto named = call("w", 1'000);
        const Uuid id = named->event;
        m_keeper->keep(std::move(named));
        QTRY_COMPARE(m_keeper->health().kept, std::uint64_t(2));
        QCOMPARE(m_keeper->health().dropped, std::uint64_t(0));
        m_keeper.reset();
        auto store = open();
        QCOMPARE(store.usage()->bodies, std::int64_t(2));
        BodyKeys keys({m_dir->filePath("bodies.key").toStdString(), {}});
        const auto cipher = keys.cipherOf(**store.identity());
        QVERIFY(cipher.ok());
        const BodyName name{id, BodySide::Reply};
        const auto record = parseRecord(*cipher->open(name, (*store.find(name))->record));
        QVERIFY(record.ok());
        QCOMPARE(record->bytes, std::string(1'000, 'r'));
        QCOMPARE(QFileInfo(m_dir->filePath("bodies.db")).permissions() &
                     (QFile::ReadGroup | QFile::ReadOther | QFile::WriteOther),
                 QFile::Permissions());
    }

    void theOldestGiveWayToNewOnes()
    {
        constexpr std::uint64_t most = 3 * MiB;
        m_keeper->configure(optionsOf(most));
        std::vector<Uuid> ids;
        for (int i = 0; i < 60; ++i) {
            auto next = call("w", 100'000);
            ids.push_back(next->event);
            m_keeper->keep(std::move(next));
        }
        QTRY_COMPARE(m_keeper->health().kept, std::uint64_t(120));
        m_keeper.reset();
        QVERIFY(QFileInfo(m_dir->filePath("bodies.db")).size() <= qint64(most));
        auto store = open();
        QVERIFY(store.usage()->bodies >= 20);
        QVERIFY(*store.find({ids.back(), BodySide::Request}));
        QVERIFY(!*store.find({ids.front(), BodySide::Request}));
    }

    void ageAndANewBoundShortenTheFile()
    {
        m_keeper->configure(optionsOf());
        for (int day = 0; day < 10; ++day) {
            auto next = call("w", 500'000);
            next->time -= std::chrono::days(day);
            m_keeper->keep(std::move(next));
        }
        QTRY_COMPARE(m_keeper->health().kept, std::uint64_t(20));
        const auto size = [this] { return QFileInfo(m_dir->filePath("bodies.db")).size(); };
        m_keeper->configure(optionsOf()); // looks at ages
        QTRY_COMPARE(open().usage()->bodies, std::int64_t(14));
        QTRY_VERIFY2(size() < qint64(7 * MiB), qPrintable(QString::number(size())));
        BodyOptions off = optionsOf(3 * MiB);
        off.workflows.clear();
        m_keeper->configure(off);
        QTRY_VERIFY2(size() < qint64(3 * MiB), qPrintable(QString::number(size())));
        QTRY_COMPARE(open().usage()->bodies, std::int64_t(6)); // eight go at a time
    }

    void withoutAKeyNothingWaitsForever()
    {
        BodyOptions options = optionsOf();
        options.key = KeyPlace::SecretService;
        m_keeper->configure(options);
        m_keeper->keep(call("w", 1'000));
        QTRY_COMPARE_WITH_TIMEOUT(m_keeper->health().dropped, std::uint64_t(2), 10'000);
        const auto health = m_keeper->health();
        QVERIFY(health.since);
        QVERIFY2(health.error.find("secret service") != std::string::npos, health.error.c_str());
        QCOMPARE(health.queuedBytes, std::uint64_t(0));
        m_keeper->configure(optionsOf());
        QTRY_VERIFY(m_keeper->health().error.empty());
        m_keeper->keep(call("w", 1'000));
        QTRY_COMPARE(m_keeper->health().kept, std::uint64_t(2));
    }

    void aDeletedStoreIsMadeAnew()
    {
        m_keeper->configure(optionsOf());
        m_keeper->keep(call("w", 1'000));
        QTRY_COMPARE(m_keeper->health().kept, std::uint64_t(2));
        for (const char *file : {"bodies.db", "bodies.db-wal", "bodies.db-shm"})
            QFile::remove(m_dir->filePath(file));
        m_keeper->keep(call("w", 1'000));
        QTRY_COMPARE(m_keeper->health().kept, std::uint64_t(4));
        QCOMPARE(open().usage()->bodies, std::int64_t(2));
    }

private:
    std::unique_ptr<KeptBodies> call(const char *workflow, std::size_t bytes)
    {
        auto made = std::make_unique<KeptBodies>(m_keeper->budget(), MiB);
        made->time = SystemClock().now();
        made->event = m_ids.make(made->time);
        made->workflow = workflow;
        made->request.bytes.adopt(std::string(bytes, 'q'));
        made->reply.bytes.append(std::string(bytes, 'r'));
        return made;
    }
    BodyStore open()
    {
        return *BodyStore::open(m_dir->filePath("bodies.db").toStdString(), Database::Access::ReadOnly);
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<BodyKeeper> m_keeper;
    UuidV7Generator m_ids;
};

QTEST_GUILESS_MAIN(BodyKeeperTest)
#include "tst_body_keeper.moc"
