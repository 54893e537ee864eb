// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/MeteredCalls.h"

#include "core/base/FastHash.h"
#include "core/store/EventScan.h"
#include "core/store/StringTable.h"

#include <algorithm>

namespace farthing {

namespace {

using namespace std::chrono_literals;

constexpr auto mostBefore = 1h;
/// The proxy may stand on another machine, whose clock is a little ahead.
constexpr auto mostAhead = 5s;

std::uint64_t hashOf(std::string_view session, const TokenUsage &usage)
{
    const auto input = static_cast<std::uint64_t>(usage.input);
    return chainedHash(chainedHash(fastHash(session), input), static_cast<std::uint64_t>(usage.cachedInput));
}

Result<bool> hasTextBeginning(Database &database, std::string_view text)
{
    auto statement =
        database.prepare("SELECT 1 FROM strings WHERE text >= ?1 AND substr(text, 1, ?2) = ?1 LIMIT 1");
    if (!statement)
        return statement.error();
    statement->bind(1, text);
    statement->bind(2, std::ssize(text));
    const auto step = statement->step();
    return step == Statement::Step::Failed ? Result<bool>(database.lastError())
                                           : step == Statement::Step::Row;
}

} // namespace

Result<MeteredCalls> MeteredCalls::ofClient(const std::filesystem::path &path, std::string_view client)
{
    MeteredCalls calls;
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown))
        return calls;
    auto database = Database::open(path, Database::Access::ReadOnly);
    if (!database)
        return database.error();
    const auto isThere = hasTextBeginning(*database, client);
    if (!isThere)
        return isThere.error();
    if (!*isThere)
        return calls;
    auto rows = RowReader::open(*database);
    auto strings = StringTable::open(*database);
    if (!rows || !strings)
        return database->lastError();
    std::unordered_map<std::int64_t, bool> isClient;
    const auto done = EventScan::run(
        *database, *rows, {}, ScanOrder::OldestFirst, RowFilter({}, *strings), nullptr,
        [&](const EventRow &row) {
            const std::int64_t session = row.text(TextColumn::Session);
            if (session == 0 || row.text(TextColumn::Instance) == 0)
                return true;
            const std::int64_t name = row.text(TextColumn::Client);
            const auto [known, isNew] = isClient.try_emplace(name);
            if (isNew)
                known->second = strings->text(name).starts_with(client);
            if (known->second)
                calls.m_times.emplace(hashOf(strings->text(session), row.event.usage), row.event.time);
            return true;
        });
    return done ? Result<MeteredCalls>(std::move(calls)) : done.error();
}

bool MeteredCalls::has(const CostEvent &event) const
{
    if (m_times.empty())
        return false;
    const auto [begin, end] = m_times.equal_range(hashOf(event.session, event.usage));
    return std::any_of(begin, end, [&event](const auto &call) {
        return call.second >= event.time - mostBefore && call.second <= event.time + mostAhead;
    });
}

} // namespace farthing
