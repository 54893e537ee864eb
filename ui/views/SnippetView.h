// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/Snippets.h"

#include <QFrame>

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace farthing {

class SnippetHighlighter;

/// A piece of code to copy, with where it belongs.
class SnippetView : public QFrame
{
    Q_OBJECT

public:
    explicit SnippetView(QWidget *parent = nullptr);

    void setSnippet(const Snippet &snippet);
    [[nodiscard]] QString code() const;

protected:
    void changeEvent(QEvent *event) override;

private:
    void copy();

    QLabel *m_place;
    QPushButton *m_copy;
    QPlainTextEdit *m_code;
    SnippetHighlighter *m_highlighter;
};

} // namespace farthing
