// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Process.h"
#include "core/config/DataDir.h"
#include "ui/bridge/ProxyHealth.h"

#include <QElapsedTimer>
#include <QNetworkAccessManager>
#include <QPointer>
#include <QTimer>

class QNetworkReply;

namespace farthing {

/// Keeps a farthingd serving the data directory. One that serves already is adopted, and left running at the
/// end; otherwise it starts one, in a session of its own so that a crash of the window never touches it, and
/// starts it anew, with growing pauses, when it ends. All on the GUI thread: no call here blocks.
class ProxySupervisor : public QObject
{
    Q_OBJECT

public:
    struct Options
    {
        DataDir dataDir;
        QString listen;  ///< passed on; empty: farthingd decides
        QString program; ///< empty: beside this executable, then in PATH
        int pollMs = 1000;
        int firstPauseMs = 1000; ///< before the first restart; doubles up to longestPauseMs
        int longestPauseMs = 30000;
    };
    enum class State { Starting, Serving, Down };

    explicit ProxySupervisor(Options options, QObject *parent = nullptr);
    /// Ends a farthingd that it started: asks it to, and leaves it to finish the calls under way.
    ~ProxySupervisor() override;

    void start();
    /// Without waiting for the pause to be over.
    void restartNow();
    /// Ends its own farthingd and waits for it at most so long; an adopted one goes on.
    void stop(int atMostMs);

    [[nodiscard]] State state() const { return m_state; }
    /// Somebody else's serves.
    [[nodiscard]] bool adopted() const;
    /// Why it does not serve, in words for the user.
    [[nodiscard]] const QString &reason() const { return m_reason; }
    /// What is wrong while it serves, the worst first.
    [[nodiscard]] const QStringList &troubles() const { return m_troubles; }
    /// Seconds until it is started again; -1 where nothing is planned.
    [[nodiscard]] int secondsToRestart() const;
    /// The last report; absent unless it serves.
    [[nodiscard]] const std::optional<ProxyHealth> &health() const { return m_health; }
    /// "127.0.0.1:4141": where it serves, or where it would by what it was told.
    [[nodiscard]] QString address() const { return m_health ? m_health->listen : m_listen; }
    /// What a client on this machine is pointed at.
    [[nodiscard]] QString baseUrl() const { return "http://" + addressForClients(address()); }
    [[nodiscard]] double requestsPerSecond() const;
    [[nodiscard]] const Options &options() const { return m_options; }

signals:
    /// State, reason, troubles or health: ask for all of them again.
    void changed();

private:
    void look();
    void ask(const ServingFile &serving);
    void answered(QNetworkReply *reply, qint64 servingPid);
    void noAnswer(const QString &why);
    void launch();
    void fail(const QString &reason);
    void setState(State state, const QString &reason);
    [[nodiscard]] QString listenAsTold() const;
    [[nodiscard]] QString whyOwnEnded() const;

    Options m_options;
    QNetworkAccessManager m_network;
    QPointer<QNetworkReply> m_reply;
    QTimer m_poll;
    QTimer m_restart;
    State m_state = State::Starting;
    QString m_reason;
    QStringList m_troubles;
    std::optional<ProxyHealth> m_health;
    QString m_listen;
    std::unique_ptr<Process> m_own; ///< started here; it may have ended since
    qint64 m_logAtLaunch = 0;       ///< bytes of farthingd's log that are older
    int m_unanswered = 0;
    int m_pauseMs;
    QElapsedTimer m_clock; ///< goes on evenly when somebody sets the time
    qint64 m_servingSinceMs = 0;
    struct Sample
    {
        qint64 atMs; ///< by m_clock
        qint64 requests;
    };
    QList<Sample> m_samples;
};

} // namespace farthing
