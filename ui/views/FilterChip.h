// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/Filter.h"

#include <QWidget>

#include <optional>

class QPushButton;

namespace farthing {

/// One dimension of the filter: a button that says what is accepted and asks for another value, and one that
/// takes the condition away.
class FilterChip : public QWidget
{
    Q_OBJECT

public:
    FilterChip(Dimension dimension, QWidget *parent);

    [[nodiscard]] Dimension dimension() const { return m_dimension; }
    /// Null: everything is accepted.
    void setCondition(const DimensionFilter *condition);
    /// How many characters of the values are shown before they are cut off.
    void setLongest(int characters);
    /// The buttons, in the order of the tab key.
    [[nodiscard]] QList<QWidget *> tabStops() const;

signals:
    void pickRequested();
    void removeRequested();

private:
    void refresh();

    Dimension m_dimension;
    std::optional<DimensionFilter> m_condition;
    int m_longest = 28;
    QPushButton *m_button;
    QPushButton *m_remove;
};

} // namespace farthing
