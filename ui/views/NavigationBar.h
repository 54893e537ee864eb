// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QButtonGroup>
#include <QFrame>

class QVBoxLayout;

namespace farthing {

/// The pages' names down the left side: work above, the means of it at the bottom.
class NavigationBar : public QFrame
{
    Q_OBJECT

public:
    explicit NavigationBar(QWidget *parent = nullptr);

    void addItem(int id, const QString &title, const QString &shortcut, bool atBottom);
    void setCurrent(int id);

signals:
    void chosen(int id);

private:
    QButtonGroup m_group;
    QVBoxLayout *m_top;
    QVBoxLayout *m_bottom;
};

} // namespace farthing
