// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/QueryService.h"
#include "ui/bridge/ProxySupervisor.h"

#include <QFrame>
#include <QTimer>

class QLabel;
class QProgressBar;
class QPushButton;

namespace farthing {

/// A coloured dot that is read out as what it stands for.
class StatusDot : public QWidget
{
    Q_OBJECT

public:
    explicit StatusDot(QWidget *parent = nullptr);
    void set(const QColor &colour, const QString &meaning);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QColor m_colour;
};

/// The line at the bottom: whether the proxy serves, or why not, and what the store holds.
class StatusStrip : public QFrame
{
    Q_OBJECT

public:
    explicit StatusStrip(ProxySupervisor &proxy, QWidget *parent = nullptr);

    /// What the store says, or why it cannot be read.
    void setStore(const Result<StoreSummary> &summary);
    /// One line about something under way, such as an export, which can be cancelled. `share` of it is done,
    /// 0 to 1; negative where nobody knows.
    void showActivity(const QString &text, double share);
    /// What came of it; it goes after a while.
    void showOutcome(const QString &text);

signals:
    void activityCancelled();

private:
    void resizeEvent(QResizeEvent *event) override;
    void refresh();
    /// Where there is little room, what matters least goes first.
    void fit();
    static QString servingText(const QString &address, const QStringList &troubles);
    void setActivity(const QString &text, bool cancellable, double share = -1);

    ProxySupervisor &m_proxy;
    std::optional<StoreSummary> m_store;
    QString m_storeError;
    QString m_addressText;
    QString m_activityText;
    QTimer m_outcomeShown;
    StatusDot *m_dot;
    QLabel *m_address;
    QPushButton *m_restart;
    QLabel *m_rate;
    QLabel *m_overhead;
    QLabel *m_events;
    QLabel *m_prices;
    QLabel *m_activity;
    QProgressBar *m_progress;
    QPushButton *m_cancel;
    QLabel *m_database;
};

} // namespace farthing
