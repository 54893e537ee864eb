// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/Filter.h"

#include <QDialog>

class QDateTimeEdit;
class QPushButton;

namespace farthing {

/// Asks for two moments in local time.
class DateRangeDialog : public QDialog
{
    Q_OBJECT

public:
    /// Open ends are offered as a week ago and now.
    DateRangeDialog(const TimeRange &range, QWidget *parent);
    [[nodiscard]] TimeRange range() const;

private:
    void check();

    QDateTimeEdit *m_since;
    QDateTimeEdit *m_until;
    QPushButton *m_use;
};

} // namespace farthing
