// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/views/Card.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace farthing {

class SampleDay;

/// "Load a sample day": starts it, shows how far it is, cancels it.
class SampleDayCard : public Card
{
    Q_OBJECT

public:
    explicit SampleDayCard(SampleDay &sampleDay, QWidget *parent = nullptr);

signals:
    /// What was loaded is to be looked at.
    void showRequested();

private:
    void refresh();
    [[nodiscard]] QString sentText() const;

    SampleDay &m_sampleDay;
    QLabel *m_text;
    QProgressBar *m_progress;
    QPushButton *m_button;
    QPushButton *m_show;
};

} // namespace farthing
