// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QButtonGroup>
#include <QWidget>

namespace farthing {

/// One of a few, side by side; the arrow keys move between them.
class SegmentedControl : public QWidget
{
    Q_OBJECT

public:
    SegmentedControl(const QString &accessibleName, const QStringList &choices, QWidget *parent = nullptr);

    [[nodiscard]] int current() const { return m_group.checkedId(); }
    /// Does not emit chosen().
    void setCurrent(int index);

signals:
    void chosen(int index);

private:
    QButtonGroup m_group;
    bool m_setting = false;
};

} // namespace farthing
