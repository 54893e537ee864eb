// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/Filter.h"

#include <QObject>
#include <QString>

namespace farthing {

/// A stretch of time as the user chose it. Those of a fixed length end now.
struct TimeChoice
{
    enum class Preset { Last15Minutes, LastHour, LastDay, LastWeek, LastMonth, All, Custom };

    Preset preset = Preset::LastDay;
    TimeRange custom; ///< for Custom

    bool operator==(const TimeChoice &) const = default;
    [[nodiscard]] TimeRange resolve(Timestamp now) const;
    [[nodiscard]] QString label() const;
    /// How long it is; nothing where it has no fixed length, and so does not move with the clock.
    [[nodiscard]] std::optional<Micros> length() const;
    static QList<Preset> presets(); ///< those with a fixed length, and All
};

/// What the filter bar says: the one filter that every page follows.
class FilterState : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    [[nodiscard]] const TimeChoice &time() const { return m_time; }
    void setTime(const TimeChoice &time);

    [[nodiscard]] const std::vector<DimensionFilter> &dimensions() const { return m_dimensions; }
    /// Null where this dimension is not filtered.
    [[nodiscard]] const DimensionFilter *find(Dimension dimension) const;
    /// Adds one value to those accepted.
    void accept(Dimension dimension, const QString &value);
    void set(const DimensionFilter &condition);
    /// Asks for this as well as for what is asked already, as farthingctl takes several --filter.
    void narrow(const DimensionFilter &condition);
    void clear(Dimension dimension);
    void clearAll();

    /// The filter as a query takes it, with the moving ends of time fixed.
    [[nodiscard]] EventFilter resolve(Timestamp now) const;

signals:
    void changed();

private:
    TimeChoice m_time;
    std::vector<DimensionFilter> m_dimensions;
};

/// "Workflow", "Model" …
QString titleOf(Dimension dimension);
/// A value of a dimension as a person reads it: what is empty is called "(none)".
QString valueText(const QString &value);
/// Whether an event passes; what a store's query does with rows, for events already here.
bool accepts(const EventFilter &filter, const struct CostEvent &event);

} // namespace farthing
