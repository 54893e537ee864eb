// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/CsvExport.h"

#include "core/store/EventExport.h"

#include <QSaveFile>

namespace farthing {

namespace {

constexpr qint64 beforeAnEstimateMs = 1000;

Result<void> writeEvents(QueryService &store, const EventFilter &filter, const QString &path,
                         const JobChannel::Cancel &cancel, CsvExport::Progress &progress)
{
    QSaveFile file(path);
    const auto failure = [&] { return Error{file.errorString().toStdString(), path.toStdString()}; };
    if (!file.open(QIODevice::WriteOnly))
        return failure();
    bool good = true;
    const EventExport run{.filter = filter,
                          .write =
                              [&](std::string_view text) {
                                  good = file.write(text.data(), qint64(text.size())) == qint64(text.size());
                                  return good;
                              },
                          .progress =
                              [&](std::uint64_t events, std::uint64_t of) {
                                  progress.of = qint64(of);
                                  progress.events = qint64(events);
                              }};
    const auto read = run.run(store, &cancel);
    if (!read)
        return read.error();
    if (cancel)
        return Error{"cancelled"};
    if (!good || !file.commit())
        return failure();
    progress.events = qint64(read->events);
    return {};
}

} // namespace

CsvExport::CsvExport(std::filesystem::path database, EventFilter filter, QString path, QObject *parent)
    : QObject(parent)
    , m_runner(JobRunner::forDatabase(database))
    , m_jobs(m_runner, nullptr)
    , m_filter(std::move(filter))
    , m_path(std::move(path))
{
    connect(&m_ticks, &QTimer::timeout, this, &CsvExport::tellProgress);
}

CsvExport::~CsvExport()
{
    *m_cancelled = true;
}

void CsvExport::tellProgress()
{
    const qint64 events = m_progress->events;
    const qint64 of = m_progress->of;
    const qint64 tookMs = m_since.elapsed();
    const bool known = events > 0 && of >= events && tookMs >= beforeAnEstimateMs;
    const double perEvent = double(tookMs) * 1000 / double(std::max<qint64>(events, 1));
    emit progressed(events, of, known ? qint64(perEvent * double(of - events)) : -1);
}

void CsvExport::start()
{
    m_since.start();
    m_ticks.start(200);
    m_jobs.run<qint64>(
        [filter = m_filter, path = m_path, cancelled = m_cancelled,
         progress = m_progress](QueryService &store, const JobChannel::Cancel &) {
            const auto done = writeEvents(store, filter, path, *cancelled, *progress);
            return done ? Result<qint64>(progress->events.load()) : done.error();
        },
        [this](Result<qint64> done) {
            m_ticks.stop();
            emit finished(done ? *done : 0, done           ? QString()
                                            : *m_cancelled ? tr("cancelled")
                                                           : QString::fromStdString(done.error().toString()));
        });
}

void CsvExport::cancel()
{
    *m_cancelled = true;
}

} // namespace farthing
