// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/StoreWatch.h"

namespace farthing {

namespace {

std::int64_t contentOf(const std::optional<Result<StoreSummary>> &summary)
{
    return summary && *summary ? (*summary)->sequence : -1;
}

} // namespace

StoreWatch::StoreWatch(JobRunner &runner, QObject *parent, int everyMs)
    : QObject(parent)
    , m_jobs(runner, this)
{
    connect(&m_timer, &QTimer::timeout, this, &StoreWatch::ask);
    m_timer.start(everyMs);
    ask();
}

void StoreWatch::ask()
{
    if (m_jobs.busy())
        return;
    m_jobs.run<StoreSummary>([](QueryService &store, const auto &) { return store.summary(); },
                             [this](Result<StoreSummary> summary) {
                                 const auto before = contentOf(m_summary);
                                 const bool first = !m_summary;
                                 m_summary = std::move(summary);
                                 emit answered(*m_summary);
                                 if (first || contentOf(m_summary) != before)
                                     emit eventsChanged();
                             });
}

} // namespace farthing
