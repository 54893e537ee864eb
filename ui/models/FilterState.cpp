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

QString tr(const char *text)
{
    return QCoreApplication::translate("FilterState", text);
}

QString dateOf(Timestamp t)
{
    return QLocale::c().toString(QDateTime::fromMSecsSinceEpoch(toMicros(t) / 1000), u"MMM d HH:mm");
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
        return event.responseModel.empty() ? event.sentModel : event.responseModel;
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

TimeRange TimeChoice::resolve(Timestamp now) const
{
    switch (preset) {
    case Preset::Last15Minutes:
        return {now - 15min, now};
    case Preset::LastHour:
        return {now - 1h, now};
    case Preset::LastDay:
        return {now - 24h, now};
    case Preset::LastWeek:
        return {now - 7 * 24h, now};
    case Preset::LastMonth:
        return {now - 30 * 24h, now};
    case Preset::All:
        return {};
    case Preset::Custom:
        return custom;
    }
    return {};
}

QString TimeChoice::label() const
{
    switch (preset) {
    case Preset::Last15Minutes:
        return tr("Last 15 minutes");
    case Preset::LastHour:
        return tr("Last hour");
    case Preset::LastDay:
        return tr("Last 24 hours");
    case Preset::LastWeek:
        return tr("Last 7 days");
    case Preset::LastMonth:
        return tr("Last 30 days");
    case Preset::All:
        return tr("All time");
    case Preset::Custom:
        break;
    }
    if (custom.since && custom.until)
        return dateOf(*custom.since) + QStringLiteral(" – ") + dateOf(*custom.until);
    if (custom.since)
        return tr("since %1").arg(dateOf(*custom.since));
    return custom.until ? tr("until %1").arg(dateOf(*custom.until)) : tr("All time");
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
        return tr("Workflow");
    case Dimension::User:
        return tr("User");
    case Dimension::Feature:
        return tr("Feature");
    case Dimension::Model:
        return tr("Model");
    case Dimension::Provider:
        return tr("Provider");
    case Dimension::Session:
        return tr("Session");
    case Dimension::Endpoint:
        return tr("Endpoint");
    case Dimension::Status:
        return tr("Status");
    case Dimension::Cache:
        return tr("Cache");
    case Dimension::Tier:
        return tr("Tier");
    case Dimension::Client:
        return tr("Client");
    case Dimension::Day:
        return tr("Day");
    case Dimension::Hour:
        return tr("Hour");
    }
    return {};
}

QString valueText(const QString &value)
{
    return value.isEmpty() ? tr("(none)") : value;
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
