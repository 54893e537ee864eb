// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/CallDetails.h"

#include "core/model/Names.h"
#include "ui/delegates/CellDelegate.h"
#include "ui/models/CallText.h"
#include "ui/models/Format.h"
#include "ui/settings/Theme.h"
#include "ui/views/Card.h"
#include "ui/views/SegmentBar.h"

#include <QBoxLayout>
#include <QFormLayout>
#include <QJsonDocument>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QVBoxLayout>

namespace farthing {

namespace {

constexpr int leastWidthOfTwoColumns = 640;

QString segmentName(PromptSegment segment)
{
    switch (segment) {
    case PromptSegment::System:
        return CallDetails::tr("system");
    case PromptSegment::Tools:
        return CallDetails::tr("tools");
    case PromptSegment::Context:
        return CallDetails::tr("context");
    case PromptSegment::History:
        return CallDetails::tr("history");
    case PromptSegment::User:
        return CallDetails::tr("user");
    }
    return {};
}

QString joined(const QStringList &parts)
{
    QStringList kept;
    for (const QString &part : parts)
        if (!part.isEmpty())
            kept.append(part);
    return kept.join(QStringLiteral(" · "));
}

QString indented(const std::string &json)
{
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(json));
    return document.isNull() ? format::text(json) : QString::fromUtf8(document.toJson()).trimmed();
}

QString tokensLine(const TokenUsage &u)
{
    QStringList in = {CallDetails::tr("%1 in").arg(format::count(u.input))};
    if (u.cachedInput > 0)
        in.append(CallDetails::tr("%1 cached").arg(format::count(u.cachedInput)));
    if (u.cacheWrite5m + u.cacheWrite1h > 0)
        in.append(CallDetails::tr("%1 written").arg(format::count(u.cacheWrite5m + u.cacheWrite1h)));
    in.append(CallDetails::tr("%1 out").arg(format::count(u.output)));
    if (u.reasoning > 0)
        in.append(CallDetails::tr("%1 reasoning").arg(format::count(u.reasoning)));
    return joined(in);
}

} // namespace

CallDetails::CallDetails(QWidget *parent)
    : QFrame(parent)
    , m_hint(makeLabel(tr("Choose a call to see what it paid for"), int(Theme::Role::Body), "muted", this))
{
    setObjectName("card");
    setAccessibleName(tr("Details of the chosen call"));
    auto *const scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::TabFocus);
    scroll->setAccessibleName(accessibleName());
    m_body = new QWidget;
    m_body->setObjectName("detailsBody");
    m_body->setStyleSheet("#detailsBody { background: transparent; }");
    scroll->viewport()->setAutoFillBackground(false);
    scroll->setWidget(m_body);
    m_hint->setAlignment(Qt::AlignCenter);

    const auto title = [this](const QString &text) {
        return makeLabel(text, int(Theme::Role::SmallStrong), "muted", m_body);
    };
    m_heading = makeLabel({}, int(Theme::Role::Strong), nullptr, m_body);
    m_status = makeLabel({}, int(Theme::Role::Small), "muted", m_body);
    m_status->setWordWrap(true);
    m_rows = new QFormLayout;
    m_rows->setHorizontalSpacing(Theme::medium);
    m_rows->setVerticalSpacing(5);
    m_rows->setLabelAlignment(Qt::AlignLeft);
    m_costTitle = title(tr("What it paid for"));
    m_costBar = new SegmentBar(tr("What it paid for"), m_body);
    m_costNote = makeLabel({}, int(Theme::Role::Small), "muted", m_body);
    m_costNote->setWordWrap(true);
    m_promptTitle = title(tr("What the prompt was made of"));
    m_promptBar = new SegmentBar(tr("What the prompt was made of"), m_body);
    m_timeBar = new SegmentBar(tr("Time"), m_body);
    m_usageTitle = title(tr("Usage as the provider reported it"));
    m_usage = new QPlainTextEdit(m_body);
    m_usage->setReadOnly(true);
    m_usage->setFont(Theme::font(Theme::Role::Mono));
    m_usage->setFixedHeight(150);
    m_usage->setTabChangesFocus(true);
    m_usage->setAccessibleName(m_usageTitle->text());

    auto *const facts = new QVBoxLayout;
    facts->setSpacing(Theme::small);
    facts->addWidget(m_heading);
    facts->addWidget(m_status);
    facts->addLayout(m_rows);
    auto *const parts = new QVBoxLayout;
    parts->setSpacing(Theme::small);
    for (QWidget *widget :
         std::initializer_list<QWidget *>{m_costTitle, m_costBar, m_costNote, m_promptTitle, m_promptBar,
                                          title(tr("Time")), m_timeBar, m_usageTitle, m_usage})
        parts->addWidget(widget);
    for (QVBoxLayout *column : {facts, parts})
        column->addStretch(1);
    m_columns = new QBoxLayout(QBoxLayout::TopToBottom, m_body);
    m_columns->setContentsMargins(Theme::medium + 2, Theme::medium, Theme::medium + 2, Theme::medium);
    m_columns->addLayout(facts);
    m_columns->addLayout(parts, 1);
    auto *const all = new QVBoxLayout(this);
    all->setContentsMargins(1, 1, 1, 1);
    all->addWidget(m_hint);
    all->addWidget(scroll);
    setCall(nullptr);
}

