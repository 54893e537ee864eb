// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/QueryService.h"

#include <QObject>
#include <QPointer>
#include <QThread>

#include <functional>
#include <memory>

namespace farthing {

/// A worker thread with its own connection to the store. Jobs run there one after another; the GUI thread
/// only hands them out (through a JobChannel) and takes whole results.
class JobRunner : public QObject
{
    Q_OBJECT

public:
    using Open = std::function<Result<std::unique_ptr<QueryService>>()>;

    /// `open` is called on the worker thread, before the first job and again after it has failed.
    explicit JobRunner(Open open, QObject *parent = nullptr);
    /// Waits for the job under way; those not begun are dropped.
    ~JobRunner() override;

    /// How a store is opened that the proxy may not have made yet: until the file exists, one without events.
    static Open forDatabase(const std::filesystem::path &database);

private:
    friend class JobChannel;
    struct Worker;

    void post(std::function<void(const Result<QueryService *> &)> job);

    QThread m_thread;
    std::shared_ptr<Worker> m_worker;
    QObject *m_context;
};

/// One consumer's line to a runner, for one kind of result: a new job makes those before it stale. A stale
/// job is cancelled where it stands, and its result never arrives.
class JobChannel : public QObject
{
    Q_OBJECT

public:
    JobChannel(JobRunner &runner, QObject *parent);
    ~JobChannel() override;

    using Cancel = QueryService::Cancel;

    /// `work` runs on the worker thread and must hold everything it needs by value; `done` runs here.
    template <class T>
    void run(std::function<Result<T>(QueryService &, const Cancel &)> work,
             std::function<void(Result<T>)> done)
    {
        const Job job = begin();
        const QPointer<JobChannel> self(this);
        post([self, job, work = std::move(work),
              done = std::move(done)](const Result<QueryService *> &store) {
            if (job.cancel->load())
                return;
            auto result =
                std::make_shared<Result<T>>(store ? work(**store, *job.cancel) : Result<T>(store.error()));
            QMetaObject::invokeMethod(
                application(),
                [self, job, result, done] {
                    if (self && self->finish(job.id))
                        done(std::move(*result));
                },
                Qt::QueuedConnection);
        });
    }

    /// Makes the job under way stale.
    void cancel();
    [[nodiscard]] bool busy() const { return m_busy; }

signals:
    void busyChanged(bool busy);

private:
    struct Job
    {
        quint64 id = 0;
        std::shared_ptr<Cancel> cancel;
    };
    Job begin();
    /// False where a later job has made this one stale.
    bool finish(quint64 id);
    void post(std::function<void(const Result<QueryService *> &)> run);
    static QObject *application();

    QPointer<JobRunner> m_runner;
    Job m_latest;
    bool m_busy = false;
};

} // namespace farthing
