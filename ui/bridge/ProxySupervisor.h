// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/DataDir.h"
#include "ui/bridge/ProxyHealth.h"

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
    [[nodiscard]] bool adopted() const { return m_state == State::Serving && !m_started; }
    /// Why it does not serve, in words for the user.
    [[nodiscard]] const QString &reason() const { return m_reason; }
    /// Seconds until it is started again; -1 where nothing is planned.
    [[nodiscard]] int secondsToRestart() const;
    /// The last report; absent unless it serves.
    [[nodiscard]] const std::optional<ProxyHealth> &health() const { return m_health; }
    /// "127.0.0.1:4141": where it serves, or where it would.
    [[nodiscard]] QString address() const;
    [[nodiscard]] QString baseUrl() const { return "http://" + address(); }
    [[nodiscard]] double requestsPerSecond() const;
    [[nodiscard]] const Options &options() const { return m_options; }

signals:
    /// State, reason or health: ask for all of them again.
    void changed();

private:
    void look();
    void ask(const ServingFile &serving);
    void answered(QNetworkReply *reply, qint64 servingPid);
    void noAnswer(const QString &why);
    void launch();
    void fail(const QString &reason);
    void setState(State state, const QString &reason);
    [[nodiscard]] bool ownIsAlive() const;
    [[nodiscard]] QString lastLogLine() const;

    Options m_options;
    QNetworkAccessManager m_network;
    QPointer<QNetworkReply> m_reply;
    QTimer m_poll;
    QTimer m_restart;
    State m_state = State::Starting;
    QString m_reason;
    std::optional<ProxyHealth> m_health;
    qint64 m_started = 0; ///< process id of our own; 0: none, or an adopted one
    int m_unanswered = 0;
    int m_pauseMs;
    qint64 m_servingSinceMs = 0;
    struct Sample
    {
        qint64 atMs;
        qint64 requests;
    };
    QList<Sample> m_samples;
};

} // namespace farthing
