// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/JobRunner.h"
#include "ui/views/Card.h"

class QLabel;
class QPushButton;

namespace farthing {

class ProxySupervisor;
class StatusDot;
class StoreWatch;

/// Waits for the first call, and says so when it has come, and which one came last.
class FirstCallCard : public Card
{
    Q_OBJECT

public:
    FirstCallCard(StoreWatch &store, JobRunner &runner, ProxySupervisor &proxy, QWidget *parent = nullptr);

signals:
    void callsRequested();

private:
    void look();
    void show(const std::optional<CostEvent> &newest);
    void changeEvent(QEvent *event) override;

    StoreWatch &m_store;
    ProxySupervisor &m_proxy;
    JobChannel m_jobs;
    std::optional<CostEvent> m_newest;
    StatusDot *m_dot;
    QLabel *m_headline;
    QLabel *m_text;
    QPushButton *m_open;
};

} // namespace farthing
