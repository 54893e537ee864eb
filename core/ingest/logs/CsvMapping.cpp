// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/CsvMapping.h"

#include "core/base/JsonTree.h"
#include "core/base/Utf8.h"
#include "core/ingest/ForeignCall.h"

#include <algorithm>

namespace farthing {

namespace {

constexpr std::string_view tagPrefix = "tag.";
constexpr std::string_view keyName = "idempotency_key";

std::string shown(std::string_view name)
{
    return "'" + excerpt(name) + "'";
}

/// cache and cache_hit are one field under two names.
GivenFields placeOf(const EventField &field)
{
    GivenFields place;
    markGiven(place, field);
    return place;
}

/// "12.0", as programs write counts of columns that have gaps.
std::string_view withoutZeroDecimals(std::string_view text)
{
    const auto point = text.find('.');
    const bool isWhole = point != std::string_view::npos && point > 0 && point + 1 < text.size() &&
                         text.find_first_not_of('0', point + 1) == std::string_view::npos;
    return isWhole ? text.substr(0, point) : text;
}

bool hasSignOrSeparator(std::string_view text)
{
    return text.find_first_of("$,' ") != std::string_view::npos ||
           std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

/// Where a file is separated by something else, all of its header is one name.
std::string hintOf(std::span<const std::string> header)
{
    if (header.size() != 1)
        return {};
    for (const auto &[separator, name] :
         {std::pair(';', "';'"), std::pair('\t', "tab"), std::pair(',', "','")})
        if (header.front().find(separator) != std::string::npos)
            return "; is its --delimiter " + std::string(name) + "?";
    return {};
}

} // namespace

Result<CsvTarget> CsvTarget::named(std::string_view name)
{
    CsvTarget target;
    if (name == keyName)
        target.isKey = true;
    else if (name.starts_with(tagPrefix))
        target.tag = name.substr(tagPrefix.size());
    else
        target.field = eventField(name);
    if (target.field == nullptr && target.tag.empty() && !target.isKey)
        return Error{shown(name) + " is no field of an event; fields are those of `export events`, user_id, "
                                   "model, cache_hit, idempotency_key and tag.NAME"};
    return target;
}

bool CsvTarget::isSame(const CsvTarget &other) const
{
    if (field != nullptr && other.field != nullptr)
        return placeOf(*field) == placeOf(*other.field);
    return field == other.field && tag == other.tag && isKey == other.isKey;
}

Result<void> CsvMapping::checkNew(const CsvTarget &target, std::string_view name) const
{
    const bool isThere =
        std::ranges::any_of(m_columns, [&](const auto &column) { return column.second.isSame(target); }) ||
        std::ranges::any_of(m_constants,
                            [&](const auto &constant) { return constant.target.isSame(target); });
    return isThere ? Result<void>(Error{"field " + shown(name) + " is given twice"}) : Result<void>();
}

Result<void> CsvMapping::map(std::string_view column, std::string_view field)
{
    auto target = CsvTarget::named(field);
    if (!target)
        return target.error();
    if (std::ranges::any_of(m_columns, [&](const auto &known) { return known.first == column; }))
        return Error{"column " + shown(column) + " is mapped twice"};
    if (auto isNew = checkNew(*target, field); !isNew)
        return isNew;
    m_columns.emplace_back(column, *std::move(target));
    return {};
}

Result<void> CsvMapping::mapAll(std::string_view json)
{
    const auto root = parseJsonTree(json);
    if (!root)
        return root.error();
    if (!root->isObject())
        return Error{"expected an object such as {\"created_at\": \"time\"}"};
    for (const auto &[column, field] : root->members) {
        const std::string place = placeInText(json, field.offset);
        if (!field.isString())
            return Error{"the field of column " + shown(column) + " is no text", place};
        if (auto mapped = map(column, field.text); !mapped)
            return mapped.error().at(place);
    }
    return {};
}

Result<void> CsvMapping::set(std::string_view field, std::string_view value)
{
    auto target = CsvTarget::named(field);
    if (!target)
        return target.error();
    if (target->isKey ||
        (target->field != nullptr && (placeOf(*target->field) == placeOf(*eventField("event_id")) ||
                                      placeOf(*target->field) == placeOf(*eventField("call_id")))))
        return Error{"field " + shown(field) + " is each event's own"};
    if (auto isNew = checkNew(*target, field); !isNew)
        return isNew;
    m_constants.push_back({*std::move(target), std::string(value)});
    return {};
}

Result<void> CsvMapping::setConstants(Bound &bound) const
{
    for (const auto &[target, value] : m_constants) {
        if (target.field == nullptr) {
            if (auto sound = checkText(value); !sound)
                return sound.error().at(std::string(tagPrefix) + target.tag);
            bound.constants.tags.emplace_back(target.tag, value);
            continue;
        }
        if (auto set = setFromText(bound.constants, *target.field, value, m_times); !set)
            return set.error().at(std::string(target.field->name));
        markGiven(bound.given, *target.field);
    }
    return {};
}

Result<CsvMapping::Bound> CsvMapping::bind(std::span<const std::string> header) const
{
    Bound bound;
    bound.times = m_times;
    if (auto set = setConstants(bound); !set)
        return set.error();
    for (const auto &[column, target] : m_columns)
        if (const auto count = std::ranges::count(header, column); count != 1)
            return Error{"the header " + std::string(count == 0 ? "has no" : "has twice the") + " column " +
                         shown(column) + (count == 0 ? hintOf(header) : std::string())};
    GivenFields given = bound.given;
    for (const auto &[column, target] : m_columns)
        if (target.field != nullptr)
            markGiven(given, *target.field);
    const GivenFields chosen = given;
    for (const std::string &name : header) {
        auto &column = bound.columns.emplace_back();
        const auto mapped = std::ranges::find(m_columns, name, &std::pair<std::string, CsvTarget>::first);
        if (mapped != m_columns.end()) {
            column = mapped->second;
            continue;
        }
        const EventField *const own = m_onlyMapped ? nullptr : eventField(name);
        if (own == nullptr || (chosen & placeOf(*own)).any()) {
            bound.leftOut.push_back(name);
            continue;
        }
        if ((given & placeOf(*own)).any())
            return Error{"column " + shown(name) + " is of a field that another column has; map one of them"};
        markGiven(given, *own);
        column = CsvTarget{own, {}, false};
    }
    if (!isGiven(given, "time") && !isGiven(given, "event_id"))
        return Error{"no column is the time; say which, --map COLUMN=time" + hintOf(header)};
    return bound;
}

Result<void> setFromText(CostEvent &event, const EventField &field, std::string_view text,
                         const TimeFormat &times)
{
    using Kind = EventField::Kind;
    if (&field == eventField("time")) {
        const auto time = times.read(text);
        if (time)
            event.time = *time;
        return time ? Result<void>() : time.error();
    }
    if (field.kind == Kind::Flag)
        return setField(event, field, lowerCase(std::string(text)));
    if (field.kind == Kind::Text)
        return setField(event, field, text);
    auto set = setField(event, field, field.kind == Kind::Integer ? withoutZeroDecimals(text) : text);
    if (!set && hasSignOrSeparator(text))
        return Error{set.error().message +
                     "; a currency's sign, a thousands separator or a decimal comma cannot be read"};
    return set;
}

} // namespace farthing
