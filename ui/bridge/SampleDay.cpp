// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/SampleDay.h"

#include "core/base/Process.h"
#include "ui/bridge/Programs.h"
#include "ui/bridge/ProxySupervisor.h"

#include <QDeadlineTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

namespace farthing {

namespace {

constexpr int patienceMs = 15'000;
constexpr int graceMs = 1'000; ///< for a process to end by itself
/// A day in about half a minute: calls are seen to come in, and nobody waits for a day.
const QStringList serveArguments = {"serve", "--listen", "127.0.0.1:0", "--latency-scale", "0.25"};
const QStringList replayArguments = {"replay",        "--sample-day", "--speed",   "max",
                                     "--concurrency", "32",           "--progress"};

/// What it said last on standard error, otherwise what is known of its end.
QString whyItEnded(QProcess &process)
{
    const QString said = QString::fromUtf8(process.readAllStandardError()).trimmed().section('\n', -1);
    if (!said.isEmpty())
        return said.right(200);
    return process.error() == QProcess::UnknownError
               ? SampleDay::tr("farthing-sim ended with %1").arg(process.exitCode())
               : SampleDay::tr("farthing-sim: %1").arg(process.errorString());
}

/// Without waiting: it is asked to end, made to when it does not, and deleted when it has.
void dismiss(const QPointer<QProcess> &process, const QObject *from)
{
    if (!process)
        return;
    process->disconnect(from);
    if (process->state() == QProcess::NotRunning) {
        process->deleteLater();
        return;
    }
    QObject::connect(process, &QProcess::stateChanged, process, [process](QProcess::ProcessState state) {
        if (state == QProcess::NotRunning)
            process->deleteLater();
    });
    QTimer::singleShot(graceMs, process, &QProcess::kill);
    process->terminate();
}

} // namespace

SampleDay::SampleDay(ProxySupervisor &proxy, QString program, QObject *parent)
    : QObject(parent)
    , m_proxy(proxy)
    , m_program(std::move(program))
    , m_upstreams(proxy.options().dataDir)
{
    m_patience.setSingleShot(true);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        end(Phase::Failed, tr("the proxy did not take over the simulated providers in time"));
    });
    connect(&proxy, &ProxySupervisor::changed, this, &SampleDay::waitForProxy);
    if (const auto removed = m_upstreams.remove(); !removed) {
        m_phase = Phase::Failed;
        m_reason = tr("what an earlier one left cannot be taken away: %1")
                       .arg(QString::fromStdString(removed.error().toString()));
    }
}

SampleDay::~SampleDay()
{
    if (running())
        end(Phase::Cancelled);
    const QDeadlineTimer deadline(graceMs);
    for (QProcess *const process : findChildren<QProcess *>())
        if (!process->waitForFinished(static_cast<int>(deadline.remainingTime()))) {
            process->kill();
            process->waitForFinished(graceMs);
        }
}

void SampleDay::start()
{
    if (running())
        return;
    m_done = m_total = m_failed = 0;
    m_began = m_ended = {};
    m_reason.clear();
    m_address.clear();
    if (m_program.isEmpty())
        m_program = programBesideOrInPath("farthing-sim");
    if (m_program.isEmpty()) {
        end(Phase::Failed, tr("farthing-sim was found neither beside this program nor in PATH"));
        return;
    }
    if (m_proxy.state() != ProxySupervisor::State::Serving) {
        end(Phase::Failed, tr("the proxy does not serve"));
        return;
    }
    m_phase = Phase::Preparing;
    m_patience.start(patienceMs);
    launch(m_simulator, serveArguments, &SampleDay::simulatorSpoke, &SampleDay::simulatorEnded);
    emit changed();
}

void SampleDay::cancel()
{
    if (running())
        end(Phase::Cancelled);
}

void SampleDay::launch(QPointer<QProcess> &process, const QStringList &arguments, Handler onOutput,
                       Handler onEnd)
{
    process = new QProcess(this);
    process->setChildProcessModifier(&Process::endWithParent);
    connect(process, &QProcess::readyReadStandardOutput, this, onOutput);
    connect(process, &QProcess::finished, this, onEnd);
    connect(process, &QProcess::errorOccurred, this, [this, onEnd](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) // which never finishes
            (this->*onEnd)();
    });
    process->start(m_program, arguments);
}

void SampleDay::simulatorSpoke()
{
    if (m_phase != Phase::Preparing || !m_address.isEmpty() || !m_simulator->canReadLine())
        return;
    m_address = QJsonDocument::fromJson(m_simulator->readLine()).object().value("listening").toString();
    if (m_address.isEmpty())
        end(Phase::Failed, tr("farthing-sim did not say where it listens"));
    else if (const auto added = m_upstreams.add(m_address); !added)
        end(Phase::Failed, QString::fromStdString(added.error().toString()));
}

void SampleDay::simulatorEnded()
{
    end(Phase::Failed, whyItEnded(*m_simulator));
}

void SampleDay::waitForProxy()
{
    if (m_phase != Phase::Preparing || m_address.isEmpty() || !m_proxy.health())
        return;
    const QString name = QString::fromLatin1(SampleUpstreams::prefix) + "openai";
    if (m_proxy.health()->upstreams.value(name) == SampleUpstreams::openAiBaseUrl(m_address))
        send();
    else if (!m_proxy.health()->config.error.isEmpty())
        end(Phase::Failed, m_proxy.health()->config.error);
}

void SampleDay::send()
{
    m_patience.stop();
    m_phase = Phase::Sending;
    m_began = SystemClock().now();
    launch(m_replay,
           replayArguments +
               QStringList{"--proxy", m_proxy.baseUrl(), "--upstream-prefix", SampleUpstreams::prefix},
           &SampleDay::replaySpoke, &SampleDay::replayEnded);
    emit changed();
}

void SampleDay::replaySpoke()
{
    while (m_replay->canReadLine()) {
        const QJsonObject line = QJsonDocument::fromJson(m_replay->readLine()).object();
        if (line.contains("total")) {
            m_done = line.value("done").toInteger();
            m_total = line.value("total").toInteger();
        } else if (line.contains("failed")) { // the summary at its end
            m_done = line.value("calls").toInteger();
            m_failed = line.value("failed").toInteger() + line.value("unexpected_errors").toInteger();
            m_reason = line.value("first_failure").toString();
        }
    }
    emit changed();
}

void SampleDay::replayEnded()
{
    replaySpoke();
    const bool well = m_replay->error() == QProcess::UnknownError && m_replay->exitCode() == 0;
    if (well || (m_failed > 0 && m_failed < m_done))
        end(Phase::Done, m_reason);
    else
        end(Phase::Failed, m_failed > 0 ? m_reason : whyItEnded(*m_replay));
}

void SampleDay::end(Phase phase, const QString &reason)
{
    m_phase = phase;
    m_reason = reason;
    m_patience.stop();
    if (m_began)
        m_ended = SystemClock().now();
    for (QPointer<QProcess> *const process : {&m_replay, &m_simulator}) {
        dismiss(*process, this);
        process->clear();
    }
    if (const auto removed = m_upstreams.remove(); !removed) {
        m_phase = Phase::Failed;
        m_reason = QString::fromStdString(removed.error().toString());
    }
    emit changed();
}

} // namespace farthing
