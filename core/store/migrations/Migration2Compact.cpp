// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventCodec.h"
#include "core/store/EventInserter.h"
#include "core/store/migrations/Migrations.h"

#include <cstring>

namespace farthing::migration {

namespace {

const char *const tables =
    "ALTER TABLE events RENAME TO events_1; ALTER TABLE details RENAME TO details_1; DROP TABLE recent;"
    // What comes again, numbered; see Numbered.
    "CREATE TABLE shapes (id INTEGER PRIMARY KEY, text BLOB NOT NULL UNIQUE);"
    "CREATE TABLE tag_lists (id INTEGER PRIMARY KEY, text BLOB NOT NULL UNIQUE);"
    "CREATE TABLE segments (id INTEGER PRIMARY KEY, text BLOB NOT NULL UNIQUE);"
    // Providers' usage JSON without its figures; see UsageForm.
    "CREATE TABLE usage_forms (id INTEGER PRIMARY KEY, text BLOB NOT NULL, sources BLOB NOT NULL);"
    // The id is as before; see encodeRow, PrefixMarkWriter and DetailWriter for the rest.
    "CREATE TABLE events (id INTEGER PRIMARY KEY, row BLOB NOT NULL, marks BLOB NOT NULL,"
    " details BLOB NOT NULL);"
    // One row a transaction, under the sequence of its last event: the ids of the events' rows, 8 bytes each
    // in the machine's order.
    "CREATE TABLE recent (sequence INTEGER PRIMARY KEY, events BLOB NOT NULL);";

const char *const oldRows =
    "SELECT e.id, id_low, attempt, rule_version, status, stream, batch, priced, tier, cache, usage_source,"
    " input, cached_input, cache_write_5m, cache_write_1h, input_audio, output, reasoning, output_audio,"
    " server_tool_calls, saved_response_cache, saved_tiering, saved_batching, saved_prompt_cache,"
    " latency, ttft, overhead, provider, endpoint, workflow, feature, user, session, request_model, "
    "sent_model,"
    " response_model, error, client, cost, list_cost, call_id, body"
    " FROM events_1 e LEFT JOIN details_1 d ON d.id = e.id ORDER BY e.id";

class Columns
{
public:
    explicit Columns(const Statement &row)
        : m_row(row)
    {}
    template <class... Values>
    void integers(Values &...values)
    {
        ((values = static_cast<Values>(m_row.integer(m_at++))), ...);
    }
    void money(Money &value) { value = Money::fromNanoUsd(m_row.integer(m_at++)); }
    void text(StringTable &strings, std::string &value) { value = strings.text(m_row.integer(m_at++)); }
    void optionalMoney(std::optional<Money> &value)
    {
        if (!m_row.isNull(m_at))
            value = Money::fromNanoUsd(m_row.integer(m_at));
        ++m_at;
    }
    std::string_view bytes() { return m_row.bytes(m_at++); }

private:
    const Statement &m_row;
    int m_at = 0;
};

struct OldEvent
{
    std::int64_t rowId = 0;
    CostEvent event;
    std::string unreadable; ///< details that cannot be read
};

/// No details begin like this: they stay unreadable, and say so whenever they are asked for.
constexpr char unreadableMark = '\xff';

OldEvent readOld(const Statement &row, StringTable &strings)
{
    OldEvent old;
    CostEvent &e = old.event;
    TokenUsage &u = e.usage;
    std::int64_t idLow = 0;
    Columns columns(row);
    columns.integers(old.rowId, idLow, e.attempt, e.ruleVersion, e.status, e.stream, e.batch, e.priced,
                     e.tier, e.cache, e.usageSource, u.input, u.cachedInput, u.cacheWrite5m, u.cacheWrite1h,
                     u.inputAudio, u.output, u.reasoning, u.outputAudio, u.serverToolCalls);
    Savings &s = e.savings;
    for (Money *const part : {&s.responseCache, &s.tiering, &s.batching, &s.promptCache})
        columns.money(*part);
    columns.integers(e.latencyUs, e.ttftUs, e.overheadUs);
    for (std::string *const text : {&e.provider, &e.endpoint, &e.workflow, &e.feature, &e.user, &e.session,
                                    &e.requestModel, &e.sentModel, &e.responseModel, &e.error, &e.client})
        columns.text(strings, *text);
    columns.optionalMoney(e.cost);
    columns.optionalMoney(e.listCost);
    const std::string_view call = columns.bytes();
    const std::string_view details = columns.bytes();
    e.time = timeOfRowId(old.rowId);
    if (CostEvent whole = e; !details.empty() && decodeDetailOfSchema1(details, whole))
        e = std::move(whole);
    else if (!details.empty())
        old.unreadable = unreadableMark + std::string(details);
    e.eventId = eventIdOf(e.time, idLow);
    e.callId = e.eventId;
    if (call.size() == e.callId.bytes.size())
        std::memcpy(e.callId.bytes.data(), call.data(), call.size());
    return old;
}

} // namespace

Result<void> compact(Database &database)
{
    if (auto made = database.execute(tables); !made)
        return made;
    {
        auto rows = database.prepare(oldRows);
        auto strings = StringTable::open(database);
        auto inserter = EventInserter::open(database);
        auto unreadable = database.prepare("UPDATE events SET details = ? WHERE id = ?");
        if (!rows || !strings || !inserter || !unreadable)
            return database.lastError();
        auto step = rows->step();
        for (; step == Statement::Step::Row; step = rows->step()) {
            const OldEvent old = readOld(*rows, *strings);
            if (auto written = inserter->convert(database, old.rowId, old.event); !written)
                return written;
            if (old.unreadable.empty())
                continue;
            unreadable->bindBlob(1, old.unreadable);
            unreadable->bind(2, old.rowId);
            if (!unreadable->run())
                return database.lastError();
        }
        if (step == Statement::Step::Failed)
            return database.lastError();
    }
    return database.execute("DROP TABLE events_1; DROP TABLE details_1");
}

} // namespace farthing::migration
