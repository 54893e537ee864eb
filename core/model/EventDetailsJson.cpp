// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/EventDetailsJson.h"

#include "core/base/JsonDepth.h"
#include "core/base/Utf8.h"
#include "core/model/Names.h"

#include <array>
#include <limits>

namespace farthing {

namespace {

using Json = nlohmann::ordered_json;

struct TextMember
{
    const char *name;
    std::string CostEvent::*text;
};
constexpr std::array texts = {
    TextMember{"client", &CostEvent::client},
    TextMember{"instance", &CostEvent::instance},
    TextMember{"service_tier", &CostEvent::serviceTier},
    TextMember{"price_version", &CostEvent::priceVersion},
    TextMember{"list_model", &CostEvent::listModel},
};

struct SavingMember
{
    const char *name;
    Money Savings::*amount;
};
constexpr std::array savings = {
    SavingMember{"response_cache", &Savings::responseCache},
    SavingMember{"tiering", &Savings::tiering},
    SavingMember{"batching", &Savings::batching},
    SavingMember{"prompt_cache", &Savings::promptCache},
};

struct CountMember
{
    const char *name;
    std::int64_t TokenUsage::*count;
};
constexpr std::array counts = {
    CountMember{"input_tokens", &TokenUsage::input},
    CountMember{"cached_input_tokens", &TokenUsage::cachedInput},
    CountMember{"cache_write_5m_tokens", &TokenUsage::cacheWrite5m},
    CountMember{"cache_write_1h_tokens", &TokenUsage::cacheWrite1h},
    CountMember{"input_audio_tokens", &TokenUsage::inputAudio},
    CountMember{"output_tokens", &TokenUsage::output},
    CountMember{"reasoning_tokens", &TokenUsage::reasoning},
    CountMember{"output_audio_tokens", &TokenUsage::outputAudio},
    CountMember{"server_tool_calls", &TokenUsage::serverToolCalls},
};

Json anatomyToJson(const PromptAnatomy &anatomy)
{
    Json segments = Json::object();
    for (std::size_t i = 0; i < promptSegmentCount; ++i)
        segments[std::string(nameOf(static_cast<PromptSegment>(i)))] = anatomy.segments[i].tokens;
    return segments;
}

Json partsToJson(const std::vector<UsagePart> &parts)
{
    Json list = Json::array();
    for (const UsagePart &part : parts) {
        Json object = {{"model", part.model}};
        for (const auto &[name, count] : counts)
            object[name] = part.usage.*count;
        list.push_back(std::move(object));
    }
    return list;
}

bool isCount(const Json &value, std::int64_t most)
{
    return value.is_number_unsigned() && value.get<std::uint64_t>() <= static_cast<std::uint64_t>(most);
}

/// Finds the entry of that name; null where none has it.
template <class Members>
auto find(const Members &members, std::string_view name)
{
    for (const auto &member : members)
        if (member.name == name)
            return &member;
    return static_cast<const typename Members::value_type *>(nullptr);
}

Error unknown(const std::string &name)
{
    return Error{"no event has such a member", "'" + excerpt(name) + "'"};
}

Error unfit(const std::string &name, const Json &value, const char *expected)
{
    const std::string found = value.is_structured()
                                  ? std::string("an ") + value.type_name()
                                  : excerpt(value.dump(-1, ' ', false, Json::error_handler_t::replace));
    return Error{found + " is not " + expected, "'" + excerpt(name) + "'"};
}

Result<void> readTags(const Json &object, CostEvent &event)
{
    for (const auto &[key, value] : object.items()) {
        if (!value.is_string())
            return unfit(key, value, "a string");
        event.tags.emplace_back(key, value.get<std::string>());
    }
    return {};
}

Result<void> readSavings(const Json &object, CostEvent &event)
{
    for (const auto &[key, value] : object.items()) {
        const SavingMember *const member = find(savings, key);
        if (member == nullptr)
            return unknown(key);
        const auto amount = value.is_string() ? Money::parseUsd(value.get<std::string>())
                                              : Result<Money>(unfit(key, value, "a decimal in a string"));
        if (!amount)
            return amount.error().at("'" + key + "'");
        event.savings.*(member->amount) = *amount;
    }
    return {};
}

Result<void> readAnatomy(const Json &object, CostEvent &event)
{
    for (const auto &[key, value] : object.items()) {
        std::size_t at = 0;
        while (at < promptSegmentCount && nameOf(static_cast<PromptSegment>(at)) != key)
            ++at;
        if (at == promptSegmentCount)
            return unknown(key);
        if (!isCount(value, std::numeric_limits<std::int32_t>::max()))
            return unfit(key, value, "a number of tokens");
        event.anatomy.segments[at].tokens = value.get<std::int32_t>();
    }
    return {};
}

Result<void> readPart(const Json &object, UsagePart &part)
{
    for (const auto &[key, value] : object.items()) {
        const CountMember *const member = find(counts, key);
        if (key == "model" && value.is_string())
            part.model = value.get<std::string>();
        else if (member == nullptr)
            return unknown(key);
        else if (!isCount(value, std::numeric_limits<std::int64_t>::max()))
            return unfit(key, value, "a count");
        else
            part.usage.*(member->count) = value.get<std::int64_t>();
    }
    return {};
}

Result<void> readParts(const Json &list, CostEvent &event)
{
    for (const Json &value : list) {
        if (!value.is_object())
            return unfit(std::to_string(event.parts.size()), value, "an object");
        if (auto read = readPart(value, event.parts.emplace_back()); !read)
            return read;
    }
    return {};
}

Result<void> readMember(const std::string &name, const Json &value, CostEvent &event)
{
    if (const TextMember *const member = find(texts, name)) {
        if (!value.is_string())
            return unfit(name, value, "a string");
        event.*(member->text) = value.get<std::string>();
        return {};
    }
    if (name == "usage") {
        event.rawUsage = value.dump(-1, ' ', false, Json::error_handler_t::replace);
        return {};
    }
    if (name == "usage_parts")
        return value.is_array() ? readParts(value, event) : unfit(name, value, "an array");
    const auto read = name == "tags"             ? readTags
                      : name == "savings_usd"    ? readSavings
                      : name == "anatomy_tokens" ? readAnatomy
                                                 : nullptr;
    if (read == nullptr)
        return unknown(name);
    if (!value.is_object())
        return unfit(name, value, "an object");
    return read(value, event);
}

} // namespace

Json detailsToJson(const CostEvent &event)
{
    Json details;
    for (const auto &[name, text] : texts)
        details[name] = event.*text;
    details["tags"] = Json::object();
    for (const auto &[key, value] : event.tags)
        details["tags"][key] = value;
    for (const auto &[name, amount] : savings)
        details["savings_usd"][name] = (event.savings.*amount).toUsdString();
    details["anatomy_tokens"] = anatomyToJson(event.anatomy);
    const Json usage = tooDeepAt(event.rawUsage) ? Json() : Json::parse(event.rawUsage, nullptr, false);
    details["usage"] = usage.is_discarded() ? Json(nullptr) : usage;
    if (!event.parts.empty())
        details["usage_parts"] = partsToJson(event.parts);
    return details;
}

Result<void> readDetails(const Json &details, CostEvent &event)
{
    if (!details.is_object())
        return unfit("details", details, "an object");
    for (const auto &[name, value] : details.items())
        if (!value.is_null())
            if (auto read = readMember(name, value, event); !read)
                return read;
    return {};
}

} // namespace farthing
