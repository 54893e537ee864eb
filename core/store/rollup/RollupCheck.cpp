// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/RollupCheck.h"

#include "core/store/costliest/CostliestCheck.h"
#include "core/store/costliest/CostliestKeeper.h"
#include "core/store/retention/Horizon.h"
#include "core/store/rollup/RollupKeeper.h"
#include "core/store/rollup/RollupMerge.h"

#include <algorithm>
#include <optional>

namespace farthing {

namespace {

constexpr std::size_t rowsAtOnce = 65'536;
constexpr std::size_t differencesNamed = 20;

Error stopped()
{
    return {"cancelled"};
}

/// The parts of one place after the other, made one each.
class Places
{
public:
    static Result<Places> open(Database &database, const std::string &table)
    {
        auto parts = database.prepare("SELECT id, sums, tokens, cost, latency, first_token, overhead FROM " +
                                      table + " ORDER BY id");
        if (!parts)
            return parts.error();
        Places places(*std::move(parts));
        if (auto read = places.step(database); !read)
            return read.error();
        return places;
    }

    /// The place that comes next.
    [[nodiscard]] std::optional<std::int64_t> place() const
    {
        return m_there ? std::optional(m_parts.integer(0) / RollupPlace::mostParts) : std::nullopt;
    }
    /// That place's entries, or nothing where it is damaged; then the next one is next.
    Result<std::optional<RollupPartBytes>> take(Database &database)
    {
        const auto here = place();
        RollupMerge merge;
        bool whole = true;
        while (place() == here) {
            std::array<std::string_view, rollupMeasureCount> measures;
            for (std::size_t i = 0; i < measures.size(); ++i)
                measures[i] = m_parts.bytes(static_cast<int>(i) + 2);
            whole = merge.add(m_parts.bytes(1), measures) && whole;
            if (auto read = step(database); !read)
                return read.error();
        }
        return whole ? std::optional(merge.finish()) : std::nullopt;
    }

private:
    explicit Places(Statement parts)
        : m_parts(std::move(parts))
    {}
    Result<void> step(Database &database)
    {
        const auto step = m_parts.step();
        m_there = step == Statement::Step::Row;
        return step == Statement::Step::Failed ? database.lastError() : Result<void>();
    }

