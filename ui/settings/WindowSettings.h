// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/Filter.h"
#include "ui/models/FilterState.h"

#include <QByteArray>
#include <QSettings>
#include <QString>

namespace farthing {

/// What the window remembers from one run to the next. A file that cannot be read counts as empty.
class WindowSettings
{
public:
    explicit WindowSettings(const QString &path)
        : m_settings(path, QSettings::IniFormat)
    {}

    [[nodiscard]] QByteArray geometry() const { return m_settings.value("window/geometry").toByteArray(); }
    void setGeometry(const QByteArray &geometry) { m_settings.setValue("window/geometry", geometry); }

    /// Empty before the first run.
    [[nodiscard]] QString page() const { return m_settings.value("window/page").toString(); }
    void setPage(const QString &page) { m_settings.setValue("window/page", page); }

    [[nodiscard]] Dimension breakdownBy() const;
    void setBreakdownBy(Dimension dimension);

    [[nodiscard]] TimeChoice time() const;
    void setTime(const TimeChoice &time);

private:
    QSettings m_settings;
};

} // namespace farthing
