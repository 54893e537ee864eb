// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/JobRunner.h"
#include "ui/models/FilterState.h"

#include <QFrame>

class QHBoxLayout;
class QMenu;
class QPushButton;

namespace farthing {

class FilterChip;

/// The line above every page: how long back, of what, and where to take it.
class FilterBar : public QFrame
{
    Q_OBJECT

public:
    FilterBar(FilterState &filter, JobRunner &runner, QWidget *parent = nullptr);

    /// What the page in view can export.
    void setExports(const QList<QAction *> &actions);
    void openTimeMenu();
    void openExportMenu();
    /// Asks for a value of a dimension to filter by.
    void pick(Dimension dimension);

private:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    /// Brings what is shown in line with the filter.
    void refresh();
    FilterChip *chipFor(Dimension dimension);
    void orderTabs();
    /// Long values are cut off earlier where there is little room.
    void fit();
    void fillTimeMenu();
    void fillMoreMenu();
    void chooseDates();

    FilterState &m_filter;
    JobRunner &m_runner;
    QPushButton *m_time;
    QMenu *m_timeMenu;
    QHBoxLayout *m_row;
    QList<FilterChip *> m_chips; ///< those always offered first
    QPushButton *m_more;
    QPushButton *m_clear;
    QPushButton *m_export;
    QMenu *m_exportMenu;
};

} // namespace farthing
