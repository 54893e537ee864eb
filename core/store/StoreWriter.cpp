// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/StoreWriter.h"

#include "core/base/PageRoom.h"
#include "core/store/EventInserter.h"
#include "core/store/StoreCheck.h"

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

namespace farthing {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t groupSize = 4096;
constexpr auto groupWait = 20ms; ///< from one group to the next, while there are events
constexpr auto groupWaitWithSync = 2ms;
constexpr int emptyDrainsUntilIdle = 10; ///< then the journal has to wake the writer, which costs its caller
constexpr auto firstRetry = 50ms;
constexpr auto longestRetry = 2000ms;
constexpr auto idleWait = 500ms;
constexpr auto betweenTidyings = 10s; ///< where there was nothing to do

/// A connection that writes, with the journal's place in it.
class Sink
{
public:
    static Result<Sink> open(const std::filesystem::path &path, const Uuid &journal,
                             StoreWriter::Options options)
    {
        if (auto taken = takesMappedPages(path.parent_path()); !taken)
            return taken.error();
        auto database = Database::open(path, Database::Access::ReadWrite);
        if (!database)
            return database.error();
        if (auto sound = checkStore(*database); !sound)
            return sound.error();
        if (options.syncEachCommit)
            if (auto set = database->execute("PRAGMA synchronous = FULL"); !set)
                return set.error();
        auto inserter = EventInserter::open(*database);
        if (!inserter)
            return inserter.error();
        auto move =
            database->prepare("UPDATE state SET journal = ?, journal_segment = ?, journal_offset = ?");
        if (!move)
            return move.error();
        auto retention = Retention::open(*database, options.kept);
        if (!retention)
            return retention.error();
        auto place = database->prepare("SELECT journal, journal_segment, journal_offset FROM state");
        if (!place)
            return place.error();
        if (place->step() != Statement::Step::Row)
            return database->lastError();
        EventJournal::Position position;
        const std::string_view id(reinterpret_cast<const char *>(journal.bytes.data()), journal.bytes.size());
        if (place->bytes(0) == id)
            position = {static_cast<std::uint64_t>(place->integer(1)),
                        static_cast<std::uint64_t>(place->integer(2))};
        place->reset();
        return Sink(path.parent_path(), *std::move(database), *std::move(inserter), *std::move(retention),
                    *std::move(move), std::string(id), position);
    }

    [[nodiscard]] EventJournal::Position position() const { return m_position; }

    /// Rows, counters and the journal's place, all or nothing.
    Result<EventJournal::Taken> commitNext(EventJournal &journal)
    {
        std::optional<Transaction> transaction;
        auto taken = journal.read(m_position, groupSize, [&](const CostEvent &event, bool metered) {
            return insert(transaction, event, metered);
        });
        auto done = taken ? Result<void>() : taken.error();
        if (done && transaction)
            done = moveTo(taken->next);
        if (done && transaction)
            done = transaction->commit();
        if (!done) {
            m_inserter.rolledBack();
            return done.error();
        }
        m_position = taken->next;
        journal.release(m_position);
        return taken;
    }

    [[nodiscard]] bool isBehind() const { return m_inserter.isBehind(); }

    /// What a store of before has not summed up yet, a part of it at a time.
    Result<void> catchUp()
    {
        return inTransaction([this] { return m_inserter.catchUp(m_database); });
    }

    /// Removes some of what is no longer kept; whether there may be more.
    Result<bool> tidy(Timestamp now)
    {
        auto due = m_retention.isDue(m_database, now);
        if (!due || !*due)
            return due;
        const auto done = inTransaction([&] { return m_retention.step(m_database, now); });
        return done ? Result<bool>(true) : done.error();
    }

private:
    Sink(std::filesystem::path folder, Database database, EventInserter inserter, Retention retention,
         Statement move, std::string journal, EventJournal::Position position)
        : m_folder(std::move(folder))
        , m_database(std::move(database))
        , m_inserter(std::move(inserter))
        , m_retention(std::move(retention))
        , m_move(std::move(move))
        , m_journal(std::move(journal))
        , m_position(position)
    {}

    Result<Transaction> begin()
    {
        if (m_database.isMovedAway())
            return Error{"the database was deleted or moved away"};
        if (auto taken = takesMappedPages(m_folder); !taken)
            return taken.error();
        return Transaction::begin(m_database);
    }

    template <class Change>
    Result<void> inTransaction(const Change &change)
    {
        auto transaction = begin();
        auto done = transaction ? change() : transaction.error();
        if (done)
            done = transaction->commit();
        if (!done)
            m_inserter.rolledBack();
        return done;
    }

    Result<void> insert(std::optional<Transaction> &transaction, const CostEvent &event, bool metered)
    {
        if (!transaction) {
            auto begun = begin();
            if (!begun)
                return begun.error();
            transaction.emplace(*std::move(begun));
        }
        if (metered)
            return m_inserter.insertMetered(m_database, event);
        const auto inserted = m_inserter.insert(m_database, event);
        return inserted ? Result<void>() : inserted.error();
    }

    Result<void> moveTo(EventJournal::Position position)
    {
        m_move.bindBlob(1, m_journal);
        m_move.bind(2, static_cast<std::int64_t>(position.segment));
        m_move.bind(3, static_cast<std::int64_t>(position.offset));
        if (!m_move.run())
            return m_database.lastError();
        return m_inserter.finish(m_database);
    }

