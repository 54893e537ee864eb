// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/JobRunner.h"

#include "ui/bridge/EmptyStore.h"

#include <QCoreApplication>

namespace farthing {

/// Lives on the worker thread, but for the flag.
struct JobRunner::Worker
{
    Open open;
    std::unique_ptr<QueryService> store;
    std::atomic<bool> stopping{false};

    Result<QueryService *> ready()
    {
        // A store without a file is asked for again before each job: the proxy makes it with its first event.
        if (!store || dynamic_cast<EmptyStore *>(store.get()) != nullptr) {
            auto opened = open();
            if (!opened)
                return opened.error();
            store = *std::move(opened);
        }
        return store.get();
    }
};

JobRunner::JobRunner(Open open, QObject *parent)
    : QObject(parent)
    , m_worker(std::make_shared<Worker>())
    , m_context(new QObject)
{
    m_worker->open = std::move(open);
    m_thread.setObjectName("store");
    m_context->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_context, &QObject::deleteLater);
    m_thread.start();
}

JobRunner::~JobRunner()
{
    m_worker->stopping = true;
    m_thread.quit();
    m_thread.wait();
    m_worker->store.reset();
}

JobRunner::Open JobRunner::forDatabase(const std::filesystem::path &database)
{
    return [database]() -> Result<std::unique_ptr<QueryService>> {
        std::error_code ignored;
        if (!std::filesystem::exists(database, ignored))
            return std::unique_ptr<QueryService>(std::make_unique<EmptyStore>());
        return QueryService::open(database);
    };
}

void JobRunner::post(std::function<void(const Result<QueryService *> &)> job)
{
    QMetaObject::invokeMethod(
        m_context,
        [worker = m_worker, job = std::move(job)] {
            if (!worker->stopping)
                job(worker->ready());
        },
        Qt::QueuedConnection);
}

JobChannel::JobChannel(JobRunner &runner, QObject *parent)
    : QObject(parent)
    , m_runner(&runner)
{}

JobChannel::~JobChannel()
{
    cancel();
}

void JobChannel::cancel()
{
    if (m_latest.cancel)
        *m_latest.cancel = true;
    ++m_latest.id;
    if (m_busy) {
        m_busy = false;
        emit busyChanged(false);
    }
}

JobChannel::Job JobChannel::begin()
{
    if (m_latest.cancel)
        *m_latest.cancel = true;
    m_latest = {m_latest.id + 1, std::make_shared<Cancel>(false)};
    if (!m_busy) {
        m_busy = true;
        emit busyChanged(true);
    }
    return m_latest;
}

bool JobChannel::finish(quint64 id)
{
    if (id != m_latest.id)
        return false;
    m_busy = false;
    emit busyChanged(false);
    return true;
}

void JobChannel::post(std::function<void(const Result<QueryService *> &)> run)
{
    if (m_runner)
        m_runner->post(std::move(run));
}

QObject *JobChannel::application()
{
    return QCoreApplication::instance();
}

} // namespace farthing
