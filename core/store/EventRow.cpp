// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventRow.h"

#include "core/store/Database.h"

#include <cstring>

namespace farthing {

const std::string_view eventRowColumns =
    "id, id_low, call_id, attempt, provider, endpoint, workflow, feature, user, session, request_model, "
    "sent_model, "
    "response_model, error, client, tier, rule_version, status, stream, batch, cache, usage_source, input, "
    "cached_input, cache_write_5m, cache_write_1h, input_audio, output, reasoning, output_audio, "
    "server_tool_calls, "
    "priced, cost, list_cost, saved_response_cache, saved_tiering, saved_batching, saved_prompt_cache, "
    "latency, ttft, "
    "overhead";

namespace {

class Binder
{
public:
    explicit Binder(Statement &statement)
        : m_statement(statement)
    {}
    void skip() { ++m_at; }
    void integer(auto value) { m_statement.bind(m_at++, static_cast<std::int64_t>(value)); }
    void money(Money value) { integer(value.nanoUsd()); }
    void optionalMoney(const std::optional<Money> &value)
    {
        if (value)
            money(*value);
        else
            m_statement.bindNull(m_at++);
    }

private:
    Statement &m_statement;
    int m_at = 1;
};

class Picker
{
public:
    explicit Picker(const Statement &statement)
        : m_statement(statement)
    {}
    void skip() { ++m_at; }
    template <class T>
    void integer(T &value)
    {
        value = static_cast<T>(m_statement.integer(m_at++));
    }
    void money(Money &value) { value = Money::fromNanoUsd(m_statement.integer(m_at++)); }
    void optionalMoney(std::optional<Money> &value)
    {
        value.reset();
        if (!m_statement.isNull(m_at))
            value = Money::fromNanoUsd(m_statement.integer(m_at));
        ++m_at;
    }

private:
    const Statement &m_statement;
    int m_at = 0;
};

/// The order of the columns, once for both directions.
template <class Archive, class Row>
void fields(Archive &a, Row &row)
{
    auto &e = row.event;
    a.integer(row.id);
    a.integer(row.idLow);
    a.skip();
    a.integer(e.attempt);
    for (auto &text : row.texts)
        a.integer(text);
    a.integer(e.tier);
    a.integer(e.ruleVersion);
    a.integer(e.status);
    a.integer(e.stream);
    a.integer(e.batch);
    a.integer(e.cache);
    a.integer(e.usageSource);
    auto &u = e.usage;
    for (auto *count : {&u.input, &u.cachedInput, &u.cacheWrite5m, &u.cacheWrite1h, &u.inputAudio, &u.output,
                        &u.reasoning, &u.outputAudio, &u.serverToolCalls})
        a.integer(*count);
    a.integer(e.priced);
    a.optionalMoney(e.cost);
    a.optionalMoney(e.listCost);
    auto &s = e.savings;
    for (auto *part : {&s.responseCache, &s.tiering, &s.batching, &s.promptCache})
        a.money(*part);
    for (auto *duration : {&e.latencyUs, &e.ttftUs, &e.overheadUs})
        a.integer(*duration);
}

template <class Event>
auto &pickText(Event &e, TextColumn column)
{
    switch (column) {
    case TextColumn::Provider:
        return e.provider;
    case TextColumn::Endpoint:
        return e.endpoint;
    case TextColumn::Workflow:
        return e.workflow;
    case TextColumn::Feature:
        return e.feature;
    case TextColumn::User:
        return e.user;
    case TextColumn::Session:
        return e.session;
    case TextColumn::RequestModel:
        return e.requestModel;
    case TextColumn::SentModel:
        return e.sentModel;
    case TextColumn::ResponseModel:
        return e.responseModel;
    case TextColumn::Error:
        return e.error;
    case TextColumn::Client:
        break;
    }
    return e.client;
}

} // namespace

std::string &textOf(CostEvent &event, TextColumn column)
{
    return pickText(event, column);
}
const std::string &textOf(const CostEvent &event, TextColumn column)
{
    return pickText(event, column);
}

std::int64_t lowBits(const Uuid &id)
{
    std::int64_t low = 0;
    std::memcpy(&low, id.bytes.data() + 8, sizeof low);
    return low;
}

Uuid eventIdOf(Timestamp time, std::int64_t lowBits)
{
    Uuid id = makeDerivedUuidV7(time, {});
    std::memcpy(id.bytes.data() + 8, &lowBits, sizeof lowBits);
    return id;
}

void bindRow(Statement &statement, const EventRow &row)
{
    Binder binder(statement);
    fields(binder, row);
    const CostEvent &event = row.event;
    if (event.callId == event.eventId)
        statement.bindNull(3);
    else
        statement.bindBlob(
            3, {reinterpret_cast<const char *>(event.callId.bytes.data()), event.callId.bytes.size()});
}

void readRow(const Statement &statement, EventRow &row)
{
    Picker picker(statement);
    fields(picker, row);
    row.event.time = timeOfRowId(row.id);
}

} // namespace farthing
