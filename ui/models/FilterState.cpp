// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/FilterState.h"

#include "core/model/CostEvent.h"
#include "core/model/Names.h"
#include "ui/models/Format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>

namespace farthing {

namespace {

using namespace std::chrono_literals;

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(FilterState)
};

/// The year where it is not this one, seconds where there are any.
QString dateOf(Timestamp t)
{
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(toMicros(t) / 1000);
    const bool thisYear = time.date().year() == QDate::currentDate().year();
    return QLocale::c().toString(time, QString(thisYear ? "MMM d " : "MMM d yyyy ") +
                                           (time.time().second() == 0 ? "HH:mm" : "HH:mm:ss"));
}

std::string textOf(const CostEvent &event, Dimension dimension)
{
    switch (dimension) {
    case Dimension::Workflow:
        return event.workflow;
    case Dimension::User:
        return event.user;
    case Dimension::Feature:
        return event.feature;
    case Dimension::Model:
        return event.model();
    case Dimension::Provider:
        return event.provider;
    case Dimension::Session:
        return event.session;
    case Dimension::Endpoint:
        return event.endpoint;
    case Dimension::Status:
        return std::to_string(event.status);
    case Dimension::Cache:
        return std::string(nameOf(event.cache));
    case Dimension::Tier:
        return std::string(nameOf(event.tier));
    case Dimension::Client:
        return event.client;
    case Dimension::Day:
        return formatRfc3339(event.time).substr(0, 10);
    case Dimension::Hour:
        return formatRfc3339(event.time).substr(0, 13) + ":00Z";
    }
    return {};
}

} // namespace

std::optional<Micros> TimeChoice::length() const
{
    switch (preset) {
    case Preset::Last15Minutes:
        return 15min;
    case Preset::LastHour:
        return 1h;
    case Preset::LastDay:
        return 24h;
    case Preset::LastWeek:
        return 7 * 24h;
    case Preset::LastMonth:
        return 30 * 24h;
    case Preset::All:
    case Preset::Custom:
        break;
    }
    return std::nullopt;
}

TimeRange TimeChoice::resolve(Timestamp now) const
{
    if (const auto span = length())
        return {now - *span, now};
    return preset == Preset::Custom ? custom : TimeRange();
}

QString TimeChoice::label() const
{
    switch (preset) {
    case Preset::Last15Minutes:
        return Text::tr("Last 15 minutes");
    case Preset::LastHour:
        return Text::tr("Last hour");
    case Preset::LastDay:
        return Text::tr("Last 24 hours");
    case Preset::LastWeek:
        return Text::tr("Last 7 days");
    case Preset::LastMonth:
        return Text::tr("Last 30 days");
    case Preset::All:
        return Text::tr("All time");
    case Preset::Custom:
        break;
    }
    if (custom.since && custom.until)
        return dateOf(*custom.since) + QStringLiteral(" – ") + dateOf(*custom.until);
    if (custom.since)
        return Text::tr("since %1").arg(dateOf(*custom.since));
    return custom.until ? Text::tr("until %1").arg(dateOf(*custom.until)) : Text::tr("All time");
}

QList<TimeChoice::Preset> TimeChoice::presets()
{
    return {Preset::Last15Minutes, Preset::LastHour,  Preset::LastDay,
            Preset::LastWeek,      Preset::LastMonth, Preset::All};
}

void FilterState::setTime(const TimeChoice &time)
{
    if (m_time == time)
        return;
    m_time = time;
    emit changed();
}

const DimensionFilter *FilterState::find(Dimension dimension) const
{
    const auto it = std::ranges::find(m_dimensions, dimension, &DimensionFilter::dimension);
    return it == m_dimensions.end() ? nullptr : &*it;
}

void FilterState::accept(Dimension dimension, const QString &value)
{
    const DimensionFilter *const known = find(dimension);
    DimensionFilter condition =
        known != nullptr && !known->exclude ? *known : DimensionFilter{dimension, {}, false};
    if (std::ranges::find(condition.values, value.toStdString()) != condition.values.end())
        return;
    condition.values.push_back(value.toStdString());
    set(condition);
}

void FilterState::set(const DimensionFilter &condition)
{
    const auto it = std::ranges::find(m_dimensions, condition.dimension, &DimensionFilter::dimension);
    if (it == m_dimensions.end())
        m_dimensions.push_back(condition);
    else if (*it == condition)
        return;
    else
        *it = condition;
    emit changed();
}

void FilterState::narrow(const DimensionFilter &condition)
{
    const DimensionFilter *const known = find(condition.dimension);
    if (known == nullptr)
        return set(condition);
    DimensionFilter both = *known;
    const auto has = [](const std::vector<std::string> &values, const std::string &value) {
        return std::ranges::find(values, value) != values.end();
    };
    if (both.exclude && condition.exclude) {
        for (const std::string &value : condition.values)
            if (!has(both.values, value))
                both.values.push_back(value);
    } else {
        // What remains is a list of accepted values, perhaps an empty one, which nothing passes.
        const DimensionFilter &accepting = known->exclude ? condition : *known;
        const DimensionFilter &other = known->exclude ? *known : condition;
        both = accepting;
        std::erase_if(both.values,
                      [&](const std::string &value) { return has(other.values, value) == other.exclude; });
    }
    set(both);
}

void FilterState::clear(Dimension dimension)
{
    if (std::erase_if(m_dimensions, [&](const DimensionFilter &f) { return f.dimension == dimension; }) > 0)
        emit changed();
}

void FilterState::clearAll()
{
    if (m_dimensions.empty())
        return;
    m_dimensions.clear();
    emit changed();
}

EventFilter FilterState::resolve(Timestamp now) const
{
    return {m_time.resolve(now), m_dimensions};
}

QString titleOf(Dimension dimension)
{
    switch (dimension) {
    case Dimension::Workflow:
        return Text::tr("Workflow");
    case Dimension::User:
        return Text::tr("User");
    case Dimension::Feature:
        return Text::tr("Feature");
    case Dimension::Model:
        return Text::tr("Model");
    case Dimension::Provider:
        return Text::tr("Provider");
    case Dimension::Session:
        return Text::tr("Session");
    case Dimension::Endpoint:
        return Text::tr("Endpoint");
    case Dimension::Status:
        return Text::tr("Status");
    case Dimension::Cache:
        return Text::tr("Cache");
    case Dimension::Tier:
        return Text::tr("Tier");
    case Dimension::Client:
        return Text::tr("Client");
    case Dimension::Day:
        return Text::tr("Day");
    case Dimension::Hour:
        return Text::tr("Hour");
    }
    return {};
}

QString valueText(const QString &value)
{
    return value.isEmpty() ? Text::tr("(none)") : value;
}

bool accepts(const EventFilter &filter, const CostEvent &event)
{
    if ((filter.range.since && event.time < *filter.range.since) ||
        (filter.range.until && event.time >= *filter.range.until))
        return false;
    return std::ranges::all_of(filter.dimensions, [&](const DimensionFilter &condition) {
        const bool listed =
            std::ranges::find(condition.values, textOf(event, condition.dimension)) != condition.values.end();
        return listed != condition.exclude;
    });
}

} // namespace farthing