void CallDetails::setCall(const CallModel::Call &call)
{
    const bool same = m_call && call && m_call->eventId == call->eventId;
    m_call = call;
    m_hint->setVisible(!call);
    m_body->parentWidget()->parentWidget()->setVisible(static_cast<bool>(call));
    if (call && !same)
        fill(*call);
}

void CallDetails::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    const bool wide = width() >= leastWidthOfTwoColumns;
    m_columns->setDirection(wide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_columns->setSpacing(wide ? 2 * Theme::large : Theme::small);
    m_columns->setStretch(0, wide ? 1 : 0);
}

void CallDetails::addRow(const QString &name, const QString &value, bool mono)
{
    if (value.isEmpty())
        return;
    auto *const label = makeLabel(value, int(mono ? Theme::Role::Mono : Theme::Role::Small), nullptr, m_body);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_rows->addRow(makeLabel(name, int(Theme::Role::Small), "muted", m_body), label);
}

void CallDetails::addFacts(const CostEvent &e)
{
    const QString asked = format::text(e.requestModel);
    const QString answered = format::text(e.model());
    addRow(tr("Cost"), e.cost ? format::exactMoney(*e.cost) : tr("no price is known for this model"));
    if (e.listCost && e.cost && *e.listCost != *e.cost)
        addRow(tr("List cost"), format::exactMoney(*e.listCost));
    addRow(tr("Tokens"), tokensLine(e.usage));
    addRow(tr("Model"), answered, true);
    if (!asked.isEmpty() && asked != answered)
        addRow(tr("Asked for"), asked, true);
    addRow(tr("Upstream"), joined({format::text(e.provider), format::text(e.endpoint)}));
    addRow(tr("User"), format::text(e.user));
    addRow(tr("Session"), format::text(e.session), true);
    for (const auto &[key, value] : e.tags)
        addRow(format::text(key), format::text(value));
    addRow(tr("Client"), format::text(e.client));
    addRow(tr("Error"), format::text(e.error));
    if (e.attempt > 1)
        addRow(tr("Attempt"), QString::number(e.attempt));
    addRow(tr("Arrived"), format::exactTime(e.time));
    addRow(tr("In Farthing"), format::duration(e.overheadUs));
    addRow(tr("Prices"), format::text(e.priceVersion), true);
    addRow(tr("Event"), format::text(e.eventId.toString()), true);
}

void CallDetails::fill(const CostEvent &e)
{
    m_heading->setText(joined({format::text(e.workflow), format::text(e.feature)}));
    m_status->setText(statusLine(e));
    const Tone tone = statusTone(e.status);
    setLabelRole(m_status, tone == Tone::Good ? "good" : tone == Tone::Warning ? "warning" : "bad");
    while (m_rows->rowCount() > 0)
        m_rows->removeRow(0);
    addFacts(e);

    m_costBar->hide();
    m_costNote->hide();
    m_costTitle->setVisible(e.cost && e.cost->nanoUsd() > 0);

    QList<SegmentBar::Segment> prompt;
    std::int64_t tokens = 0;
    for (const PromptAnatomy::Segment &segment : e.anatomy.segments)
        tokens += segment.tokens;
    for (std::size_t i = 0; i < promptSegmentCount; ++i) {
        const int size = e.anatomy.segments[i].tokens;
        static constexpr int series[] = {4, 5, 0, 3, 1};
        prompt.append({segmentName(static_cast<PromptSegment>(i)), double(size),
                       format::percent(size, tokens), series[i]});
    }
    m_promptBar->setSegments(prompt);
    m_promptTitle->setVisible(tokens > 0);
    m_promptBar->setVisible(tokens > 0);

    const std::int64_t first = e.ttftUs < 0 ? e.latencyUs : std::min(e.ttftUs, e.latencyUs);
    const std::int64_t rest = e.latencyUs - first;
    QString speed;
    if (rest > 0 && e.stream && e.usage.output > 0)
        speed = tr(" (%1 tok/s)").arg(format::count(e.usage.output * 1'000'000 / rest));
    m_timeBar->setSegments({{tr("until the first byte"), double(first), format::duration(first), 6},
                            {tr("answer"), double(rest), format::duration(rest) + speed, 2}});

    m_usageTitle->setVisible(!e.rawUsage.empty());
    m_usage->setVisible(!e.rawUsage.empty());
    m_usage->setPlainText(indented(e.rawUsage));
}

void CallDetails::setSplit(const Uuid &eventId, const std::optional<CostSplit> &split)
{
    if (!m_call || m_call->eventId != eventId)
        return;
    const auto part = [](const QString &name, Money amount, int series) {
        return SegmentBar::Segment{name, double(amount.nanoUsd()), format::money(amount), series};
    };
    if (split)
        m_costBar->setSegments(
            {part(tr("uncached input"), split->uncachedInput, 0), part(tr("cached"), split->cachedInput, 2),
             part(tr("cache write"), split->cacheWrite, 5), part(tr("output"), split->output, 1),
             part(tr("server tools"), split->serverTools, 3)});
    else
        m_costNote->setText(tr("It cannot be split: the prices in force now are not those it was billed at, "
                               "or several models ran."));
    const bool paid = m_call->cost && m_call->cost->nanoUsd() > 0;
    m_costBar->setVisible(split && paid);
    m_costNote->setVisible(!split && paid);
}

} // namespace farthing
