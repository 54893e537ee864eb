// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/Filter.h"
#include "ui/bridge/JobRunner.h"

#include <QElapsedTimer>
#include <QTimer>

namespace farthing {

/// Writes the events of a filter to a CSV file, the same bytes as `farthingctl export events`, on a worker of
/// its own and with constant memory. The file appears whole, or not at all.
class CsvExport : public QObject
{
    Q_OBJECT

public:
    struct Progress
    {
        std::atomic<qint64> events = 0; ///< written
        std::atomic<qint64> of = 0;     ///< 0 until they are counted
    };

    CsvExport(std::filesystem::path database, EventFilter filter, QString path, QObject *parent);
    ~CsvExport() override;

    void start();
    /// finished() follows as soon as the worker has stopped; where the file was already whole, with success.
    void cancel();
    [[nodiscard]] qint64 written() const { return m_progress->events; }

signals:
    /// Some times a second; `of` is 0 until the events are counted, `leftUs` -1 until anybody can tell.
    void progressed(qint64 events, qint64 of, qint64 leftUs);
    /// `error` is empty where the file is there.
    void finished(qint64 events, const QString &error);

private:
    void tellProgress();

    JobRunner m_runner;
    JobChannel m_jobs;
    EventFilter m_filter;
    QString m_path;
    QTimer m_ticks;
    QElapsedTimer m_since;
    std::shared_ptr<JobChannel::Cancel> m_cancelled = std::make_shared<JobChannel::Cancel>(false);
    std::shared_ptr<Progress> m_progress = std::make_shared<Progress>();
};

} // namespace farthing
