// SPDX-License-Identifier: GPL-3.0-or-later
#include "integration/proxy/FarthingdProcess.h"

#include "core/store/QueryService.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QThread>

namespace farthing {

FarthingdProcess::FarthingdProcess() = default;

FarthingdProcess::~FarthingdProcess()
{
    if (m_process)
        kill();
}

DataDir FarthingdProcess::dir() const
{
    return DataDir::resolve(std::filesystem::path(m_folder.path().toStdString()));
}

void FarthingdProcess::writeConfig(const QByteArray &json)
{
    QFile file(QString::fromStdString(dir().config().string()));
    if (!file.open(QIODevice::WriteOnly) || file.write(json) != json.size())
        qFatal("farthing.json cannot be written");
}

bool FarthingdProcess::start(const QString &listen)
{
    const QString serving = QString::fromStdString(dir().serving().string());
    QFile::remove(serving);
    m_process = std::make_unique<QProcess>();
    m_process->setProcessChannelMode(QProcess::MergedChannels);
    m_process->setStandardOutputFile(m_folder.filePath("log"), QIODevice::Append);
    m_process->start(QStringLiteral(FARTHING_BIN_DIR "/farthingd"),
                     {"--data-dir", m_folder.path(), "--listen", listen});
    QElapsedTimer timer;
    for (timer.start(); timer.elapsed() < 10'000 && m_process->state() != QProcess::NotRunning;
         QThread::msleep(5)) {
        m_process->waitForFinished(1);
        QFile file(serving);
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const QString bound = QJsonDocument::fromJson(file.readAll()).object().value("listen").toString();
        m_port = bound.section(':', -1).toInt();
        return m_port != 0;
    }
    return false;
}

void FarthingdProcess::kill()
{
    m_process->kill();
    m_process->waitForFinished();
    m_process.reset();
}

bool FarthingdProcess::stop()
{
    m_process->terminate();
    const bool ended = m_process->waitForFinished(40'000) &&
                       m_process->exitStatus() == QProcess::NormalExit && m_process->exitCode() == 0;
    m_process.reset();
    return ended;
}

qint64 FarthingdProcess::memory(const char *field) const
{
    QFile file("/proc/" + QString::number(m_process->processId()) + "/status");
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray &line : file.readAll().split('\n'))
        if (line.startsWith(field))
            return line.simplified().split(' ').value(1).toLongLong() * 1024;
    return 0;
}

QByteArray FarthingdProcess::log()
{
    QFile file(m_folder.filePath("log"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

std::vector<CostEvent> FarthingdProcess::events() const
{
    std::vector<CostEvent> all;
    auto queries = QueryService::open(dir().database());
    if (!queries)
        qFatal("%s", queries.error().toString().c_str());
    const auto done = (*queries)->forEach(
        {},
        [&all](const CostEvent &event) {
            all.push_back(event);
            return true;
        },
        nullptr);
    if (!done)
        qFatal("%s", done.error().toString().c_str());
    return all;
}

} // namespace farthing