    Statement m_parts;
    bool m_there = false;
};

/// What `main.rollups` ought to be, from the rows.
Result<void> sumUp(Database &database, RowRange range, const RollupProgress &progress, RollupVerdict &verdict)
{
    if (auto made = database.execute((std::string("CREATE TEMP TABLE expected ") + rollupColumns).c_str());
        !made)
        return made;
    auto table = RollupTable::open(database, "temp.expected");
    auto rows = RowReader::open(database);
    auto events = database.prepare("SELECT id, row FROM events WHERE id >= ? AND id < ? ORDER BY id");
    auto first = database.prepare("SELECT min(id) FROM events");
    if (!table || !rows || !events || !first || first->step() != Statement::Step::Row)
        return database.lastError();
    const auto begin = static_cast<double>(std::max(first->integer(0), range.from));
    const auto end = static_cast<double>(range.until);
    events->bind(1, range.from);
    events->bind(2, range.until);
    RollupBatch batch;
    EventRow row;
    auto step = events->step();
    for (; step == Statement::Step::Row; step = events->step()) {
        const bool readable = rows->read(database, *events, row).ok();
        ++(readable ? verdict.events : verdict.damaged);
        if (readable)
            batch.add(row);
        if (batch.size() < rowsAtOnce)
            continue;
        if (auto added = table->add(database, batch); !added)
            return added;
        batch.clear();
        const double done = (static_cast<double>(row.id) - begin) / (end - begin);
        if (progress && !progress(std::clamp(done, 0.0, 1.0)))
            return stopped();
    }
    if (step == Statement::Step::Failed)
        return database.lastError();
    return table->add(database, batch);
}

/// Where a place begins.
Timestamp beginOf(std::int64_t place)
{
    return Timestamp(lengthOf(static_cast<RollupCube>(place >> 30 & 7)) *
                     RollupPlace::bucketOf(place * RollupPlace::mostParts));
}

std::string describe(std::int64_t place, const char *what)
{
    static constexpr const char *cubes[] = {
        "by hour", "by day", "by a quarter's users", "by user and kind of call", "of all", "by user"};
    const auto cube = static_cast<RollupCube>(place >> 30 & 7);
    const auto index = static_cast<std::size_t>(cube);
    return std::string("the rollup ") + (index < std::size(cubes) ? cubes[index] : "of an unknown kind") +
           " from " + formatRfc3339(beginOf(place)) + ' ' + what;
}

Result<void> compare(Database &database, std::int64_t eventsFrom, RollupVerdict &verdict)
{
    auto stored = Places::open(database, "main.rollups");
    auto expected = Places::open(database, "temp.expected");
    if (!stored || !expected)
        return database.lastError();
    constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
    while (stored->place() || expected->place()) {
        const std::int64_t place = std::min(stored->place().value_or(none), expected->place().value_or(none));
        std::optional<RollupPartBytes> is = RollupMerge().finish();
        std::optional<RollupPartBytes> ought = is;
        for (const auto &[places, part] : {std::pair(&*stored, &is), std::pair(&*expected, &ought)}) {
            if (places->place() != place)
                continue;
            auto taken = places->take(database);
            if (!taken)
                return taken.error();
            *part = *std::move(taken);
        }
        const bool isAlone = beginOf(place) < timeOfRowId(eventsFrom);
        ++(isAlone ? verdict.alone : verdict.places);
        if (is && isAlone)
            continue;
        if (is && is->sums == ought->sums && is->measures == ought->measures)
            continue;
        verdict.addDifference(describe(place, is ? "differs from the rows" : "is damaged"));
    }
    return {};
}

} // namespace

void RollupVerdict::addDifference(std::string what)
{
    ++different;
    if (first.size() < differencesNamed)
        first.push_back(std::move(what));
}

Result<RollupVerdict> verifyRollups(const std::filesystem::path &path, const RollupProgress &progress)
{
    auto database = Database::open(path, Database::Access::ReadWrite);
    if (!database)
        return database.error();
    if (auto done = database->execute("PRAGMA temp_store = FILE; BEGIN"); !done)
        return done.error();
    const auto until = RollupKeeper::until(*database);
    const auto horizon = Horizon::of(*database);
    if (!until || !horizon)
        return !until ? until.error() : horizon.error();
    RollupVerdict verdict;
    auto done = sumUp(*database, {horizon->events(), *until}, progress, verdict);
    if (done)
        done = compare(*database, horizon->events(), verdict);
    if (done)
        done = verifyCostliest(*database, horizon->events(), verdict);
    return done ? Result<RollupVerdict>(std::move(verdict)) : done.error();
}

Result<std::uint64_t> rebuildRollups(const std::filesystem::path &path, const RollupProgress &progress)
{
    auto database = Database::open(path, Database::Access::ReadWrite);
    if (!database)
        return database.error();
    auto keeper = RollupKeeper::open(*database);
    auto table = RollupTable::open(*database);
    auto costliest = CostliestKeeper::open(*database);
    auto count = database->prepare(
        "SELECT count(*) FROM events WHERE id >= (SELECT events_from FROM state) AND id < (SELECT until FROM "
        "rollup_state)");
    auto share = database->prepare(
        "SELECT (SELECT min(id) FROM events), (SELECT max(id) FROM events), until FROM rollup_state");
    if (!keeper || !table || !costliest || !count || !share)
        return database->lastError();
    const auto inTransaction = [&](const std::function<Result<void>()> &change) -> Result<void> {
        auto transaction = Transaction::begin(*database);
        if (!transaction)
            return transaction.error();
        auto done = change();
        return done ? transaction->commit() : done;
    };
    auto done = inTransaction([&]() -> Result<void> {
        const auto horizon = Horizon::of(*database);
        if (!horizon)
            return horizon.error();
        auto cleared = table->clearFrom(*database, horizon->events());
        if (cleared)
            cleared = database->execute("UPDATE rollup_state SET until = (SELECT events_from FROM state)");
        return cleared ? costliest->rebuild(*database, horizon->events()) : cleared;
    });
    for (bool going = true; done && going; going = keeper->isBehind()) {
        done = inTransaction([&] { return keeper->finish(*database); });
        if (!done || !progress || share->step() != Statement::Step::Row)
            continue;
        const auto begin = static_cast<double>(share->integer(0));
        const double all = std::max(1.0, static_cast<double>(share->integer(1)) - begin);
        if (!progress(std::clamp((static_cast<double>(share->integer(2)) - begin) / all, 0.0, 1.0)))
            done = stopped();
        share->reset();
    }
    if (!done)
        return done.error();
    if (count->step() != Statement::Step::Row)
        return database->lastError();
    return static_cast<std::uint64_t>(count->integer(0));
}

} // namespace farthing
