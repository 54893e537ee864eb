// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/SampleDay.h"

#include "ui/bridge/Programs.h"
#include "ui/bridge/ProxySupervisor.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace farthing {

namespace {

constexpr int patienceMs = 15'000;
/// A day in about half a minute: calls are seen to come in, and nobody waits for a day.
const QStringList serveArguments = {"serve", "--listen", "127.0.0.1:0", "--latency-scale", "0.25"};
const QStringList replayArguments = {"replay",        "--sample-day", "--speed",   "max",
                                     "--concurrency", "32",           "--progress"};

void stopNow(QProcess &process)
{
    if (process.state() == QProcess::NotRunning)
        return;
    process.terminate();
    if (!process.waitForFinished(1000))
        process.kill();
}

} // namespace

SampleDay::SampleDay(ProxySupervisor &proxy, QString program, QObject *parent)
    : QObject(parent)
    , m_proxy(proxy)
    , m_program(std::move(program))
    , m_upstreams(QString::fromStdString(proxy.options().dataDir.config().string()))
{
    m_patience.setSingleShot(true);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        end(Phase::Failed, tr("the proxy did not take over the simulated providers in time"));
    });
    connect(&m_simulator, &QProcess::readyReadStandardOutput, this, &SampleDay::simulatorSpoke);
    connect(&m_simulator, &QProcess::errorOccurred, this, [this] {
        if (running())
            end(Phase::Failed, tr("farthing-sim: %1").arg(m_simulator.errorString()));
    });
    connect(&m_replay, &QProcess::readyReadStandardOutput, this, &SampleDay::replaySpoke);
    connect(&m_replay, &QProcess::finished, this, &SampleDay::replayEnded);
    connect(&proxy, &ProxySupervisor::changed, this, &SampleDay::waitForProxy);
}

SampleDay::~SampleDay()
{
    if (running())
        end(Phase::Cancelled);
}

void SampleDay::start()
{
    if (running())
        return;
    m_done = m_total = 0;
    m_reason.clear();
    m_address.clear();
    const QString program = m_program.isEmpty() ? programBesideOrInPath("farthing-sim") : m_program;
    if (program.isEmpty()) {
        end(Phase::Failed, tr("farthing-sim was found neither beside this program nor in PATH"));
        return;
    }
    if (m_proxy.state() != ProxySupervisor::State::Serving) {
        end(Phase::Failed, tr("the proxy does not serve"));
        return;
    }
    m_phase = Phase::Preparing;
    m_patience.start(patienceMs);
    m_simulator.start(program, serveArguments);
    emit changed();
}

void SampleDay::cancel()
{
    if (running())
        end(Phase::Cancelled);
}

void SampleDay::simulatorSpoke()
{
    if (m_phase != Phase::Preparing || !m_address.isEmpty() || !m_simulator.canReadLine())
        return;
    m_address = QJsonDocument::fromJson(m_simulator.readLine()).object().value("listening").toString();
    if (m_address.isEmpty()) {
        end(Phase::Failed, tr("farthing-sim did not say where it listens"));
        return;
    }
    m_added = true;
    if (auto added = m_upstreams.add(m_address); !added)
        end(Phase::Failed, QString::fromStdString(added.error().toString()));
}

void SampleDay::waitForProxy()
{
    if (m_phase != Phase::Preparing || m_address.isEmpty() || !m_proxy.health())
        return;
    const QString name = QString::fromLatin1(SampleUpstreams::prefix) + "openai";
    if (m_proxy.health()->upstreams.value(name) == SampleUpstreams::openAiBaseUrl(m_address))
        send();
    else if (!m_proxy.health()->configError.isEmpty())
        end(Phase::Failed, m_proxy.health()->configError);
}

void SampleDay::send()
{
    m_patience.stop();
    m_phase = Phase::Sending;
    m_replay.start(m_simulator.program(),
                   replayArguments + QStringList{"--proxy", m_proxy.baseUrl(), "--upstream-prefix",
                                                 SampleUpstreams::prefix});
    emit changed();
}

void SampleDay::replaySpoke()
{
    while (m_replay.canReadLine()) {
        const QJsonObject line = QJsonDocument::fromJson(m_replay.readLine()).object();
        if (!line.contains("total"))
            continue;
        m_done = line.value("done").toInteger();
        m_total = line.value("total").toInteger();
    }
    emit changed();
}

void SampleDay::replayEnded(int code)
{
    if (m_phase != Phase::Sending)
        return;
    replaySpoke();
    if (code == 0 && m_replay.exitStatus() == QProcess::NormalExit)
        end(Phase::Done);
    else
        end(Phase::Failed, tr("some calls failed: %1")
                               .arg(QString::fromUtf8(m_replay.readAllStandardError()).trimmed().right(200)));
}

void SampleDay::end(Phase phase, const QString &reason)
{
    m_phase = phase;
    m_reason = reason;
    m_patience.stop();
    stopNow(m_replay);
    stopNow(m_simulator);
    if (m_added) {
        m_added = false;
        if (auto removed = m_upstreams.remove(); !removed) {
            m_phase = Phase::Failed;
            m_reason = QString::fromStdString(removed.error().toString());
        }
    }
    emit changed();
}

} // namespace farthing
