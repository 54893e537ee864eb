// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/LivePage.h"

#include "ui/bridge/StoreWatch.h"
#include "ui/models/FilterState.h"
#include "ui/models/Format.h"
#include "ui/settings/Theme.h"
#include "ui/views/CallDetails.h"
#include "ui/views/Card.h"
#include "ui/views/DataTable.h"
#include "ui/views/SaveDialog.h"
#include "ui/views/StateView.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

namespace farthing {

namespace {

constexpr int pollMs = 250;
constexpr int retryMs = 2000;
constexpr std::size_t atOnce = 2'000;
constexpr int detailsWidth = 284;
constexpr int detailsHeight = 210;
constexpr int leastWidthBeside = 980; ///< narrower, and the details go below the list

} // namespace

LivePage::LivePage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_fills(context.queries, this)
    , m_polls(context.live, this)
    , m_splits(context.live, this)
    , m_model(capacity)
{
    m_card = new Card(tr("Calls"), this);
    m_count = makeLabel({}, int(Theme::Role::Small), "muted", m_card);
    m_jump = new QPushButton(m_card);
    m_jump->setProperty("look", "link");
    m_jump->setFont(Theme::font(Theme::Role::Small));
    m_jump->setAccessibleName(tr("Go to the newest call"));
    m_pause = new QPushButton(tr("Pause"), m_card);
    m_pause->setCheckable(true);
    m_pause->setProperty("toggle", true);
    m_pause->setFont(Theme::font(Theme::Role::Small));
    m_pause->setAccessibleName(tr("Pause"));
    m_pause->setToolTip(tr("Hold the list still; calls go on being recorded"));
    m_table = new DataTable(m_card);
    m_table->setAccessibleName(tr("Calls"));
    m_table->setModel(&m_model);
    m_table->setColumnWidths({126, 52, 0, 80, 82, 140, 74, 68, 90, 70, 72, 80, 170}, 100);
    m_table->verticalScrollBar()->setSingleStep(Theme::rowHeight);
    QHBoxLayout *const line = m_card->titleLine();
    line->insertWidget(1, m_count);
    line->addWidget(m_jump);
    line->addWidget(m_pause);
    m_card->content()->addWidget(m_table, 1);

    m_details = new CallDetails(this);
    m_details->setMinimumWidth(260);
    m_splitter = new QSplitter(Qt::Horizontal, this);
    m_splitter->setHandleWidth(Theme::medium);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_card);
    m_splitter->addWidget(m_details);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 0);
    m_splitter->setSizes({10'000, detailsWidth});
    m_state = new StateView(m_splitter, this);
    auto *const layout = new QVBoxLayout(this);
    layout->setContentsMargins(Theme::large, Theme::medium + 2, Theme::large, Theme::large);
    layout->addWidget(m_state);

    const auto addExport = [this](const QString &text, auto slot) {
        auto *const action = new QAction(text, this);
        connect(action, &QAction::triggered, this, slot);
        m_exports.append(action);
    };
    addExport(tr("This list as CSV…"), [this] {
        saveFile(this, tr("Export the list"), QStringLiteral("calls.csv"),
                 [make = m_model.detach()] { return csvOf(*make()); });
    });
    addExport(tr("Copy selected rows"), [this] { m_table->copySelection(); });
    m_contentExports = m_exports;
    addExport(tr("Events as CSV…"), [this] { emit eventExportRequested(); });
    connect(m_state, &StateView::stateChanged, this, [this] {
        for (QAction *action : m_contentExports)
            action->setEnabled(m_state->isCurrent());
    });

    m_retry.setSingleShot(true);
    m_retry.setInterval(retryMs);
    connect(&m_retry, &QTimer::timeout, this, &LivePage::fill);
    connect(&m_timer, &QTimer::timeout, this, &LivePage::poll);
    connect(&context.filter, &FilterState::changed, this, [this] {
        m_sequence.reset();
        m_fills.cancel();
        m_polls.cancel();
        m_state->showOutdated();
        if (m_active)
            fill();
    });
    connect(&context.store, &StoreWatch::eventsChanged, this, [this] {
        if (m_state->state() == StateView::State::Empty)
            showEmpty();
    });
    connect(m_pause, &QPushButton::toggled, this, &LivePage::setPaused);
    connect(m_jump, &QPushButton::clicked, this, &LivePage::follow);
    connect(m_table->verticalScrollBar(), &QScrollBar::valueChanged, this, [this] {
        m_following = atEnd();
        m_model.setTrimming(m_following);
        if (m_following)
            m_unseen = 0;
        showCounts();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &LivePage::chosen);
    connect(&m_model, &QAbstractItemModel::dataChanged, this, &LivePage::chosen);
    connect(m_state, &StateView::actionRequested, this, [this] {
        if (m_state->state() == StateView::State::Failed)
            fill();
        else
            emit connectRequested();
    });
}

QWidget *LivePage::firstFocus()
{
    return m_table;
}

void LivePage::setActive(bool active)
{
    m_active = active;
    if (!active) {
        m_timer.stop();
        m_retry.stop();
        return;
    }
    if (!m_sequence)
        fill();
    m_timer.start(pollMs);
}

void LivePage::refresh()
{
    fill();
}

void LivePage::fill()
{
    m_sequence.reset();
    m_polls.cancel();
    m_retry.stop();
    if (m_model.rowCount() == 0 && m_state->state() == StateView::State::Content)
        m_state->showLoading(tr("Reading calls…"));
    const EventFilter filter = m_context.filter.resolve(SystemClock().now());
    m_fills.run<Fill>(
        [filter](QueryService &store, const JobChannel::Cancel &cancel) -> Result<Fill> {
            // The place first, then the calls: what comes in between is seen twice, and not lost.
            const auto tail = store.newerThan({}, 0);
            if (!tail)
                return tail.error();
            auto page = store.events(filter, EventOrder::NewestFirst, capacity, {}, &cancel);
            if (!page)
                return page.error();
            Fill result{{}, tail->sequence, page->next.has_value()};
            for (auto it = page->events.rbegin(); it != page->events.rend(); ++it)
                result.calls.push_back(std::make_shared<const CostEvent>(std::move(*it)));
            return result;
        },
        [this](Result<Fill> result) {
            if (result)
                return filled(*std::move(result));
            m_state->showFailed(tr("The store cannot be read"),
                                QString::fromStdString(result.error().toString()), tr("Try again"));
            if (m_active)
                m_retry.start();
        });
}

void LivePage::filled(Fill fill)
{
    m_sequence = fill.sequence;
    m_more = fill.more;
    m_model.reset(std::move(fill.calls));
    m_details->setCall(nullptr);
    if (m_model.rowCount() == 0) {
        showEmpty();
        return;
    }
    m_state->showContent();
    follow();
    m_table->setCurrentIndex(m_model.index(m_model.rowCount() - 1, 0));
}

void LivePage::showEmpty()
{
    if (m_context.store.isEmpty())
        m_state->showEmpty(tr("Waiting for the first call"),
                           tr("Point an application at the proxy, or load a sample day."), tr("Connect"));
    else
        m_state->showEmpty(
            tr("Nothing in this range"),
            tr("No recorded call passes the time range and the filters above. New ones appear here."));
}

void LivePage::poll()
{
    if (!m_sequence || m_paused || m_polls.busy())
        return;
    dropOld(m_context.filter.resolve(SystemClock().now()));
    m_polls.run<QueryService::Tail>(
        [from = *m_sequence](QueryService &store, const auto &) { return store.newerThan(from, atOnce); },
        [this](Result<QueryService::Tail> tail) {
            if (tail && m_sequence)
                arrived(*tail);
        });
}

void LivePage::arrived(const QueryService::Tail &tail)
{
    if (tail.gap) {
        fill();
        return;
    }
    m_sequence = tail.sequence;
    const EventFilter filter = m_context.filter.resolve(SystemClock().now());
    CallModel::Calls calls;
    for (const CostEvent &event : tail.events)
        if (accepts(filter, event))
            calls.push_back(std::make_shared<const CostEvent>(event));
    const int fresh = m_model.take(calls);
    dropOld(filter);
    if (fresh == 0 || m_model.rowCount() == 0)
        return;
    m_state->showContent();
    if (m_following)
        m_table->scrollToBottom();
    else
        m_unseen += fresh;
    showCounts();
}

void LivePage::dropOld(const EventFilter &filter)
{
    const int before = m_model.rowCount();
    if (m_context.filter.time().length())
        m_model.dropBefore(*filter.range.since);
    if (m_model.rowCount() == before)
        return;
    showCounts();
    if (m_model.rowCount() == 0)
        showEmpty();
}

void LivePage::showCounts()
{
    m_count->setText(m_more || m_model.rowCount() >= capacity
                         ? tr("the newest %1").arg(format::count(m_model.rowCount()))
                         : format::count(m_model.rowCount()));
    m_jump->setVisible(!m_following);
    m_jump->setText(m_unseen > 0 ? tr("%1 newer ↓").arg(format::count(m_unseen)) : tr("Newest ↓"));
}

void LivePage::setPaused(bool paused)
{
    m_paused = paused;
    m_pause->setText(paused ? tr("Go on") : tr("Pause"));
    m_pause->setAccessibleName(m_pause->text());
    if (!paused)
        poll();
}

void LivePage::follow()
{
    m_following = true;
    m_unseen = 0;
    m_model.setTrimming(true);
    m_table->scrollToBottom();
    showCounts();
}

bool LivePage::atEnd() const
{
    const QScrollBar *const bar = m_table->verticalScrollBar();
    return bar->value() >= bar->maximum() - Theme::rowHeight / 2;
}

void LivePage::chosen()
{
    const CallModel::Call call = m_model.callAt(m_table->currentIndex().row());
    m_details->setCall(call);
    if (!call)
        return;
    m_splits.run<std::optional<CostSplit>>(
        [call, prices = m_context.dataDir.prices()](QueryService &,
                                                    const auto &) -> Result<std::optional<CostSplit>> {
            const auto book = loadPriceBook(prices);
            return book ? Result(splitCost(*call, **book)) : book.error();
        },
        [this, id = call->eventId](Result<std::optional<CostSplit>> split) {
            if (split)
                m_details->setSplit(id, *split);
        });
}

void LivePage::resizeEvent(QResizeEvent *event)
{
    Page::resizeEvent(event);
    const Qt::Orientation fitting = width() < leastWidthBeside ? Qt::Vertical : Qt::Horizontal;
    if (m_splitter->orientation() != fitting) {
        m_splitter->setOrientation(fitting);
        m_splitter->setSizes({10'000, fitting == Qt::Vertical ? detailsHeight : detailsWidth});
    }
    if (m_following)
        m_table->scrollToBottom();
}

} // namespace farthing
