// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/JobRunner.h"

#include <QTimer>

#include <optional>

namespace farthing {

/// Asks the store once a second how much it holds.
class StoreWatch : public QObject
{
    Q_OBJECT

public:
    explicit StoreWatch(JobRunner &runner, QObject *parent = nullptr, int everyMs = 1000);

    /// The last answer; nothing before the first.
    [[nodiscard]] const std::optional<Result<StoreSummary>> &summary() const { return m_summary; }
    [[nodiscard]] bool isEmpty() const { return m_summary && *m_summary && (*m_summary)->events == 0; }

signals:
    /// Every answer, the same as the one before too: "written 3 s ago" grows old.
    void answered(const Result<StoreSummary> &summary);
    /// There are other events than at the last answer, or they have changed, as when they are repriced; or
    /// this is the first.
    void eventsChanged();

private:
    void ask();

    JobChannel m_jobs;
    QTimer m_timer;
    std::optional<Result<StoreSummary>> m_summary;
};

} // namespace farthing
