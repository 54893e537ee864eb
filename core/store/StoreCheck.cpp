// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/StoreCheck.h"

#include "core/store/RowReader.h"
#include "core/store/costliest/CostliestList.h"
#include "core/store/costliest/CostliestPlace.h"
#include "core/store/rollup/RollupCube.h"
#include "core/store/rollup/RollupMerge.h"

#include <array>

namespace farthing {

namespace {

constexpr std::int64_t walHeader = 32;
constexpr std::int64_t walFrameHeader = 24;
constexpr std::size_t idBytes = 16;

class Check
{
public:
    explicit Check(Database &database)
        : m_database(database)
    {}

    Result<void> run()
    {
        for (const auto part : {&Check::file, &Check::state, &Check::rows, &Check::numbered, &Check::sums,
                                &Check::lists, &Check::recent})
            if (auto sound = (this->*part)(); !sound)
                return sound;
        return {};
    }

private:
    [[nodiscard]] Error damaged(const std::string &what) const
    {
        return {
            "is damaged: " + what +
                "; it is left alone (farthingctl doctor --deep says more), and a new one made where it is "
                "moved away",
            m_database.path().string()};
    }
    [[nodiscard]] Error sumsDamaged(const std::string &what) const
    {
        return {"is damaged: " + what + "; farthingctl doctor --rebuild makes them anew",
                m_database.path().string()};
    }

    /// Calls `visit` with the first row of an answer, if it has one.
    template <class Visit>
    Result<void> first(const char *sql, const Visit &visit,
                       std::pair<std::int64_t, std::int64_t> between = {0, 0})
    {
        auto statement = m_database.prepare(sql);
        if (!statement)
            return damaged(statement.error().message);
        statement->bind(1, between.first);
        statement->bind(2, between.second);
        switch (statement->step()) {
        case Statement::Step::Row:
            return visit(*statement);
        case Statement::Step::Done:
            return {};
        case Statement::Step::Failed:
            break;
        }
        return damaged(m_database.lastError().message);
    }

    Result<std::int64_t> number(const char *sql)
    {
        std::int64_t value = 0;
        auto read = first(sql, [&value](const Statement &row) {
            value = row.integer(0);
            return Result<void>();
        });
        return read ? Result<std::int64_t>(value) : read.error();
    }

    /// What the file is too short by must at least find room in the write-ahead log.
    Result<void> file()
    {
        const auto pages = number("PRAGMA page_count");
        const auto pageSize = number("PRAGMA page_size");
        if (!pages || !pageSize)
            return !pages ? pages.error() : pageSize.error();
        const auto sizeOf = [](const std::filesystem::path &path) {
            std::error_code unknown;
            const auto size = std::filesystem::file_size(path, unknown);
            return unknown ? std::int64_t(0) : static_cast<std::int64_t>(size);
        };
        const std::int64_t logged =
            (sizeOf(m_database.path().string() + "-wal") - walHeader) / (*pageSize + walFrameHeader);
        const std::int64_t missing = *pages - sizeOf(m_database.path()) / *pageSize;
        if (missing > std::max<std::int64_t>(logged, 0))
            return damaged("it is cut off, " + std::to_string(missing) + " of its " + std::to_string(*pages) +
                           " pages are missing");
        return {};
    }

    Result<void> state()
    {
        bool found = false;
        auto sane =
            first("SELECT events, sequence, journal, journal_segment, journal_offset, events_from, "
                  "sums_from, (SELECT until FROM rollup_state) FROM state",
                  [&](const Statement &row) -> Result<void> {
                      found = true;
                      m_events = row.integer(0);
                      m_folded = row.integer(7);
                      const std::size_t journal = row.bytes(2).size();
                      for (const int column : {0, 1, 3, 4, 5, 6})
                          if (row.isNull(column) || row.integer(column) < 0)
                              return damaged("its counters cannot be");
                      if (journal != 0 && journal != idBytes)
                          return damaged("its place in the journal cannot be");
                      if (row.isNull(7) || row.integer(6) > row.integer(5) || row.integer(5) > m_folded)
                          return damaged("it does not know what it has summed up");
                      return {};
                  });
        return sane && !found ? damaged("it has lost its counters") : sane;
    }

