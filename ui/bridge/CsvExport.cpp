// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/CsvExport.h"

#include "core/model/EventCsv.h"

#include <QSaveFile>

namespace farthing {

namespace {

constexpr std::size_t flushBytes = 1 << 18;

Result<void> writeEvents(QueryService &store, const EventFilter &filter, const QString &path,
                         const JobChannel::Cancel &cancel, std::atomic<qint64> &written)
{
    QSaveFile file(path);
    const auto failure = [&] { return Error{file.errorString().toStdString(), path.toStdString()}; };
    if (!file.open(QIODevice::WriteOnly))
        return failure();
    std::string text;
    appendCsvHeader(text);
    const auto flush = [&] {
        const bool all = file.write(text.data(), qint64(text.size())) == qint64(text.size());
        text.clear();
        return all;
    };
    bool good = true;
    const auto read = store.forEach(
        filter,
        [&](const CostEvent &event) {
            appendCsvRow(text, event);
            written.fetch_add(1, std::memory_order_relaxed);
            good = text.size() < flushBytes || flush();
            return good;
        },
        &cancel);
    if (!read)
        return read.error();
    if (cancel)
        return Error{"cancelled"};
    if (!good || !flush() || !file.commit())
        return failure();
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
    connect(&m_ticks, &QTimer::timeout, this, [this] { emit progressed(written()); });
}

CsvExport::~CsvExport()
{
    *m_cancelled = true;
}

void CsvExport::start()
{
    m_ticks.start(200);
    m_jobs.run<qint64>(
        [filter = m_filter, path = m_path, cancelled = m_cancelled,
         written = m_written](QueryService &store, const JobChannel::Cancel &) {
            const auto done = writeEvents(store, filter, path, *cancelled, *written);
            return done ? Result<qint64>(written->load()) : done.error();
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
