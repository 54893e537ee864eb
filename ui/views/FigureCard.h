// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;

namespace farthing {

/// One figure in large type under its name, and a line that says what it is made of.
class FigureCard : public QFrame
{
    Q_OBJECT

public:
    explicit FigureCard(const QString &title, QWidget *parent = nullptr);

    void set(const QString &figure, const QString &note, const QString &hint = {});

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void fit();

    QString m_fullFigure;
    QString m_fullNote;
    QLabel *m_figure;
    QLabel *m_note;
};

} // namespace farthing
