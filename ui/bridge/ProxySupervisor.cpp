// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/ProxySupervisor.h"

#include "core/base/Files.h"
#include "core/config/AccessToken.h"
#include "core/config/Config.h"
#include "ui/bridge/Programs.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QProcess>

namespace farthing {

namespace {

constexpr qint64 rateWindowMs = 10'000;
constexpr qint64 healthyAfterMs = 60'000; ///< serving so long makes the pauses short again
constexpr int answerTimeoutMs = 2'000;
constexpr int unansweredBeforeDown = 3;

QString logOf(const DataDir &dir)
{
    return QString::fromStdString(dir.log().string());
}

/// What farthingd says on standard error: before it has a log, and when it breaks down.
QString errorLogOf(const DataDir &dir)
{
    return logOf(dir) + ".start";
}

struct LastLine
{
    QString text; ///< empty: nothing was written
    QDateTime written;
};

/// Of what a file holds beyond its first `from` bytes; a shorter file was begun anew since.
LastLine lastLineOf(const QString &path, qint64 from)
{
    constexpr qint64 atMost = 4096;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const qint64 begin = from <= file.size() ? from : 0;
    if (begin == file.size())
        return {};
    file.seek(std::max(begin, file.size() - atMost));
    return {QString::fromUtf8(file.readAll().trimmed().split('\n').last()), QFileInfo(file).lastModified()};
}

} // namespace

ProxySupervisor::ProxySupervisor(Options options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_pauseMs(m_options.firstPauseMs)
{
    m_clock.start();
    m_listen = listenAsTold();
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
    if (!m_own)
        return;
    m_own->askToEnd();
    std::ignore = m_own->endsWithin(std::chrono::milliseconds(atMostMs));
    m_own.reset();
}

bool ProxySupervisor::adopted() const
{
    return m_state == State::Serving && !(m_own && m_own->id() == m_health->pid);
}

int ProxySupervisor::secondsToRestart() const
{
    return m_restart.isActive() ? (m_restart.remainingTime() + 999) / 1000 : -1;
}

QString ProxySupervisor::listenAsTold() const
{
    if (!m_options.listen.isEmpty())
        return m_options.listen;
    const auto config = loadConfig(m_options.dataDir.config());
    return QString::fromStdString(config ? config->listen : defaultConfig().listen);
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
    else if (!m_own && FileLock::isHeld(m_options.dataDir.lock())) // its disk is full, perhaps
        ask({0, listenAsTold()});
    else
        noAnswer(tr("it does not serve yet"));
}

void ProxySupervisor::ask(const ServingFile &serving)
{
    if (m_reply)
        return;
    QNetworkRequest request(QUrl("http://" + addressForClients(serving.listen) + "/farthing/v1/health"));
    request.setTransferTimeout(answerTimeoutMs);
    if (const auto token = AccessToken::load(m_options.dataDir.token()); token && *token)
        request.setRawHeader("X-Farthing-Token", QByteArray::fromStdString((*token)->text()));
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
    if (health && servingPid != 0 && health->pid != servingPid)
        health.reset();
    if (!health) {
        if (m_state != State::Down)
            noAnswer(reply->error() == QNetworkReply::NoError
                         ? tr("another program answers in its place")
                         : tr("it does not answer: %1").arg(reply->errorString()));
        return;
    }
    if (m_own && !m_own->isAlive())
        m_own.reset(); // somebody else's answers
    const qint64 now = m_clock.elapsed();
    if (m_state != State::Serving || m_health->pid != health->pid) {
        m_servingSinceMs = now;
        m_samples.clear();
        m_restart.stop();
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
    m_troubles = m_health->troubles();
    m_reason.clear();
    emit changed();
}

void ProxySupervisor::noAnswer(const QString &why)
{
    if (m_own && !m_own->isAlive()) {
        m_own.reset();
        fail(whyOwnEnded());
        return;
    }
    if (m_state == State::Starting && !m_own) {
        launch();
        return;
    }
    if (++m_unanswered < (m_state == State::Serving ? unansweredBeforeDown : 10 * unansweredBeforeDown))
        return;
    if (m_own)
        setState(State::Starting, why); // alive but silent: it may be busy, and must not be there twice
    else
        fail(why);
}

void ProxySupervisor::launch()
{
    m_restart.stop();
    if (m_own && m_own->isAlive())
        return;
    m_listen = listenAsTold();
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
    QStringList arguments = {"--log-file", logOf(m_options.dataDir)};
    if (const auto folder = m_options.dataDir.folder())
        arguments += {"--data-dir", QString::fromStdString(folder->string())};
    if (!m_options.listen.isEmpty())
        arguments += {"--listen", m_options.listen};
    QFile errors(errorLogOf(m_options.dataDir));
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
    m_logAtLaunch = QFileInfo(logOf(m_options.dataDir)).size();
    qint64 id = 0;
    if (!process.startDetached(&id)) {
        fail(tr("%1 cannot be started: %2").arg(program, process.errorString()));
        return;
    }
    auto own = Process::open(id);
    if (!own) {
        fail(whyOwnEnded());
        return;
    }
    m_own = *std::move(own);
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
        m_troubles.clear();
        m_samples.clear();
    }
    emit changed();
}

QString ProxySupervisor::whyOwnEnded() const
{
    const LastLine logged = lastLineOf(logOf(m_options.dataDir), m_logAtLaunch);
    const LastLine onError = lastLineOf(errorLogOf(m_options.dataDir), 0);
    // "2026-11-23T21:52:25.000+0000 error what happened"; lines of other levels tell no reason.
    const bool isError = logged.text.section(' ', 1, 1) == QStringLiteral("error");
    if (isError && (onError.text.isEmpty() || logged.written >= onError.written))
        return logged.text.section(' ', 2);
    if (!onError.text.isEmpty() && (logged.text.isEmpty() || onError.written >= logged.written))
        return onError.text;
    return tr("farthingd ended");
}

} // namespace farthing
