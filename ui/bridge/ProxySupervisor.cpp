// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/ProxySupervisor.h"

#include "ui/bridge/Programs.h"

#include <QDateTime>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QProcess>
#include <QThread>

#include <csignal>

namespace farthing {

namespace {

constexpr qint64 rateWindowMs = 10'000;
constexpr qint64 healthyAfterMs = 60'000; ///< serving so long makes the pauses short again
constexpr int answerTimeoutMs = 2'000;
constexpr int unansweredBeforeDown = 3;

qint64 nowMs()
{
    return QDateTime::currentMSecsSinceEpoch();
}

QString startErrorLog(const DataDir &dir)
{
    return QString::fromStdString(dir.log().string()) + ".start";
}

} // namespace

ProxySupervisor::ProxySupervisor(Options options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_pauseMs(m_options.firstPauseMs)
{
    m_network.setProxy(QNetworkProxy::NoProxy);
    m_restart.setSingleShot(true);
    connect(&m_poll, &QTimer::timeout, this, &ProxySupervisor::look);
    connect(&m_restart, &QTimer::timeout, this, &ProxySupervisor::launch);
}

ProxySupervisor::~ProxySupervisor()
{
    stop(0);
}

void ProxySupervisor::start()
{
    setState(State::Starting, {});
    m_poll.start(m_options.pollMs);
    look();
}

void ProxySupervisor::restartNow()
{
    if (m_state != State::Down)
        return;
    m_pauseMs = m_options.firstPauseMs;
    launch();
}

void ProxySupervisor::stop(int atMostMs)
{
    m_poll.stop();
    m_restart.stop();
    if (m_reply)
        m_reply->abort();
    if (!ownIsAlive())
        return;
    ::kill(static_cast<pid_t>(m_started), SIGTERM);
    QElapsedTimer waiting;
    waiting.start();
    while (ownIsAlive() && waiting.elapsed() < atMostMs)
        QThread::msleep(10);
    m_started = 0;
}

int ProxySupervisor::secondsToRestart() const
{
    return m_restart.isActive() ? (m_restart.remainingTime() + 999) / 1000 : -1;
}

QString ProxySupervisor::address() const
{
    if (m_health)
        return m_health->listen;
    return m_options.listen.isEmpty() ? QStringLiteral("127.0.0.1:4141") : m_options.listen;
}

double ProxySupervisor::requestsPerSecond() const
{
    if (m_samples.size() < 2 || m_samples.last().atMs == m_samples.first().atMs)
        return 0;
    return 1000.0 * static_cast<double>(m_samples.last().requests - m_samples.first().requests) /
           static_cast<double>(m_samples.last().atMs - m_samples.first().atMs);
}

void ProxySupervisor::look()
{
    if (m_state == State::Down) {
        emit changed(); // the countdown
        // Somebody else may have started one in the meantime.
        if (const auto serving =
                readServingFile(QString::fromStdString(m_options.dataDir.serving().string())))
            ask(*serving);
        return;
    }
    if (const auto serving = readServingFile(QString::fromStdString(m_options.dataDir.serving().string())))
        ask(*serving);
    else
        noAnswer(tr("it does not serve yet"));
}

void ProxySupervisor::ask(const ServingFile &serving)
{
    if (m_reply)
        return;
    QNetworkRequest request(QUrl("http://" + serving.listen + "/farthing/v1/health"));
    request.setTransferTimeout(answerTimeoutMs);
    m_reply = m_network.get(request);
    connect(m_reply, &QNetworkReply::finished, this,
            [this, reply = m_reply.data(), pid = serving.pid] { answered(reply, pid); });
}

void ProxySupervisor::answered(QNetworkReply *reply, qint64 servingPid)
{
    reply->deleteLater();
    m_reply.clear();
    if (!m_poll.isActive())
        return;
    auto health =
        reply->error() == QNetworkReply::NoError ? parseProxyHealth(reply->readAll()) : std::nullopt;
    // Another data directory's proxy may have taken the port of one that died and left its file.
    if (health && health->pid != servingPid)
        health.reset();
    if (!health) {
        if (m_state != State::Down)
            noAnswer(reply->error() == QNetworkReply::NoError
                         ? tr("another program answers in its place")
                         : tr("it does not answer: %1").arg(reply->errorString()));
        return;
    }
    const qint64 now = nowMs();
    if (m_state != State::Serving) {
        m_servingSinceMs = now;
        m_samples.clear();
        m_restart.stop();
        if (health->pid != m_started)
            m_started = 0; // somebody else's: adopted
    }
    if (now - m_servingSinceMs > healthyAfterMs)
        m_pauseMs = m_options.firstPauseMs;
    if (!m_samples.isEmpty() && m_samples.last().requests > health->requests)
        m_samples.clear();
    m_samples.append({now, health->requests});
    while (m_samples.size() > 2 && now - m_samples.at(1).atMs > rateWindowMs)
        m_samples.removeFirst();
    m_unanswered = 0;
    m_health = std::move(health);
    m_state = State::Serving;
    m_reason = m_health->trouble();
    emit changed();
}

void ProxySupervisor::noAnswer(const QString &why)
{
    if (m_started != 0 && !ownIsAlive()) {
        m_started = 0;
        const QString line = lastLogLine();
        fail(line.isEmpty() ? tr("farthingd ended") : line);
        return;
    }
    if (m_state == State::Starting && m_started == 0) {
        launch();
        return;
    }
    if (++m_unanswered < (m_state == State::Serving ? unansweredBeforeDown : 10 * unansweredBeforeDown))
        return;
    if (m_started != 0)
        setState(State::Starting, why); // alive but silent: it may be busy, and must not be there twice
    else
        fail(why);
}

void ProxySupervisor::launch()
{
    const QString program =
        m_options.program.isEmpty() ? programBesideOrInPath("farthingd") : m_options.program;
    if (program.isEmpty() || !QFileInfo(program).isExecutable()) {
        fail(tr("farthingd was found neither beside this program nor in PATH"));
        return;
    }
    if (auto created = m_options.dataDir.create(); !created) {
        fail(QString::fromStdString(created.error().toString()));
        return;
    }
    QStringList arguments = {"--log-file", QString::fromStdString(m_options.dataDir.log().string())};
    if (const auto folder = m_options.dataDir.folder())
        arguments += {"--data-dir", QString::fromStdString(folder->string())};
    if (!m_options.listen.isEmpty())
        arguments += {"--listen", m_options.listen};
    QFile errors(startErrorLog(m_options.dataDir));
    errors.remove();
    std::ignore = errors.open(QIODevice::WriteOnly, QFile::ReadOwner | QFile::WriteOwner);
    errors.close();
    QProcess process;
    process.setProgram(program);
    process.setArguments(arguments);
    process.setWorkingDirectory(QDir::rootPath());
    process.setStandardInputFile(QProcess::nullDevice());
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setStandardErrorFile(errors.fileName());
    m_unanswered = 0;
    if (!process.startDetached(&m_started)) {
        m_started = 0;
        fail(tr("%1 cannot be started: %2").arg(program, process.errorString()));
        return;
    }
    setState(State::Starting, {});
    QTimer::singleShot(150, this, [this] {
        if (m_poll.isActive() && m_state == State::Starting)
            look();
    });
}

void ProxySupervisor::fail(const QString &reason)
{
    m_restart.start(m_pauseMs);
    m_pauseMs = std::min(m_pauseMs * 2, m_options.longestPauseMs);
    setState(State::Down, reason);
}

void ProxySupervisor::setState(State state, const QString &reason)
{
    m_state = state;
    m_reason = reason;
    if (state != State::Serving) {
        m_health.reset();
        m_samples.clear();
    }
    emit changed();
}

bool ProxySupervisor::ownIsAlive() const
{
    return m_started > 0 && ::kill(static_cast<pid_t>(m_started), 0) == 0;
}

QString ProxySupervisor::lastLogLine() const
{
    for (const QString &path :
         {startErrorLog(m_options.dataDir), QString::fromStdString(m_options.dataDir.log().string())}) {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            continue;
        file.seek(std::max<qint64>(0, file.size() - 4096));
        const QList<QByteArray> lines = file.readAll().trimmed().split('\n');
        if (lines.last().isEmpty())
            continue;
        // "2026-11-23T21:52:25.000+0000 error what happened"
        const QString line = QString::fromUtf8(lines.last());
        const qsizetype level = line.indexOf(QStringLiteral(" error "));
        return level < 0 ? line : line.mid(level + 7);
    }
    return {};
}

} // namespace farthing
