// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/ConnectPage.h"

#include "ui/bridge/ProxySupervisor.h"
#include "ui/bridge/SampleDay.h"
#include "ui/models/FilterState.h"
#include "ui/settings/Theme.h"
#include "ui/views/Card.h"
#include "ui/views/FirstCallCard.h"
#include "ui/views/SampleDayCard.h"
#include "ui/views/SnippetView.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace farthing {

namespace {

constexpr int clientsWidth = 168;
constexpr int sideWidth = 372;
constexpr int leastCodeHeight = 320;

} // namespace

ConnectPage::ConnectPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_first(new FirstCallCard(context.store, context.live, context.proxy, this))
{
    auto *const side = new QVBoxLayout;
    side->setSpacing(Theme::medium);
    side->addWidget(m_first);
    side->addWidget(makeAddresses());
    auto *const sample = new SampleDayCard(context.sampleDay, this);
    side->addWidget(sample);
    side->addStretch(1);
    auto *const content = new QWidget(this);
    content->setObjectName("connectContent");
    auto *const layout = new QHBoxLayout(content);
    layout->setContentsMargins(Theme::large, Theme::medium + 2, Theme::large, Theme::large);
    layout->setSpacing(Theme::medium);
    layout->addWidget(makeSnippets(), 1);
    layout->addLayout(side);
    // In a low window the page scrolls as a whole.
    auto *const scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(content);
    auto *const all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(scroll);
    for (int i = 0; i < side->count(); ++i)
        if (QWidget *const widget = side->itemAt(i)->widget())
            widget->setFixedWidth(sideWidth);
    connect(sample, &SampleDayCard::showRequested, this, [this] {
        m_context.filter.clearAll();
        m_context.filter.setTime({TimeChoice::Preset::Custom, {m_context.sampleDay.began(), {}}});
        emit breakdownRequested();
    });
    connect(m_first, &FirstCallCard::callsRequested, this, &Page::callsRequested);
    connect(&context.proxy, &ProxySupervisor::changed, this, &ConnectPage::refreshSnippets);
    refreshSnippets();
}

Card *ConnectPage::makeSnippets()
{
    auto *const card = new Card(tr("Point an application at the proxy"), this);
    auto *const tags = new QHBoxLayout;
    tags->setSpacing(Theme::medium);
    const auto addTag = [&](const QString &title, const QString &value) {
        auto *const edit = new QLineEdit(value, card);
        edit->setFont(Theme::font(Theme::Role::Body));
        edit->setAccessibleName(title);
        edit->setPlaceholderText(tr("none"));
        auto *const column = new QVBoxLayout;
        column->setSpacing(Theme::tiny);
        column->addWidget(makeLabel(title, int(Theme::Role::Small), "muted", card));
        column->addWidget(edit);
        tags->addLayout(column, 1);
        connect(edit, &QLineEdit::textChanged, this, &ConnectPage::refreshSnippets);
        return edit;
    };
    m_workflow = addTag(tr("Workflow"), QStringLiteral("summarise"));
    m_feature = addTag(tr("Feature"), QStringLiteral("contract-review"));
    m_user = addTag(tr("User"), QStringLiteral("u_4711"));

    m_clients = new QListWidget(card);
    m_clients->setObjectName("choices");
    m_clients->setFixedWidth(clientsWidth);
    m_clients->setFont(Theme::font(Theme::Role::Body));
    m_clients->setAccessibleName(tr("Clients"));
    for (const Snippet &snippet : snippetsFor({}, {})) {
        auto *const item = new QListWidgetItem(snippet.client, m_clients);
        item->setSizeHint({0, Theme::rowHeight + 2});
    }
    m_clients->setCurrentRow(0);
    m_view = new SnippetView(card);
    connect(m_clients, &QListWidget::currentRowChanged, this, &ConnectPage::refreshSnippets);

    auto *const code = new QHBoxLayout;
    code->setSpacing(Theme::medium);
    m_clients->setMinimumHeight(leastCodeHeight);
    code->addWidget(m_clients);
    code->addWidget(m_view, 1);
    card->content()->setSpacing(Theme::medium);
    auto *const explanation =
        makeLabel(tr("Only the address changes; your key goes through to the provider and is never stored. "
                     "Tags say which workflow, feature and user a call belongs to."),
                  int(Theme::Role::Body), "muted", card);
    explanation->setWordWrap(true);
    card->content()->addWidget(explanation);
    card->content()->addLayout(tags);
    card->content()->addLayout(code, 1);
    return card;
}

Card *ConnectPage::makeAddresses()
{
    auto *const card = new Card(tr("Base URLs"), this);
    const auto add = [&](const QString &name, const QString &path) {
        auto *const edit = new QLineEdit(card);
        edit->setReadOnly(true);
        edit->setFont(Theme::font(Theme::Role::Mono));
        edit->setAccessibleName(name);
        auto *const copy = new QPushButton(tr("Copy"), card);
        copy->setFont(Theme::font(Theme::Role::Small));
        copy->setAccessibleName(tr("Copy %1").arg(name));
        connect(copy, &QPushButton::clicked, edit,
                [edit] { QApplication::clipboard()->setText(edit->text()); });
        auto *const line = new QHBoxLayout;
        line->setSpacing(Theme::small);
        line->addWidget(edit, 1);
        line->addWidget(copy);
        card->content()->addWidget(makeLabel(name, int(Theme::Role::Small), "muted", card));
        card->content()->addLayout(line);
        m_addresses.append({path, edit});
    };
    card->content()->setSpacing(Theme::tiny);
    add(QStringLiteral("OPENAI_BASE_URL"), QStringLiteral("/v1"));
    add(QStringLiteral("ANTHROPIC_BASE_URL"), {});
    add(tr("Gemini"), {});
    add(tr("Tagged by path, for clients without headers"), QStringLiteral("/w/WORKFLOW/v1"));
    add(tr("A named upstream of farthing.json"), QStringLiteral("/up/NAME"));
    return card;
}

QWidget *ConnectPage::firstFocus()
{
    return m_clients;
}

void ConnectPage::setActive(bool active)
{
    if (active)
        refreshSnippets();
}

void ConnectPage::refreshSnippets()
{
    const QString base = m_context.proxy.baseUrl();
    for (const auto &[path, edit] : m_addresses)
        if (edit->text() != base + path) {
            edit->setText(base + path);
            edit->setCursorPosition(0);
        }
    m_snippets = snippetsFor(
        base, {m_workflow->text().trimmed(), m_feature->text().trimmed(), m_user->text().trimmed()});
    if (const int row = m_clients->currentRow(); row >= 0 && row < m_snippets.size())
        m_view->setSnippet(m_snippets[row]);
}

} // namespace farthing
