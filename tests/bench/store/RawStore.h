// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <vector>

namespace farthing {

/// What the store's path is measured against: the numbers of the same events, texts already numbered, in a
/// plain insert loop with the transactions that the writer makes. Details are left out.
class RawStore
{
public:
    RawStore(const std::filesystem::path &path, const std::vector<CostEvent> &events)
    {
        std::map<std::string, std::int64_t> numbers;
        for (const CostEvent &e : events) {
            const auto number = [&numbers](const std::string &text) {
                return text.empty() ? 0 : numbers.try_emplace(text, std::ssize(numbers) + 1).first->second;
            };
            m_rows.push_back({toMicros(e.time) * 1024,
                              e.eventId.bytes[15],
                              number(e.provider),
                              number(e.endpoint),
                              number(e.workflow),
                              number(e.feature),
                              number(e.user),
                              number(e.session),
                              number(e.requestModel),
                              number(e.sentModel),
                              number(e.responseModel),
                              e.status,
                              e.stream,
                              static_cast<std::int64_t>(e.usageSource),
                              e.usage.input,
                              e.usage.cachedInput,
                              e.usage.output,
                              e.usage.reasoning,
                              e.cost ? e.cost->nanoUsd() : 0,
                              e.listCost ? e.listCost->nanoUsd() : 0,
                              e.savings.promptCache.nanoUsd(),
                              e.latencyUs,
                              e.ttftUs,
                              e.overheadUs});
        }
        sqlite3 *db = nullptr;
        sqlite3_open(path.c_str(), &db);
        m_db.reset(db);
        std::string columns = "id INTEGER PRIMARY KEY";
        std::string places = "?";
        for (std::size_t i = 1; i < columnCount; ++i) {
            columns += ", c" + std::to_string(i) + " INTEGER NOT NULL";
            places += ", ?";
        }
        run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000;"
            "PRAGMA cache_size = -16384; CREATE TABLE raw (" +
            columns + ")");
        sqlite3_stmt *insert = nullptr;
        sqlite3_prepare_v2(db, ("INSERT INTO raw VALUES (" + places + ")").c_str(), -1, &insert, nullptr);
        m_insert.reset(insert);
    }

    void insertAll()
    {
        constexpr std::size_t groupSize = 4096;
        for (std::size_t i = 0; i < m_rows.size(); ++i) {
            if (i % groupSize == 0)
                run("BEGIN IMMEDIATE");
            for (std::size_t c = 0; c < columnCount; ++c)
                sqlite3_bind_int64(m_insert.get(), static_cast<int>(c) + 1, m_rows[i][c]);
            sqlite3_step(m_insert.get());
            sqlite3_reset(m_insert.get());
            if ((i + 1) % groupSize == 0 || i + 1 == m_rows.size())
                run("COMMIT");
        }
    }

private:
    static constexpr std::size_t columnCount = 24;
    struct Close
    {
        void operator()(sqlite3 *db) const { sqlite3_close(db); }
        void operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }
    };

    void run(const std::string &sql) { sqlite3_exec(m_db.get(), sql.c_str(), nullptr, nullptr, nullptr); }

    std::vector<std::array<std::int64_t, columnCount>> m_rows;
    std::unique_ptr<sqlite3, Close> m_db;
    std::unique_ptr<sqlite3_stmt, Close> m_insert;
};

} // namespace farthing
