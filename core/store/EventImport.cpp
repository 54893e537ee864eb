// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventImport.h"

#include "core/store/EventInserter.h"
#include "core/store/retention/Horizon.h"

#include <optional>

namespace farthing {

namespace {

/// Sums may have it already, and nothing could tell.
Error tooOld(const CostEvent &event, Timestamp keptSince)
{
    return {"event_id " + event.eventId.toString() + " is of " + formatRfc3339(event.time) +
            ", and events of before " + formatRfc3339(keptSince) +
            " are no longer kept in this store ('keep_events_days')"};
}

class SqliteImport final : public EventImport
{
public:
    SqliteImport(Database database, EventInserter inserter, Same same)
        : m_database(std::move(database))
        , m_inserter(std::move(inserter))
        , m_same(same)
    {}

    Result<void> readHorizon()
    {
        const auto horizon = Horizon::of(m_database);
        if (!horizon)
            return horizon.error();
        m_keptSince = timeOfRowId(horizon->events());
        return {};
    }

    [[nodiscard]] Timestamp keptSince() const override { return m_keptSince; }

    Result<void> add(std::span<const CostEvent> events) override
    {
        if (!m_transaction) {
            auto begun = Transaction::begin(m_database);
            if (!begun)
                return begun.error();
            m_transaction.emplace(*std::move(begun));
            if (auto read = readHorizon(); !read) {
                abandon();
                return read;
            }
        }
        for (const CostEvent &event : events)
            if (auto added = add(event); !added) {
                abandon();
                return added;
            }
        return {};
    }

    Result<ImportCount> commit() override
    {
        if (!m_transaction)
            return ImportCount{};
        auto done = m_inserter.finish(m_database);
        if (done)
            done = m_transaction->commit();
        if (!done) {
            abandon();
            return done.error();
        }
        m_transaction.reset();
        return std::exchange(m_count, {});
    }

private:
    Result<void> add(const CostEvent &event)
    {
        if (!event.eventId.isV7Of(event.time))
            return Error{"event_id " + event.eventId.toString() +
                         " is not a version 7 id of the event's time " + formatRfc3339(event.time)};
        if (event.time < m_keptSince)
            return tooOld(event, m_keptSince);
        using enum EventInserter::Inserted;
        const auto inserted = m_same == Same::Grows ? m_inserter.insertGrown(m_database, event)
                                                    : m_inserter.insert(m_database, event);
        if (!inserted)
            return inserted.error();
        ++(*inserted == New ? m_count.written : *inserted == Replaced ? m_count.grown : m_count.alreadyThere);
        return {};
    }

    void abandon()
    {
        m_transaction.reset();
        m_inserter.rolledBack();
        m_count = {};
    }

    Database m_database;
    EventInserter m_inserter;
    Same m_same;
    std::optional<Transaction> m_transaction;
    ImportCount m_count;
    Timestamp m_keptSince; ///< as this transaction sees it
};

} // namespace

Result<std::unique_ptr<EventImport>> EventImport::open(const std::filesystem::path &path, Same same)
{
    auto database = Database::open(path, Database::Access::ReadWrite);
    if (!database)
        return database.error();
    auto inserter = EventInserter::open(*database, RollupPace::ofImports());
    if (!inserter)
        return inserter.error();
    auto import = std::make_unique<SqliteImport>(*std::move(database), *std::move(inserter), same);
    if (auto read = import->readHorizon(); !read)
        return read.error();
    return std::unique_ptr<EventImport>(std::move(import));
}

Result<ImportCount> writeEvents(const std::filesystem::path &path, std::span<const CostEvent> events)
{
    const auto import = EventImport::open(path);
    if (!import)
        return import.error();
    if (auto added = (*import)->add(events); !added)
        return added.error();
    return (*import)->commit();
}

} // namespace farthing
