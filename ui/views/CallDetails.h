// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/CallModel.h"
#include "ui/models/CostSplit.h"

#include <QFrame>

class QBoxLayout;
class QFormLayout;
class QLabel;
class QPlainTextEdit;
class QScrollArea;
class QVBoxLayout;

namespace farthing {

class SegmentBar;

/// Everything known about one call: who made it, what it paid for, what its prompt was made of, where its
/// time went, its tags, the provider's own usage.
class CallDetails : public QFrame
{
    Q_OBJECT

public:
    explicit CallDetails(QWidget *parent = nullptr);

    /// Null: nothing is chosen.
    void setCall(const CallModel::Call &call);
    /// Comes after the call, from a worker; ignored where another call was chosen meanwhile.
    void setSplit(const Uuid &eventId, const std::optional<CostSplit> &split);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void fill(const CostEvent &event);
    void addRow(const QString &name, const QString &value, bool mono = false);
    void addFacts(const CostEvent &event);

    CallModel::Call m_call;
    QLabel *m_hint;
    QWidget *m_body;
    QBoxLayout *m_columns;
    QLabel *m_heading;
    QLabel *m_status;
    QFormLayout *m_rows;
    QLabel *m_costTitle;
    SegmentBar *m_costBar;
    QLabel *m_costNote;
    QLabel *m_promptTitle;
    SegmentBar *m_promptBar;
    SegmentBar *m_timeBar;
    QLabel *m_usageTitle;
    QPlainTextEdit *m_usage;
};

} // namespace farthing
