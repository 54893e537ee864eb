// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"
#include "ui/bridge/SampleUpstreams.h"

#include <QObject>
#include <QPointer>
#include <QTimer>

#include <optional>

class QProcess;

namespace farthing {

class ProxySupervisor;

/// Sends a made-up day's traffic through the real proxy: starts the simulated provider on loopback, names it
/// to the proxy, replays the day, and takes everything away again, also when it is cancelled or fails, and
/// what a window that was killed has left. All on the GUI thread; only the destructor waits, for a second at
/// most.
class SampleDay : public QObject
{
    Q_OBJECT

public:
    enum class Phase { Idle, Preparing, Sending, Done, Failed, Cancelled };

    /// `program` is farthing-sim; empty: beside this executable, then in PATH.
    SampleDay(ProxySupervisor &proxy, QString program, QObject *parent = nullptr);
    ~SampleDay() override;

    void start();
    void cancel();

    [[nodiscard]] Phase phase() const { return m_phase; }
    [[nodiscard]] bool running() const { return m_phase == Phase::Preparing || m_phase == Phase::Sending; }
    /// Calls sent.
    [[nodiscard]] qint64 done() const { return m_done; }
    [[nodiscard]] qint64 total() const { return m_total; }
    /// Calls sent that got no answer, or an error that the day does not have on purpose; known once all are
    /// sent.
    [[nodiscard]] qint64 failed() const { return m_failed; }
    /// Why it failed, or the first of the failed calls.
    [[nodiscard]] const QString &reason() const { return m_reason; }
    /// When sending began, and when it ended; absent before.
    [[nodiscard]] std::optional<Timestamp> began() const { return m_began; }
    [[nodiscard]] std::optional<Timestamp> ended() const { return m_ended; }

signals:
    void changed();

private:
    using Handler = void (SampleDay::*)();
    void launch(QPointer<QProcess> &process, const QStringList &arguments, Handler onOutput, Handler onEnd);
    void simulatorSpoke();
    void simulatorEnded();
    void waitForProxy();
    void send();
    void replaySpoke();
    void replayEnded();
    void end(Phase phase, const QString &reason = {});

    ProxySupervisor &m_proxy;
    QString m_program;
    QPointer<QProcess> m_simulator;
    QPointer<QProcess> m_replay;
    QTimer m_patience;
    SampleUpstreams m_upstreams;
    QString m_address;
    Phase m_phase = Phase::Idle;
    QString m_reason;
    qint64 m_done = 0;
    qint64 m_total = 0;
    qint64 m_failed = 0;
    std::optional<Timestamp> m_began;
    std::optional<Timestamp> m_ended;
};

} // namespace farthing
