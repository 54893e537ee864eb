// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/DimensionKey.h"

#include "core/model/Names.h"

#include <charconv>

namespace farthing {

namespace {

using namespace std::chrono;

std::int64_t dayOf(Timestamp t)
{
    return floor<days>(t).time_since_epoch().count();
}
std::int64_t hourOf(Timestamp t)
{
    return floor<hours>(t).time_since_epoch().count();
}

std::optional<TextColumn> columnOf(Dimension dimension)
{
    switch (dimension) {
    case Dimension::Workflow:
        return TextColumn::Workflow;
    case Dimension::User:
        return TextColumn::User;
    case Dimension::Feature:
        return TextColumn::Feature;
    case Dimension::Provider:
        return TextColumn::Provider;
    case Dimension::Session:
        return TextColumn::Session;
    case Dimension::Endpoint:
        return TextColumn::Endpoint;
    case Dimension::Client:
        return TextColumn::Client;
    case Dimension::Model:
        return TextColumn::ResponseModel;
    default:
        return std::nullopt;
    }
}

template <class Enum>
std::optional<std::int64_t> numberOf(std::optional<Enum> value)
{
    return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
}

std::optional<std::int64_t> keyOfTime(const std::string &text, Dimension dimension)
{
    // "2026-11-23T21:00Z" lacks the seconds that RFC 3339 asks for.
    const bool hour = dimension == Dimension::Hour && text.size() == 17 && text.ends_with('Z');
    const auto time = parseRfc3339(hour ? text.substr(0, 16) + ":00Z" : text);
    if (!time)
        return std::nullopt;
    return dimension == Dimension::Day ? dayOf(*time) : hourOf(*time);
}

} // namespace

std::int64_t keyOf(const EventRow &row, Dimension dimension)
{
    switch (dimension) {
    case Dimension::Model:
        return row.model();
    case Dimension::Status:
        return row.event.status;
    case Dimension::Cache:
        return static_cast<std::int64_t>(row.event.cache);
    case Dimension::Tier:
        return static_cast<std::int64_t>(row.event.tier);
    case Dimension::Day:
        return dayOf(timeOfRowId(row.id));
    case Dimension::Hour:
        return hourOf(timeOfRowId(row.id));
    default:
        return row.text(*columnOf(dimension));
    }
}

std::string textOfKey(std::int64_t key, Dimension dimension, StringTable &strings)
{
    switch (dimension) {
    case Dimension::Status:
        return std::to_string(key);
    case Dimension::Cache:
        return std::string(nameOf(static_cast<CacheKind>(key)));
    case Dimension::Tier:
        return std::string(nameOf(static_cast<Tier>(key)));
    case Dimension::Day:
        return formatRfc3339(sys_days(days(key))).substr(0, 10);
    case Dimension::Hour:
        return formatRfc3339(Timestamp(hours(key))).substr(0, 16) + "Z";
    default:
        return strings.text(key);
    }
}

std::optional<std::int64_t> keyOfText(const std::string &text, Dimension dimension, StringTable &strings)
{
    switch (dimension) {
    case Dimension::Status: {
        std::int64_t status = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
        return error == std::errc() && end == text.data() + text.size() ? std::optional(status)
                                                                        : std::nullopt;
    }
    case Dimension::Cache:
        return numberOf(cacheKindOf(text));
    case Dimension::Tier:
        return numberOf(tierOf(text));
    case Dimension::Day:
    case Dimension::Hour:
        return keyOfTime(text, dimension);
    default: {
        const std::int64_t id = strings.idOf(text);
        return id >= 0 ? std::optional(id) : std::nullopt;
    }
    }
}

RowFilter::RowFilter(const EventFilter &filter, StringTable &strings)
{
    for (const DimensionFilter &wanted : filter.dimensions) {
        Condition condition{wanted.dimension, {}, wanted.exclude};
        for (const std::string &value : wanted.values)
            if (const auto key = keyOfText(value, wanted.dimension, strings))
                condition.keys.insert(*key);
        (isOfShape(wanted.dimension) ? m_ofShape : m_rest).push_back(std::move(condition));
    }
}

bool RowFilter::accept(const std::vector<Condition> &conditions, const EventRow &row)
{
    for (const Condition &condition : conditions)
        if (condition.keys.contains(keyOf(row, condition.dimension)) == condition.exclude)
            return false;
    return true;
}

} // namespace farthing
