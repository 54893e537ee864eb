// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/EventFields.h"

#include "core/base/Decimal.h"
#include "core/base/Utf8.h"
#include "core/model/EventLimits.h"
#include "core/model/Names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace farthing {

namespace {

using Kind = EventField::Kind;

bool parseInteger(std::string_view text, std::int64_t &value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

void appendNumber(std::string &out, std::int64_t value)
{
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

template <auto Member>
void addText(std::string &out, const CostEvent &e)
{
    out += e.*Member;
}
template <auto Member>
bool setText(CostEvent &e, std::string_view text)
{
    e.*Member = text;
    return true;
}
template <auto Member>
void addInteger(std::string &out, const CostEvent &e)
{
    appendNumber(out, e.*Member);
}
template <auto Member>
bool setInteger(CostEvent &e, std::string_view text)
{
    std::int64_t value = 0;
    using Type = std::remove_reference_t<decltype(e.*Member)>;
    const bool ok = parseInteger(text, value) && std::in_range<Type>(value) && value >= 0;
    e.*Member = ok ? static_cast<Type>(value) : Type{};
    return ok;
}
template <auto Member>
void addCount(std::string &out, const CostEvent &e)
{
    appendNumber(out, e.usage.*Member);
}
template <auto Member>
bool setCount(CostEvent &e, std::string_view text)
{
    return parseInteger(text, e.usage.*Member) && e.usage.*Member >= 0;
}
template <auto Member>
void addFlag(std::string &out, const CostEvent &e)
{
    out.push_back(e.*Member ? '1' : '0');
}
template <auto Member>
bool setFlag(CostEvent &e, std::string_view text)
{
    e.*Member = text == "1" || text == "true";
    return e.*Member || text == "0" || text == "false";
}
template <auto Member>
void addId(std::string &out, const CostEvent &e)
{
    (e.*Member).appendTo(out);
}
template <auto Member>
bool setId(CostEvent &e, std::string_view text)
{
    const auto id = Uuid::parse(text);
    e.*Member = id.value_or(Uuid{});
    return id.has_value();
}
template <auto Member>
void addMoney(std::string &out, const CostEvent &e)
{
    if (e.*Member)
        (e.*Member)->appendUsd(out);
}
template <auto Member>
bool setMoney(CostEvent &e, std::string_view text)
{
    const auto amount = Money::parseUsd(text);
    if (amount)
        e.*Member = *amount;
    return amount.ok();
}

/// Microseconds as decimal milliseconds: 1,234,500 is "1234.5".
void appendMilliseconds(std::string &out, std::int64_t us)
{
    appendScaledDecimal(out, us, 3);
}
std::string millisecondsText(std::int64_t us)
{
    std::string text;
    appendMilliseconds(text, us);
    return text;
}
bool parseMilliseconds(std::string_view text, std::int64_t &us)
{
    const ScaledDecimal decimal = parseScaledDecimal(text, 3);
    us = decimal.value;
    return (decimal.status == DecimalStatus::Ok || decimal.status == DecimalStatus::Inexact) && us >= 0;
}

template <auto Member, auto Parse>
bool setName(CostEvent &e, std::string_view text)
{
    const auto value = Parse(text);
    if (value)
        e.*Member = *value;
    return value.has_value();
}
template <auto Member>
void addName(std::string &out, const CostEvent &e)
{
    out += nameOf(e.*Member);
}

constexpr std::string_view wholeNumber = "a whole number of 0 or more";
constexpr std::string_view flag = "0, 1, true or false";
constexpr std::string_view uuid = "a UUID such as 0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10";
constexpr std::string_view usd = "an amount in USD such as 0.00123";
constexpr std::string_view milliseconds = "milliseconds, 0 or more";

#define FARTHING_TEXT(name, member)                                                                          \
    EventField                                                                                               \
    {                                                                                                        \
        name, Kind::Text, "text", addText<&CostEvent::member>, setText<&CostEvent::member>                   \
    }
#define FARTHING_INTEGER(name, member)                                                                       \
    EventField                                                                                               \
    {                                                                                                        \
        name, Kind::Integer, wholeNumber, addInteger<&CostEvent::member>, setInteger<&CostEvent::member>     \
    }
#define FARTHING_COUNT(name, member)                                                                         \
    EventField                                                                                               \
    {                                                                                                        \
        name, Kind::Integer, wholeNumber, addCount<&TokenUsage::member>, setCount<&TokenUsage::member>       \
    }
#define FARTHING_FLAG(name, member)                                                                          \
    EventField                                                                                               \
    {                                                                                                        \
        name, Kind::Flag, flag, addFlag<&CostEvent::member>, setFlag<&CostEvent::member>                     \
    }

constexpr std::array fields = {
    EventField{"event_id", Kind::Word, uuid, addId<&CostEvent::eventId>, setId<&CostEvent::eventId>},
    EventField{"call_id", Kind::Word, uuid, addId<&CostEvent::callId>, setId<&CostEvent::callId>},
    FARTHING_INTEGER("attempt", attempt),
    EventField{"time", Kind::Word, "a time such as 2026-11-23T21:52:25.000123Z",
               [](std::string &out, const CostEvent &e) { appendRfc3339(out, e.time); },
               [](CostEvent &e, std::string_view text) {
                   const auto time = parseRfc3339(text);
                   if (time)
                       e.time = *time;
                   return time.ok();
               }},
    FARTHING_TEXT("provider", provider),
    FARTHING_TEXT("endpoint", endpoint),
    FARTHING_TEXT("workflow", workflow),
    FARTHING_TEXT("feature", feature),
    FARTHING_TEXT("user", user),
    FARTHING_TEXT("session", session),
    FARTHING_TEXT("request_model", requestModel),
    FARTHING_TEXT("sent_model", sentModel),
    FARTHING_TEXT("response_model", responseModel),
    EventField{"tier", Kind::Word, "pass, fast, full or batch", addName<&CostEvent::tier>,
               setName<&CostEvent::tier, tierOf>},
    FARTHING_INTEGER("rule_version", ruleVersion),
    FARTHING_INTEGER("status", status),
    FARTHING_FLAG("stream", stream),
    EventField{"cache", Kind::Word, "none, exact, semantic or coalesced", addName<&CostEvent::cache>,
               setName<&CostEvent::cache, cacheKindOf>},
    FARTHING_COUNT("input_tokens", input),
    FARTHING_COUNT("cached_input_tokens", cachedInput),
    FARTHING_COUNT("cache_write_5m_tokens", cacheWrite5m),
    FARTHING_COUNT("cache_write_1h_tokens", cacheWrite1h),
    FARTHING_COUNT("input_audio_tokens", inputAudio),
    FARTHING_COUNT("output_tokens", output),
    FARTHING_COUNT("reasoning_tokens", reasoning),
    FARTHING_COUNT("output_audio_tokens", outputAudio),
    FARTHING_COUNT("server_tool_calls", serverToolCalls),
    EventField{"usage_source", Kind::Word, "provider, estimated or none", addName<&CostEvent::usageSource>,
               setName<&CostEvent::usageSource, usageSourceOf>},
    FARTHING_FLAG("priced", priced),
    EventField{"cost_usd", Kind::Decimal, usd, addMoney<&CostEvent::cost>, setMoney<&CostEvent::cost>},
    EventField{"list_cost_usd", Kind::Decimal, usd, addMoney<&CostEvent::listCost>,
               setMoney<&CostEvent::listCost>},
    EventField{"latency_ms", Kind::Decimal, milliseconds,
               [](std::string &out, const CostEvent &e) { appendMilliseconds(out, e.latencyUs); },
               [](CostEvent &e, std::string_view text) { return parseMilliseconds(text, e.latencyUs); }},
    EventField{"ttft_ms", Kind::Decimal, milliseconds,
               [](std::string &out, const CostEvent &e) {
                   if (e.ttftUs >= 0)
                       appendMilliseconds(out, e.ttftUs);
               },
               [](CostEvent &e, std::string_view text) { return parseMilliseconds(text, e.ttftUs); }},
    FARTHING_INTEGER("overhead_us", overheadUs),
    FARTHING_FLAG("batch", batch),
    FARTHING_TEXT("error", error),
};

/// How applications' own callbacks say that the answer came out of their cache.
constexpr EventField cacheHit{
    "cache_hit", Kind::Flag, flag,
    [](std::string &out, const CostEvent &e) { out.push_back(e.cache == CacheKind::None ? '0' : '1'); },
    [](CostEvent &e, std::string_view text) {
        e.cache = text == "1" || text == "true" ? CacheKind::Exact : CacheKind::None;
        return e.cache == CacheKind::Exact || text == "0" || text == "false";
    }};

Result<void> checkMoney(const std::optional<Money> &amount, std::string_view column)
{
    if (amount && (amount->nanoUsd() < 0 || amount->nanoUsd() > mostNanoUsd))
        return Error{"$" + amount->toUsdString() + " is outside of 0 to 1,000,000 USD", std::string(column)};
    return {};
}

/// The parts add up to what was saved, or none of them is known.
Result<void> checkSavings(const CostEvent &event)
{
    const Savings &savings = event.savings;
    if (savings == Savings{})
        return {};
    for (const Money part : {savings.responseCache, savings.tiering, savings.batching, savings.promptCache})
        if (part.nanoUsd() < -mostNanoUsd || part.nanoUsd() > mostNanoUsd)
            return Error{"$" + part.toUsdString() + " is more than a million USD", "savings_usd"};
    if (!event.cost || !event.listCost || savings.total() != *event.listCost - *event.cost)
        return Error{"add up to $" + savings.total().toUsdString() +
                         ", which is not list_cost_usd minus cost_usd",
                     "savings_usd"};
    return {};
}

Result<void> checkTokens(std::int64_t part, std::int64_t whole, std::string_view column)
{
    if (part > whole)
        return Error{std::to_string(part) + " is more than the " + std::to_string(whole) + " there can be",
                     std::string(column)};
    return {};
}

Result<void> checkDuration(std::int64_t us, std::string_view column)
{
    if (us > mostLatencyUs)
        return Error{millisecondsText(us) + " ms is more than a year", std::string(column)};
    return {};
}

Result<void> checkFigures(const CostEvent &event)
{
    using namespace std::chrono_literals;
    if (event.time < std::chrono::sys_days(1970y / 1 / 1) ||
        event.time >= std::chrono::sys_days(2255y / 1 / 1))
        return Error{formatRfc3339(event.time) + " is outside of the years 1970 to 2254", "time"};
    if (event.attempt < 1)
        return Error{"the first attempt is 1", "attempt"};
    if (event.status < 100 || event.status > 999)
        return Error{std::to_string(event.status) + " is no HTTP status", "status"};
    if (event.priced != event.cost.has_value())
        return Error{event.priced ? "is 1, but there is no cost_usd" : "is 0, but there is a cost_usd",
                     "priced"};
    if (event.listCost && !event.cost)
        return Error{"is there, but there is no cost_usd", "list_cost_usd"};
    if (event.listCost && !event.delivered())
        return Error{"is there, but a call with status " + std::to_string(event.status) +
                         " delivered nothing",
                     "list_cost_usd"};
    const TokenUsage &usage = event.usage;
    for (const auto &check : {
             checkTokens(usage.input, mostTokens, "input_tokens"),
             checkTokens(usage.output, mostTokens, "output_tokens"),
             checkTokens(usage.serverToolCalls, mostTokens, "server_tool_calls"),
             checkTokens(usage.cachedInput, usage.input, "cached_input_tokens"),
             checkTokens(usage.cacheWrite5m, usage.input, "cache_write_5m_tokens"),
             checkTokens(usage.cacheWrite1h, usage.input, "cache_write_1h_tokens"),
             checkTokens(usage.inputAudio, usage.input, "input_audio_tokens"),
             checkTokens(usage.reasoning, usage.output, "reasoning_tokens"),
             checkTokens(usage.outputAudio, usage.output, "output_audio_tokens"),
             checkDuration(event.latencyUs, "latency_ms"),
             checkDuration(event.ttftUs, "ttft_ms"),
             checkMoney(event.cost, "cost_usd"),
             checkMoney(event.listCost, "list_cost_usd"),
             checkSavings(event),
         })
        if (!check)
            return check;
    return checkTokens(usage.cachedInput + usage.cacheWrite5m + usage.cacheWrite1h, usage.input,
                       "cached_input_tokens and cache writes");
}

} // namespace

namespace {

/// What the row says, whatever it was written like.
std::string canonicalRow(const CostEvent &event, GivenFields given, std::string_view details)
{
    std::string row;
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (given.test(i)) {
            row.append(fields[i].name).append("=");
            fields[i].append(row, event);
            row.push_back('\x1f');
        }
    row.append(details);
    std::erase(row, '\r');
    return row;
}

Uuid deriveId(const CostEvent &event, std::string row, RowCounts *rows)
{
    const Uuid id = makeDerivedUuidV7(event.time, row);
    if (rows == nullptr)
        return id;
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, id.bytes.data(), sizeof high);
    std::memcpy(&low, id.bytes.data() + sizeof high, sizeof low);
    const std::uint32_t occurrence = rows->count(low ^ high);
    if (occurrence == 1)
        return id;
    return makeDerivedUuidV7(event.time, row.append("\x1e").append(std::to_string(occurrence)));
}

} // namespace

std::span<const EventField> eventFields()
{
    return fields;
}

const EventField *eventField(std::string_view name)
{
    if (name == "user_id")
        name = "user";
    else if (name == "model")
        name = "response_model";
    else if (name == cacheHit.name)
        return &cacheHit;
    const auto found = std::ranges::find(fields, name, &EventField::name);
    return found == fields.end() ? nullptr : &*found;
}

void markGiven(GivenFields &given, const EventField &field)
{
    const EventField *const column = &field == &cacheHit ? eventField("cache") : &field;
    given.set(static_cast<std::size_t>(column - fields.data()));
}

bool isGiven(GivenFields given, std::string_view name)
{
    return given.test(static_cast<std::size_t>(eventField(name) - fields.data()));
}

Result<void> checkText(std::string_view text)
{
    if (text.size() > longestCell)
        return Error{"has " + std::to_string(text.size()) + " bytes where " + std::to_string(longestCell) +
                     " are the most"};
    if (!isUtf8(text))
        return Error{"'" + excerpt(text) + "' is not UTF-8"};
    return {};
}

Result<void> setField(CostEvent &event, const EventField &field, std::string_view text)
{
    if (auto sound = checkText(text); !sound)
        return sound;
    if (!field.set(event, text))
        return Error{"'" + excerpt(text) + "' is not " + std::string(field.expected)};
    return {};
}

Result<void> settleEvent(CostEvent &event, GivenFields given, std::string_view details, RowCounts *rows,
                         GivenFields beside)
{
    const auto has = [given](std::string_view name) { return isGiven(given, name); };
    if (!has("time")) {
        if (!has("event_id"))
            return Error{"is missing", "time"};
        event.time = event.eventId.timeOfV7();
    }
    if (!has("status"))
        event.status = 200;
    if (!has("priced"))
        event.priced = event.cost.has_value();
    if (!has("usage_source") && (event.usage.input > 0 || event.usage.output > 0))
        event.usageSource = UsageSource::Provider;
    if (auto sound = checkFigures(event); !sound)
        return sound;
    if (event.eventId.isNull())
        event.eventId = deriveId(event, canonicalRow(event, given & ~beside, details), rows);
    else if (!event.eventId.isV7Of(event.time))
        return Error{event.eventId.toString() + " is not a version 7 id of the event's time " +
                         formatRfc3339(event.time) + "; an id of your own is an idempotency_key",
                     "event_id"};
    if (event.callId.isNull())
        event.callId = event.eventId;
    return {};
}

} // namespace farthing
