// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/SnippetView.h"

#include "ui/settings/Theme.h"
#include "ui/views/Card.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSyntaxHighlighter>
#include <QTimer>
#include <QVBoxLayout>

namespace farthing {

/// Strings, comments and a few words that begin a statement: enough to read short code by.
class SnippetHighlighter : public QSyntaxHighlighter
{
public:
    using QSyntaxHighlighter::QSyntaxHighlighter;

    void highlightBlock(const QString &text) override
    {
        static const QRegularExpression words(
            "\\b(from|import|const|new|await|export|print|claude|curl)\\b|^\\[[^\\]]+\\]");
        static const QRegularExpression strings("\"(?:[^\"\\\\]|\\\\.)*\"|'[^']*'");
        const Theme::Colours &colours = Theme::current().colours();
        mark(text, words, colours.accent);
        mark(text, strings, colours.good);
    }

private:
    void mark(const QString &text, const QRegularExpression &what, const QColor &colour)
    {
        for (auto it = what.globalMatch(text); it.hasNext();) {
            const QRegularExpressionMatch match = it.next();
            setFormat(static_cast<int>(match.capturedStart()), static_cast<int>(match.capturedLength()),
                      colour);
        }
    }
};

namespace {
constexpr int copiedShownMs = 1600;
}

SnippetView::SnippetView(QWidget *parent)
    : QFrame(parent)
    , m_place(makeLabel({}, int(Theme::Role::Mono), "muted", this))
    , m_copy(new QPushButton(tr("Copy"), this))
    , m_code(new QPlainTextEdit(this))
    , m_highlighter(new SnippetHighlighter(m_code->document()))
{
    m_copy->setAccessibleName(tr("Copy the code"));
    m_copy->setFont(Theme::font(Theme::Role::Small));
    m_copy->setMinimumWidth(74);
    m_code->setReadOnly(true);
    m_code->setFont(Theme::font(Theme::Role::Mono));
    m_code->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_code->setTabChangesFocus(true);
    m_code->setAccessibleName(tr("Code to connect with"));
    auto *const line = new QHBoxLayout;
    line->addWidget(m_place, 1);
    line->addWidget(m_copy);
    auto *const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::small);
    layout->addLayout(line);
    layout->addWidget(m_code, 1);
    connect(m_copy, &QPushButton::clicked, this, &SnippetView::copy);
}

void SnippetView::setSnippet(const Snippet &snippet)
{
    m_place->setText(snippet.place);
    if (m_code->toPlainText() != snippet.code)
        m_code->setPlainText(snippet.code);
}

QString SnippetView::code() const
{
    return m_code->toPlainText();
}

void SnippetView::copy()
{
    QApplication::clipboard()->setText(code());
    m_copy->setText(tr("Copied"));
    QTimer::singleShot(copiedShownMs, m_copy, [this] { m_copy->setText(tr("Copy")); });
}

void SnippetView::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        m_highlighter->rehighlight();
    QFrame::changeEvent(event);
}

} // namespace farthing
