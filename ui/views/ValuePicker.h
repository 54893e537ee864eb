// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/Filter.h"
#include "ui/bridge/JobRunner.h"

#include <QFrame>
#include <QStringListModel>

class QLabel;
class QLineEdit;
class QListView;

namespace farthing {

/// A popup that offers the values a dimension has in the store, narrowed as one types.
class ValuePicker : public QFrame
{
    Q_OBJECT

public:
    ValuePicker(Dimension dimension, JobRunner &runner, QWidget *parent);

    /// Below this widget, with the search field focused.
    void open(QWidget *below);

signals:
    void picked(const QString &value);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void ask(const QString &prefix);
    void take(const QModelIndex &index);

    Dimension m_dimension;
    bool m_takeFirst = false; ///< Enter was pressed before the values came
    JobChannel m_jobs;
    QStringList m_values; ///< as the store has them; the model shows them as a person reads them
    QStringListModel m_model;
    QLineEdit *m_search;
    QListView *m_list;
    QLabel *m_nothing;
};

} // namespace farthing
