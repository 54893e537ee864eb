// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/EventFields.h"

#include "core/base/Decimal.h"
#include "core/model/Names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace farthing {

namespace {

using Kind = EventField::Kind;

bool parseInteger(std::string_view text, std::int64_t &value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

template <auto Member>
std::string getText(const CostEvent &e)
{
    return e.*Member;
}
template <auto Member>
bool setText(CostEvent &e, std::string_view text)
{
    e.*Member = text;
    return true;
}
template <auto Member>
std::string getInteger(const CostEvent &e)
{
    return std::to_string(e.*Member);
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
std::string getCount(const CostEvent &e)
{
    return std::to_string(e.usage.*Member);
}
template <auto Member>
bool setCount(CostEvent &e, std::string_view text)
{
    return parseInteger(text, e.usage.*Member) && e.usage.*Member >= 0;
}
template <auto Member>
std::string getFlag(const CostEvent &e)
{
    return e.*Member ? "1" : "0";
}
template <auto Member>
bool setFlag(CostEvent &e, std::string_view text)
{
    e.*Member = text == "1" || text == "true";
    return e.*Member || text == "0" || text == "false";
}
template <auto Member>
std::string getId(const CostEvent &e)
{
    return (e.*Member).toString();
}
template <auto Member>
bool setId(CostEvent &e, std::string_view text)
{
    const auto id = Uuid::parse(text);
    e.*Member = id.value_or(Uuid{});
    return id.has_value();
}
template <auto Member>
std::string getMoney(const CostEvent &e)
{
    return e.*Member ? (e.*Member)->toUsdString() : std::string();
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
std::string millisecondsText(std::int64_t us)
{
    std::string text = std::to_string(us / 1000);
    std::string fraction = std::to_string(us % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return fraction.empty() ? text : text + "." + fraction;
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
std::string getName(const CostEvent &e)
{
    return std::string(nameOf(e.*Member));
}

#define FARTHING_TEXT(name, member)                                                                          \
    EventField                                                                                               \
    {                                                                                                        \
        name, Kind::Text, getText<&CostEvent::member>, setText<&CostEvent::member>                           \
    }
#define FARTHING_INTEGER(name, member)                                                                       \
    EventField                                                                                               \
    {                                                                                                        \
        name, Kind::Integer, getInteger<&CostEvent::member>, setInteger<&CostEvent::member>                  \
    }
#define FARTHING_COUNT(name, member)                                                                         \
    EventField                                                                                               \
    {                                                                                                        \
        name, Kind::Integer, getCount<&TokenUsage::member>, setCount<&TokenUsage::member>                    \
    }
#define FARTHING_FLAG(name, member)                                                                          \
    EventField                                                                                               \
    {                                                                                                        \
        name, Kind::Flag, getFlag<&CostEvent::member>, setFlag<&CostEvent::member>                           \
    }

constexpr std::array fields = {
    EventField{"event_id", Kind::Text, getId<&CostEvent::eventId>, setId<&CostEvent::eventId>},
    EventField{"call_id", Kind::Text, getId<&CostEvent::callId>, setId<&CostEvent::callId>},
    FARTHING_INTEGER("attempt", attempt),
    EventField{"time", Kind::Text, [](const CostEvent &e) { return formatRfc3339(e.time); },
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
    EventField{"tier", Kind::Text, getName<&CostEvent::tier>, setName<&CostEvent::tier, tierOf>},
    FARTHING_INTEGER("rule_version", ruleVersion),
    FARTHING_INTEGER("status", status),
    FARTHING_FLAG("stream", stream),
    EventField{"cache", Kind::Text, getName<&CostEvent::cache>, setName<&CostEvent::cache, cacheKindOf>},
    FARTHING_COUNT("input_tokens", input),
    FARTHING_COUNT("cached_input_tokens", cachedInput),
    FARTHING_COUNT("cache_write_5m_tokens", cacheWrite5m),
    FARTHING_COUNT("cache_write_1h_tokens", cacheWrite1h),
    FARTHING_COUNT("input_audio_tokens", inputAudio),
    FARTHING_COUNT("output_tokens", output),
    FARTHING_COUNT("reasoning_tokens", reasoning),
    FARTHING_COUNT("output_audio_tokens", outputAudio),
    FARTHING_COUNT("server_tool_calls", serverToolCalls),
    EventField{"usage_source", Kind::Text, getName<&CostEvent::usageSource>,
               setName<&CostEvent::usageSource, usageSourceOf>},
    FARTHING_FLAG("priced", priced),
    EventField{"cost_usd", Kind::Decimal, getMoney<&CostEvent::cost>, setMoney<&CostEvent::cost>},
    EventField{"list_cost_usd", Kind::Decimal, getMoney<&CostEvent::listCost>,
               setMoney<&CostEvent::listCost>},
    EventField{"latency_ms", Kind::Decimal, [](const CostEvent &e) { return millisecondsText(e.latencyUs); },
               [](CostEvent &e, std::string_view text) { return parseMilliseconds(text, e.latencyUs); }},
    EventField{"ttft_ms", Kind::Decimal,
               [](const CostEvent &e) { return e.ttftUs < 0 ? std::string() : millisecondsText(e.ttftUs); },
               [](CostEvent &e, std::string_view text) { return parseMilliseconds(text, e.ttftUs); }},
    FARTHING_INTEGER("overhead_us", overheadUs),
    FARTHING_FLAG("batch", batch),
    FARTHING_TEXT("error", error),
};

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
    const auto found = std::ranges::find(fields, name, &EventField::name);
    return found == fields.end() ? nullptr : &*found;
}

Result<void> settleIds(CostEvent &event, std::string_view content)
{
    using namespace std::chrono_literals;
    if (event.time < std::chrono::sys_days(1970y / 1 / 1) ||
        event.time >= std::chrono::sys_days(10000y / 1 / 1))
        return Error{"the time of an event lies in the years 1970 to 9999"};
    if (event.eventId.isNull()) {
        event.eventId = makeDerivedUuidV7(event.time, content);
    } else if ((event.eventId.bytes[6] >> 4) != 7 || event.eventId.timeOfV7() != event.time) {
        return Error{"event_id " + event.eventId.toString() + " is not a version 7 id of the event's time " +
                     formatRfc3339(event.time)};
    }
    if (event.callId.isNull())
        event.callId = event.eventId;
    return {};
}

} // namespace farthing
