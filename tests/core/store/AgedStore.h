// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventImport.h"
#include "core/store/QueryService.h"
#include "core/store/retention/Retention.h"
#include "tests/core/store/Events.h"
#include "tests/core/store/PlainSums.h"

#include <QFile>
#include <QTemporaryDir>

namespace farthing {

/// Ten days of them, from 2026-10-30T21:47 to 2026-11-10.
inline constexpr std::size_t count = 3600;
inline const Timestamp now = *parseRfc3339("2026-11-10T12:00:00Z");
inline const Timestamp keptFrom = *parseRfc3339("2026-11-06T00:00:00Z"); ///< by four days

inline std::vector<CostEvent> within(const std::vector<CostEvent> &events, const EventFilter &filter)
{
    std::vector<CostEvent> some;
    std::ranges::copy_if(events, std::back_inserter(some),
                         [&](const CostEvent &e) { return accepts(filter, e); });
    return some;
}

inline std::string difference(const Aggregate &found, const std::vector<CostEvent> &events)
{
    Expected expected;
    for (const CostEvent &event : events)
        expected.add(event);
    return difference(found, expected);
}

/// A store of days of events, the same for each test, and what removes the older ones.
class AgedStore
{
public:
    AgedStore()
        : m_events(eventsApart(std::chrono::minutes(4), count, 11))
    {
        if (!writeEvents(m_template.filePath("events.db").toStdString(), m_events))
            qFatal("the events cannot be written");
    }

protected:
    void renew() { renewFrom(m_template); }
    void renewFrom(const QTemporaryDir &other)
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("events.db").toStdString();
        if (!QFile::copy(other.filePath("events.db"), m_dir->filePath("events.db")))
            qFatal("the store cannot be copied");
    }
    [[nodiscard]] std::unique_ptr<QueryService> open() const
    {
        auto queries = QueryService::open(m_path);
        if (!queries)
            qFatal("%s", queries.error().toString().c_str());
        return *std::move(queries);
    }
    [[nodiscard]] std::vector<CostEvent> all() const
    {
        std::vector<CostEvent> events;
        const auto done = open()->forEach({}, [&events](const CostEvent &event) {
            events.push_back(event);
            return true;
        });
        if (!done || done->damaged > 0)
            qFatal("the events cannot be read");
        return events;
    }
    static bool step(Database &database, Retention &retention, Timestamp at = now)
    {
        auto transaction = Transaction::begin(database);
        return transaction && retention.step(database, at) && transaction->commit();
    }
    /// All that is due.
    [[nodiscard]] bool remove(KeptDays days, Timestamp at = now) const
    {
        auto database = Database::open(m_path, Database::Access::ReadWrite);
        auto retention = Retention::open(*database, days);
        if (!retention)
            return false;
        for (int steps = 0; steps < 10'000; ++steps) {
            const auto due = retention->isDue(*database, at);
            if (!due || !*due)
                return due.ok();
            if (!step(*database, *retention, at))
                return false;
        }
        return false;
    }
    QTemporaryDir m_template;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::filesystem::path m_path;
    std::vector<CostEvent> m_events;
};

} // namespace farthing
