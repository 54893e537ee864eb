// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/DataDir.h"

#include <QAction>
#include <QWidget>

namespace farthing {

class FilterState;
class JobRunner;
class ProxySupervisor;
class SampleDay;
class StoreWatch;

/// What a page may use; all of it outlives every page.
struct PageContext
{
    DataDir dataDir;
    FilterState &filter;
    JobRunner &queries; ///< questions that may take seconds
    JobRunner &live;    ///< those that may not: what is new, single calls, values to choose from
    StoreWatch &store;
    ProxySupervisor &proxy;
    SampleDay &sampleDay;
};

/// One page of the window. It does nothing while it is out of view.
class Page : public QWidget
{
    Q_OBJECT

public:
    using QWidget::QWidget;

    /// In view, or not any more. The filter may have changed in between.
    virtual void setActive(bool active) = 0;
    /// Asks for everything again.
    virtual void refresh() {}
    /// Whether the filter bar means anything here.
    [[nodiscard]] virtual bool isFiltered() const { return true; }
    /// Where the keyboard goes when the page is turned to. (A focus proxy would change the order of tabs.)
    [[nodiscard]] virtual QWidget *firstFocus() = 0;
    /// What the Export menu offers while this page is in view.
    [[nodiscard]] virtual QList<QAction *> exports() const { return {}; }

signals:
    /// The calls that the filter now leaves are to be shown.
    void callsRequested();
    void breakdownRequested();
    void connectRequested();
};

} // namespace farthing