    Result<void> rows()
    {
        auto reader = RowReader::open(m_database);
        if (!reader)
            return damaged(reader.error().message);
        bool found = false;
        const auto readable = [&](const Statement &statement) -> Result<void> {
            EventRow row;
            if (!found)
                m_firstRow = statement.integer(0);
            found = true;
            const auto read = reader->read(m_database, statement, row);
            return read ? Result<void>() : damaged(read.error().message);
        };
        for (const char *sql : {"SELECT id, row FROM events ORDER BY id LIMIT 1",
                                "SELECT id, row FROM events ORDER BY id DESC LIMIT 1"})
            if (auto sound = first(sql, readable); !sound)
                return sound;
        if (m_events > 0 && !found)
            return damaged("it has lost its " + std::to_string(m_events) + " events");
        return {};
    }

    Result<void> numbered()
    {
        auto sound = first("SELECT text FROM shapes ORDER BY id DESC LIMIT 1",
                           [this](const Statement &row) -> Result<void> {
                               EventShape shape;
                               return EventShape::decode(row.bytes(0), shape)
                                          ? Result<void>()
                                          : damaged("the last kind of call cannot be read");
                           });
        for (const char *sql : {"SELECT id, text FROM strings ORDER BY id DESC LIMIT 1",
                                "SELECT id, text FROM tag_lists ORDER BY id DESC LIMIT 1",
                                "SELECT id, text FROM segments ORDER BY id DESC LIMIT 1",
                                "SELECT id, text FROM usage_forms ORDER BY id DESC LIMIT 1"})
            if (sound)
                sound = first(sql, [](const Statement &) { return Result<void>(); });
        return sound;
    }

    Result<void> sums()
    {
        for (const RollupCube cube : allRollupCubes) {
            const auto next = static_cast<RollupCube>(static_cast<std::int64_t>(cube) + 1);
            bool found = false;
            auto sound = first(
                "SELECT sums, tokens, cost, latency, first_token, overhead FROM rollups WHERE id >= ? AND id "
                "< ? ORDER BY id DESC LIMIT 1",
                [&](const Statement &row) -> Result<void> {
                    found = true;
                    std::array<std::string_view, rollupMeasureCount> measures;
                    for (std::size_t i = 0; i < measures.size(); ++i)
                        measures[i] = row.bytes(static_cast<int>(i) + 1);
                    return RollupMerge().add(row.bytes(0), measures)
                               ? Result<void>()
                               : sumsDamaged("the last of its sums cannot be read");
                },
                {RollupPlace{cube, 0, 0}.firstId(), RollupPlace{next, 0, 0}.firstId()});
            if (sound && !found && m_firstRow && *m_firstRow < m_folded)
                sound = sumsDamaged("sums are missing");
            if (!sound)
                return sound;
        }
        return {};
    }

    Result<void> lists()
    {
        for (const auto span : CostliestPlace::spans) {
            const CostliestPlace from{span, 0};
            const auto ids = static_cast<std::int64_t>(1) << 32;
            auto sound = first(
                "SELECT list FROM costliest WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1",
                [&](const Statement &row) -> Result<void> {
                    return CostliestList::decode(row.bytes(0), from.capacity())
                               ? Result<void>()
                               : sumsDamaged("the last list of the most expensive events cannot be read");
                },
                {from.id(), from.id() + ids});
            if (!sound)
                return sound;
        }
        return {};
    }

    Result<void> recent()
    {
        return first("SELECT events FROM recent ORDER BY sequence DESC LIMIT 1",
                     [this](const Statement &row) -> Result<void> {
                         return row.bytes(0).size() % sizeof(std::int64_t) == 0
                                    ? Result<void>()
                                    : damaged("the list of the last events cannot be read");
                     });
    }

    Database &m_database;
    std::int64_t m_events = 0;
    std::int64_t m_folded = 0;
    std::optional<std::int64_t> m_firstRow;
};

} // namespace

Result<void> checkStore(Database &database)
{
    return Check(database).run();
}

} // namespace farthing
