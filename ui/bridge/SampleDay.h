// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/SampleUpstreams.h"

#include <QObject>
#include <QProcess>
#include <QTimer>

namespace farthing {

class ProxySupervisor;

/// Sends a made-up day's traffic through the real proxy: starts the simulated provider on loopback, names it
/// to the proxy, replays the day, and takes everything away again, also when it is cancelled or fails.
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
    [[nodiscard]] qint64 done() const { return m_done; }
    [[nodiscard]] qint64 total() const { return m_total; }
    /// Why it failed.
    [[nodiscard]] const QString &reason() const { return m_reason; }

signals:
    void changed();

private:
    void simulatorSpoke();
    void waitForProxy();
    void send();
    void replaySpoke();
    void replayEnded(int code);
    void end(Phase phase, const QString &reason = {});

    ProxySupervisor &m_proxy;
    QString m_program;
    QProcess m_simulator;
    QProcess m_replay;
    QTimer m_patience;
    SampleUpstreams m_upstreams;
    QString m_address;
    bool m_added = false;
    Phase m_phase = Phase::Idle;
    QString m_reason;
    qint64 m_done = 0;
    qint64 m_total = 0;
};

} // namespace farthing
