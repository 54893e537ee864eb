// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QHBoxLayout;
class QPushButton;

namespace farthing {

/// Names beside their colours, one line, right-aligned; each is a button that opens what it names. Those that
/// do not fit are left out, the last first.
class ChartLegend : public QWidget
{
    Q_OBJECT

public:
    explicit ChartLegend(QWidget *parent = nullptr);

    /// `keys` are the values, in the order of the series' colours; `withOthers` adds the nameless rest.
    void setKeys(const QStringList &keys, bool withOthers);
    [[nodiscard]] QSize minimumSizeHint() const override { return {40, 20}; }

signals:
    void keyClicked(const QString &key);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void rebuild();
    void colour();
    void fit();

    QStringList m_keys;
    bool m_withOthers = false;
    QHBoxLayout *m_layout;
    QList<QPushButton *> m_items;
};

} // namespace farthing