    std::filesystem::path m_folder;
    Database m_database;
    EventInserter m_inserter;
    Retention m_retention;
    Statement m_move;
    std::string m_journal;
    EventJournal::Position m_position;
};

class JournalDrain final : public StoreWriter
{
public:
    JournalDrain(std::filesystem::path path, EventJournal &journal, Options options)
        : m_path(std::move(path))
        , m_journal(journal)
        , m_options(options)
        , m_thread([this] { run(); })
    {}

    ~JournalDrain() override
    {
        {
            const std::lock_guard lock(m_mutex);
            m_stopping = true;
        }
        m_changed.notify_all();
        m_journal.wake();
        m_thread.join();
    }
    JournalDrain(const JournalDrain &) = delete;
    JournalDrain &operator=(const JournalDrain &) = delete;

    [[nodiscard]] Health health() const override
    {
        const std::lock_guard lock(m_mutex);
        return m_health;
    }

    bool flush(std::chrono::milliseconds atMost) override
    {
        std::unique_lock lock(m_mutex);
        const std::uint64_t wanted = m_drains + 2; // the drain under way may have read before the call
        ++m_flushing;
        m_changed.notify_all();
        m_journal.wake();
        const bool done = m_changed.wait_for(lock, atMost, [&] { return m_drains >= wanted; });
        --m_flushing;
        m_stuckAfter = done ? std::nullopt : std::optional(m_drains);
        return done;
    }

    bool flushUnlessStuck(std::chrono::milliseconds atMost) override
    {
        {
            const std::lock_guard lock(m_mutex);
            if (!m_health.ok || m_stuckAfter == m_drains)
                return false;
        }
        return flush(atMost);
    }

private:
    void run()
    {
        std::optional<Sink> sink;
        auto retry = firstRetry;
        int emptyDrains = 0;
        for (;;) {
            const bool last = stopping();
            const auto began = std::chrono::steady_clock::now();
            const auto done = drain(sink);
            report(done);
            if (last)
                return;
            if (done) {
                retry = firstRetry;
                emptyDrains = *done == 0 ? emptyDrains + 1 : 0;
                if (emptyDrains < emptyDrainsUntilIdle || m_hasMore)
                    waitUntil(began + (m_options.syncEachCommit ? groupWaitWithSync : groupWait));
                else if (!hurried())
                    m_journal.waitForMore(sink->position(), idleWait);
                continue;
            }
            sink.reset();
            std::unique_lock lock(m_mutex);
            m_changed.wait_for(lock, retry, [this] { return m_stopping; });
            retry = std::min(retry * 2, std::chrono::milliseconds(longestRetry));
        }
    }

    /// Commits all there is; the number of events, 0 where nothing was waiting.
    Result<std::uint64_t> drain(std::optional<Sink> &sink)
    {
        if (!sink) {
            auto opened = Sink::open(m_path, m_journal.id(), m_options);
            if (!opened)
                return opened.error();
            sink.emplace(*std::move(opened));
            m_nextTidying = {};
        }
        std::uint64_t total = 0;
        for (;;) {
            const auto committed = sink->commitNext(m_journal);
            if (!committed)
                return committed.error();
            total += committed->events;
            if (!committed->more)
                break;
        }
        if (total == 0 && sink->isBehind())
            if (auto done = sink->catchUp(); !done)
                return done.error();
        if (auto done = tidy(*sink); !done)
            return done.error();
        return total;
    }

    Result<void> tidy(Sink &sink)
    {
        const auto now = std::chrono::steady_clock::now();
        m_hasMore = false;
        if (now < m_nextTidying || stopping())
            return {};
        const auto more = sink.tidy(m_clock.now());
        if (!more)
            return more.error();
        m_hasMore = *more;
        m_nextTidying = *more ? now : now + betweenTidyings;
        return {};
    }

    void waitUntil(std::chrono::steady_clock::time_point groupIsDue)
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait_until(lock, groupIsDue, [this] { return m_flushing > 0 || m_stopping; });
    }

    void report(const Result<std::uint64_t> &done)
    {
        const Timestamp now = m_clock.now();
        {
            const std::lock_guard lock(m_mutex);
            if (done) {
                m_health.ok = true;
                m_health.error.clear();
                m_health.since.reset();
                m_health.committedEvents += *done;
                if (*done > 0)
                    m_health.lastCommit = now;
                ++m_drains;
            } else {
                if (m_health.ok) {
                    m_health.since = now;
                    ++m_health.failures;
                }
                m_health.ok = false;
                m_health.error = m_health.lastError = done.error().toString();
            }
        }
        m_changed.notify_all();
    }

    bool hurried() const
    {
        const std::lock_guard lock(m_mutex);
        return m_flushing > 0 || m_stopping;
    }

    bool stopping() const
    {
        const std::lock_guard lock(m_mutex);
        return m_stopping;
    }

    const std::filesystem::path m_path;
    EventJournal &m_journal;
    const Options m_options;
    SystemClock m_clock;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    Health m_health;
    std::uint64_t m_drains = 0;
    std::optional<std::uint64_t> m_stuckAfter; ///< drains when a flush last waited in vain
    int m_flushing = 0;
    bool m_stopping = false;
    std::chrono::steady_clock::time_point m_nextTidying; ///< of the writing thread
    bool m_hasMore = false;                              ///< to tidy up, at once
    std::thread m_thread;
};

} // namespace

std::unique_ptr<StoreWriter> StoreWriter::start(const std::filesystem::path &database, EventJournal &journal,
                                                Options options)
{
    return std::make_unique<JournalDrain>(database, journal, options);
}

} // namespace farthing
