// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings/WindowSettings.h"

namespace farthing {

namespace {

std::optional<Timestamp> moment(const QVariant &value)
{
    const auto parsed = parseRfc3339(value.toString().toStdString());
    return parsed ? std::optional(*parsed) : std::nullopt;
}

QVariant stored(const std::optional<Timestamp> &time)
{
    return time ? QVariant(QString::fromStdString(formatRfc3339(*time))) : QVariant();
}

} // namespace

Dimension WindowSettings::breakdownBy() const
{
    return dimensionOf(m_settings.value("breakdown/by").toString().toStdString())
        .value_or(Dimension::Workflow);
}

void WindowSettings::setBreakdownBy(Dimension dimension)
{
    m_settings.setValue("breakdown/by", QString::fromUtf8(nameOf(dimension).data()));
}

TimeChoice WindowSettings::time() const
{
    TimeChoice time;
    const int preset = m_settings.value("time/preset", static_cast<int>(time.preset)).toInt();
    if (preset >= 0 && preset <= static_cast<int>(TimeChoice::Preset::Custom))
        time.preset = static_cast<TimeChoice::Preset>(preset);
    if (time.preset == TimeChoice::Preset::Custom)
        time.custom = {moment(m_settings.value("time/since")), moment(m_settings.value("time/until"))};
    return time;
}

void WindowSettings::setTime(const TimeChoice &time)
{
    m_settings.setValue("time/preset", static_cast<int>(time.preset));
    m_settings.setValue("time/since", stored(time.custom.since));
    m_settings.setValue("time/until", stored(time.custom.until));
}

} // namespace farthing
