// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace farthing {

/// A label in one of the theme's fonts; `role` is a style sheet role such as "muted", or empty.
QLabel *makeLabel(const QString &text, int themeFont, const char *role, QWidget *parent);

/// Gives a label another role; a style sheet looks at it only once by itself.
void setLabelRole(QLabel *label, const char *role);

/// A bordered panel with a title line (title left, a note or controls right) above its content.
class Card : public QFrame
{
    Q_OBJECT

public:
    explicit Card(const QString &title, QWidget *parent = nullptr);

    void setTitle(const QString &title);
    void setNote(const QString &note);
    /// The title line, to put controls at its right end.
    [[nodiscard]] QHBoxLayout *titleLine() const { return m_line; }
    [[nodiscard]] QVBoxLayout *content() const { return m_content; }

private:
    QLabel *m_title;
    QLabel *m_note;
    QHBoxLayout *m_line;
    QVBoxLayout *m_content;
};

} // namespace farthing
