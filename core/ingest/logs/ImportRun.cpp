// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/ImportRun.h"

#include "core/base/HandOver.h"
#include "core/base/TemporaryFile.h"
#include "core/store/EventImport.h"

#include <optional>
#include <thread>
#include <utility>

namespace farthing {

namespace {

constexpr std::size_t eventsAtOnce = 1024;
constexpr std::size_t batchesAhead = 4;
constexpr std::uint64_t eventsPerTransaction = 32'768;

using Batch = std::vector<CostEvent>;

/// Reads and prices on its own thread.
class Reading
{
public:
    Reading(EventSource &source, const PriceBook &book, const ImportOptions &options)
        : m_source(source)
        , m_book(book)
        , m_options(options)
        , m_thread([this] { run(); })
    {}
    ~Reading() { end(); }
    Reading(const Reading &) = delete;
    Reading &operator=(const Reading &) = delete;

    /// None at the end, or once reading has failed.
    std::optional<Batch> next() { return m_ready.take(); }
    /// How it went, once there is no next; adds what it counted.
    Result<void> end(ImportReport &report)
    {
        end();
        report.metered = m_metered;
        report.skipped = m_skipped;
        report.listCostsLeftOut = m_listCostsLeftOut;
        return m_done;
    }

private:
    void end()
    {
        m_ready.leave();
        if (m_thread.joinable())
            m_thread.join();
    }

    void run()
    {
        EventSource::OnBadRow skip;
        if (m_options.onBadRow)
            skip = [this](const Error &error) {
                ++m_skipped;
                m_options.onBadRow(error);
                return true;
            };
        m_done = m_source.read(skip, [this](Batch &events) { return finish(events); });
        if (m_done && !m_batch.empty())
            m_ready.put(std::move(m_batch));
        m_ready.finish();
    }

    Result<void> finish(Batch &events)
    {
        for (CostEvent &event : events) {
            if (m_options.isMetered && m_options.isMetered(event)) {
                ++m_metered;
                continue;
            }
            if (m_options.complete)
                m_options.complete(event);
            m_listCostsLeftOut += m_source.price(event, m_book) ? 0 : 1;
            m_batch.push_back(std::move(event));
        }
        events.clear();
        if (m_batch.size() >= eventsAtOnce && !m_ready.put(std::exchange(m_batch, {})))
            return Error{"was given up"};
        return {};
    }

    EventSource &m_source;
    const PriceBook &m_book;
    const ImportOptions &m_options;
    HandOver<Batch> m_ready{batchesAhead};
    Batch m_batch; ///< not yet handed over
    Result<void> m_done;
    std::uint64_t m_metered = 0;
    std::uint64_t m_skipped = 0;
    std::uint64_t m_listCostsLeftOut = 0;
    std::thread m_thread;
};

/// Writes what was read, a transaction at a time. A store is not made before there is something for it and,
/// where all is to be written at once, appears with it.
class Writing
{
public:
    Writing(const std::filesystem::path &database, EventImport::Same same, bool atOnce, ImportReport &report)
        : m_database(database)
        , m_same(same)
        , m_atOnce(atOnce)
        , m_report(report)
    {}

    Result<void> add(Batch &batch)
    {
        if (!m_import)
            if (auto opened = open(); !opened)
                return opened;
        if (!m_atOnce)
            m_report.tooOld += std::erase_if(batch, [since = m_import->keptSince()](const CostEvent &event) {
                return event.time < since;
            });
        m_waiting += batch.size();
        return m_import->add(batch);
    }
    [[nodiscard]] std::uint64_t waiting() const { return m_waiting; }
    Result<void> commit()
    {
        if (!m_import)
            return {};
        const auto count = m_import->commit();
        if (!count)
            return count.error();
        m_waiting = 0;
        m_report.written += count->written;
        m_report.alreadyThere += count->alreadyThere;
        m_report.grown += count->grown;
        if (!m_new)
            return {};
        m_import.reset();
        return placeNew();
    }

private:
    /// A log that is still there once the store is closed holds what the disk had no room for.
    Result<void> placeNew()
    {
        std::error_code unknown;
        const bool isWhole = !std::filesystem::remove(m_new->path() + "-wal", unknown) && !unknown;
        std::filesystem::remove(m_new->path() + "-shm", unknown);
        return isWhole ? m_new->place(m_database, false)
                       : Error{"cannot be written whole: is the disk full?", m_database.string()};
    }

    Result<void> open()
    {
        std::error_code unknown;
        if (m_atOnce && !std::filesystem::exists(m_database, unknown) && !unknown) {
            auto made = TemporaryFile::make(m_database);
            if (!made)
                return made.error();
            m_new.emplace(*std::move(made));
        }
        auto opened = EventImport::open(m_new ? std::filesystem::path(m_new->path()) : m_database, m_same);
        if (!opened)
            return opened.error();
        m_import = *std::move(opened);
        return {};
    }

    const std::filesystem::path &m_database;
    EventImport::Same m_same;
    bool m_atOnce; ///< else what is too old is left out
    ImportReport &m_report;
    std::optional<TemporaryFile> m_new; ///< the store, where there was none
    std::unique_ptr<EventImport> m_import;
    std::uint64_t m_waiting = 0;
};

} // namespace

Result<ImportReport> runImport(EventSource &source, const std::filesystem::path &database,
                               const PriceBook &book, const ImportOptions &options)
{
    using enum EventImport::Same;
    ImportReport report;
    Writing writing(database, source.mayGrow() ? Grows : Stays, options.onBadRow == nullptr, report);
    Reading reading(source, book, options);
    while (auto batch = reading.next()) {
        if (options.goOn && !options.goOn(source.bytesRead())) {
            report.isCancelled = true;
            std::ignore = reading.end(report);
            return report;
        }
        if (auto added = writing.add(*batch); !added)
            return added.error();
        if (options.onBadRow && writing.waiting() >= eventsPerTransaction)
            if (auto committed = writing.commit(); !committed)
                return committed.error();
    }
    if (auto read = reading.end(report); !read)
        return read.error();
    if (auto committed = writing.commit(); !committed)
        return committed.error();
    return report;
}

} // namespace farthing
