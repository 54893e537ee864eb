// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventImport.h"

#include "core/store/EventInserter.h"

#include <optional>

namespace farthing {

namespace {

class SqliteImport final : public EventImport
{
public:
    SqliteImport(Database database, EventInserter inserter, Same same)
        : m_database(std::move(database))
        , m_inserter(std::move(inserter))
        , m_same(same)
    {}

    Result<void> add(std::span<const CostEvent> events) override
    {
        if (!m_transaction) {
            auto begun = Transaction::begin(m_database);
            if (!begun)
                return begun.error();
            m_transaction.emplace(*std::move(begun));
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
    return std::unique_ptr<EventImport>(
        std::make_unique<SqliteImport>(*std::move(database), *std::move(inserter), same));
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
