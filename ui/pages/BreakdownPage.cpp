// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/BreakdownPage.h"

#include "ui/bridge/StoreWatch.h"
#include "ui/charts/ChartLegend.h"
#include "ui/charts/SpendChart.h"
#include "ui/models/FilterState.h"
#include "ui/models/Format.h"
#include "ui/settings/Theme.h"
#include "ui/views/Card.h"
#include "ui/views/DataTable.h"
#include "ui/views/FigureCard.h"
#include "ui/views/SaveDialog.h"
#include "ui/views/SegmentedControl.h"
#include "ui/views/StateView.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QScrollBar>
#include <QVBoxLayout>

namespace farthing {

namespace {

constexpr Dimension choices[] = {Dimension::Workflow, Dimension::User,     Dimension::Feature,
                                 Dimension::Model,    Dimension::Provider, Dimension::Session};
constexpr int leastPauseMs = 2000;
/// A moving range is asked for again when its end has moved by this part of it, but not more seldom than
/// this.
constexpr int partsOfRange = 100;
constexpr qint64 longestPauseMs = 60'000;

} // namespace

BreakdownPage::BreakdownPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_jobs(context.queries, this)
    , m_sorting(context.live, this)
{
    m_state = new StateView(makeContent(), this);
    auto *const layout = new QVBoxLayout(this);
    layout->setContentsMargins(Theme::large, Theme::medium + 2, Theme::large, Theme::large);
    layout->addWidget(m_state);
    makeExports();
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, &BreakdownPage::query);
    connect(&context.filter, &FilterState::changed, this, &BreakdownPage::changed);
    connect(&context.store, &StoreWatch::eventsChanged, this, [this] {
        m_stale = true;
        askAgainIn(leastPauseMs);
    });
    connect(m_state, &StateView::stateChanged, this, [this] {
        for (QAction *action : m_contentExports)
            action->setEnabled(m_state->isCurrent());
    });
    connect(m_state, &StateView::actionRequested, this, [this] {
        if (m_state->state() == StateView::State::Failed)
            query();
        else if (m_context.store.isEmpty())
            emit connectRequested();
        else
            m_context.filter.setTime({TimeChoice::Preset::All, {}});
    });
}

QWidget *BreakdownPage::makeContent()
{
    auto *const content = new QWidget(this);
    auto *const layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::medium);

    auto *const figures = new QHBoxLayout;
    figures->setSpacing(Theme::medium);
    m_spend = new FigureCard(tr("Spend"), content);
    m_perRequest = new FigureCard(tr("Cost per request"), content);
    m_requests = new FigureCard(tr("Requests"), content);
    m_tokens = new FigureCard(tr("Tokens"), content);
    m_latency = new FigureCard(tr("Time per request"), content);
    for (FigureCard *card : {m_spend, m_perRequest, m_requests, m_tokens, m_latency})
        figures->addWidget(card, 1);
    layout->addLayout(figures);

    m_chartCard = new Card({}, content);
    m_legend = new ChartLegend(m_chartCard);
    m_chartCard->titleLine()->insertWidget(1, m_legend, 1'000);
    m_chart = new SpendChart(m_chartCard);
    m_chartCard->content()->addWidget(m_chart);
    layout->addWidget(m_chartCard, 2);
    connect(m_chart, &SpendChart::markOpened, this, &BreakdownPage::openMark);
    connect(m_legend, &ChartLegend::keyClicked, this, &BreakdownPage::filterBy);
    layout->addWidget(makeTable(content), 3);
    return content;
}

Card *BreakdownPage::makeTable(QWidget *parent)
{
    auto *const card = new Card({}, parent);
    QStringList names;
    for (const Dimension dimension : choices)
        names.append(titleOf(dimension));
    m_by = new SegmentedControl(tr("Break down by"), names, card);
    card->titleLine()->insertWidget(0, m_by);
    connect(m_by, &SegmentedControl::chosen, this, [this] {
        emit dimensionChanged(dimension());
        changed();
    });
    m_table = new DataTable(card);
    m_table->setAccessibleName(tr("Breakdown"));
    m_table->setOpenText(tr("Show the calls"));
    m_table->setModel(&m_model);
    m_table->horizontalHeader()->setSortIndicatorClearable(false);
    m_table->horizontalHeader()->setSortIndicator(m_wanted.column, m_wanted.direction);
    m_table->setSortingEnabled(true);
    m_totalTable = new DataTable(card);
    m_totalTable->setAccessibleName(tr("Total of the breakdown"));
    m_totalTable->setModel(&m_total);
    m_totalTable->horizontalHeader()->hide();
    m_totalTable->setFixedHeight(Theme::rowHeight);
    m_totalTable->setFocusPolicy(Qt::NoFocus);
    m_totalTable->setSelectionMode(QAbstractItemView::NoSelection);
    m_totalTable->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_totalTable->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // The line below follows the table, whose columns are dragged and make room for a scroll bar.
    connect(m_table->horizontalHeader(), &QHeaderView::sectionResized, m_totalTable,
            [this](int column, int, int width) { m_totalTable->setColumnWidth(column, width); });
    connect(m_table->horizontalScrollBar(), &QScrollBar::valueChanged, m_totalTable->horizontalScrollBar(),
            &QScrollBar::setValue);
    m_table->setColumnWidths({0, 96, 150, 92, 74, 74, 70, 90, 90, 80, 80, 142}, 140);
    card->content()->setSpacing(0);
    card->content()->addWidget(m_table, 1);
    card->content()->addWidget(m_totalTable);
    connect(&m_model, &BreakdownModel::sortRequested, this, &BreakdownPage::sortBy);
    connect(m_table, &DataTable::opened, this, [this](const QModelIndex &index) { openRow(index.row()); });
    return card;
}

void BreakdownPage::makeExports()
{
    const auto add = [this](const QString &text, auto slot) {
        auto *const action = new QAction(text, this);
        connect(action, &QAction::triggered, this, slot);
        m_exports.append(action);
    };
    add(tr("Table as CSV…"), [this] { exportTable(); });
    add(tr("Copy table"), [this] { m_table->copySelection(); });
    add(tr("Chart as PNG…"), [this] { exportChart(); });
    add(tr("Chart's figures as CSV…"), [this] { exportSpend(); });
    m_contentExports = m_exports;
    for (QAction *action : m_contentExports)
        action->setEnabled(false);
    add(tr("Events as CSV…"), [this] { emit eventExportRequested(); });
}

Dimension BreakdownPage::dimension() const
{
    return choices[static_cast<std::size_t>(std::max(0, m_by->current()))];
}

void BreakdownPage::setDimension(Dimension dimension)
{
    const auto *const it = std::ranges::find(choices, dimension);
    if (it == std::end(choices) || dimension == this->dimension())
        return;
    m_by->setCurrent(static_cast<int>(it - std::begin(choices)));
    changed();
}

QWidget *BreakdownPage::firstFocus()
{
    return m_table;
}

void BreakdownPage::setActive(bool active)
{
    m_active = active;
    if (active && (m_stale || m_context.filter.time().length()))
        query();
    if (!active) {
        m_again.stop();
        m_stale = m_stale || m_jobs.busy();
        m_jobs.cancel();
    }
}

void BreakdownPage::refresh()
{
    query();
}

void BreakdownPage::changed()
{
    m_stale = true;
    m_state->showOutdated();
    if (m_active)
        query();
}

void BreakdownPage::askAgainIn(qint64 ms)
{
    if (!m_active || m_jobs.busy())
        return;
    const qint64 pause = std::max<qint64>(0, std::max(ms, 4 * m_took) - m_asked.elapsed());
    if (!m_again.isActive() || m_again.remainingTime() > pause)
        m_again.start(static_cast<int>(pause));
}

void BreakdownPage::query()
{
    m_again.stop();
    m_stale = false;
    m_asked.start();
    if (!m_model.breakdown())
        m_state->showLoading(tr("Adding up…"));
    const EventFilter filter = m_context.filter.resolve(SystemClock().now());
    m_jobs.run<Answer>(
        [dimension = dimension(), filter,
         sorting = m_wanted](QueryService &store, const JobChannel::Cancel &cancel) -> Result<Answer> {
            auto found = askBreakdown(store, dimension, filter, SpendChart::namedSeries,
                                      SpendChart::mostStretches, cancel);
            if (!found)
                return found.error();
            return Answer{*found, BreakdownModel::sorted(**found, sorting), sorting};
        },
        [this](Result<Answer> answer) {
            m_took = m_asked.elapsed();
            if (answer)
                show(*answer);
            else
                m_state->showFailed(tr("The store cannot be read"),
                                    QString::fromStdString(answer.error().toString()), tr("Try again"));
            if (m_stale || !answer)
                askAgainIn(leastPauseMs);
            else if (const auto length = m_context.filter.time().length())
                askAgainIn(
                    std::min<qint64>(*length / std::chrono::milliseconds(partsOfRange), longestPauseMs));
        });
}

void BreakdownPage::show(const Answer &answer)
{
    const Breakdown &shown = *answer.data;
    const Aggregate &total = shown.groups.total;
    showRows(answer);
    if (total.requests == 0) {
        showEmpty();
        return;
    }
    m_total.setTotal(total, static_cast<qsizetype>(shown.groups.rows.size()));
    m_chartCard->setTitle(
        tr("Spend by %1, %2")
            .arg(titleOf(shown.dimension).toLower(), SpendChart::unitOf(shown.overTime.length)));
    QStringList keys;
    for (const std::string &key : shown.seriesKeys)
        keys.append(format::text(key));
    m_legend->setKeys(keys, shown.groups.rows.size() > shown.seriesKeys.size());
    m_chart->setData(answer.data);
    showFigures(shown.groups);
    m_state->showContent();
    // The header may have been clicked since the rows were put in order.
    if (answer.sorting != m_wanted)
        sortBy(m_wanted.column, m_wanted.direction);
}

void BreakdownPage::showEmpty()
{
    if (m_context.store.isEmpty())
        m_state->showEmpty(tr("No calls yet"), tr("Point an application at the proxy, or load a sample day."),
                           tr("Connect"));
    else
        m_state->showEmpty(
            tr("Nothing in this range"), tr("No recorded call passes the time range and the filters above."),
            m_context.filter.time().preset == TimeChoice::Preset::All ? QString() : tr("All time"));
}

/// What is selected stays so with its key, and the view where it was.
void BreakdownPage::showRows(const Answer &answer)
{
    const auto &before = m_model.breakdown();
    const bool same = before && before->dimension == answer.data->dimension;
    QStringList selected;
    for (const QModelIndex &index : m_table->selectionModel()->selectedRows())
        selected.append(m_model.keyAt(index.row()));
    const QModelIndex current = m_table->currentIndex();
    const QString currentKey = current.isValid() ? m_model.keyAt(current.row()) : QString();
    const int scrolled = m_table->verticalScrollBar()->value();
    m_model.setBreakdown(answer.data, answer.order, answer.sorting);
    if (!same)
        return;
    QItemSelectionModel *const selection = m_table->selectionModel();
    if (const int row = current.isValid() ? m_model.rowOf(currentKey) : -1; row >= 0)
        selection->setCurrentIndex(m_model.index(row, current.column()), QItemSelectionModel::NoUpdate);
    for (const QString &key : selected)
        if (const int row = m_model.rowOf(key); row >= 0)
            selection->select(m_model.index(row, 0), QItemSelectionModel::Select | QItemSelectionModel::Rows);
    m_table->verticalScrollBar()->setValue(scrolled);
}

void BreakdownPage::showFigures(const GroupResult &groups)
{
    const Aggregate &total = groups.total;
    const bool priced = total.unpriced < total.requests;
    const auto money = [&](Money m) { return priced ? format::money(m) : QStringLiteral("—"); };
    const Money saved = total.savings.total();
    m_spend->set(money(total.cost),
                 saved.nanoUsd() > 0
                     ? tr("list %1 · saved %2").arg(format::money(total.listCost), format::money(saved))
                     : tr("failed and retried %1").arg(format::money(total.failedCost)),
                 format::exactMoney(total.cost));
    const std::int64_t counted = std::max<std::int64_t>(1, total.requests - total.unpriced);
    m_perRequest->set(
        money(Money::fromNanoUsd(total.cost.nanoUsd() / counted)),
        priced ? tr("p50 %1 · p95 %2").arg(format::money(total.costP50), format::money(total.costP95))
               : tr("no price is known"));
    QStringList notes;
    if (total.failed > 0)
        notes.append(tr("%1 failed").arg(format::shortCount(total.failed)));
    if (total.unpriced > 0)
        notes.append(tr("%1 unpriced").arg(format::shortCount(total.unpriced)));
    if (total.estimated > 0)
        notes.append(tr("%1 est.").arg(format::shortCount(total.estimated)));
    // Events of before are gone, and sums are told by whole stretches of time.
    if (groups.instead && groups.instead->since)
        notes.append(tr("since %1").arg(format::exactTime(*groups.instead->since)));
    if (groups.instead && groups.instead->until)
        notes.append(tr("until %1").arg(format::exactTime(*groups.instead->until)));
    m_requests->set(format::count(total.requests),
                    notes.isEmpty() ? tr("none failed, all priced") : notes.join(QStringLiteral(" · ")));
    m_tokens->set(format::shortCount(total.usage.input + total.usage.output),
                  tr("%1 in · %2 out")
                      .arg(format::shortCount(total.usage.input), format::shortCount(total.usage.output)),
                  tr("%1 of the input was read from a provider's prompt cache")
                      .arg(format::percent(total.usage.cachedInput, total.usage.input)));
    m_latency->set(format::duration(total.latencyP50Us),
                   tr("median · p95 %1").arg(format::duration(total.latencyP95Us)));
}

void BreakdownPage::sortBy(int column, Qt::SortOrder order)
{
    m_wanted = {column, order};
    if (!m_model.breakdown())
        return;
    m_sorting.run<Answer>(
        [data = m_model.breakdown(), sorting = m_wanted](QueryService &, const auto &) -> Result<Answer> {
            return Answer{data, BreakdownModel::sorted(*data, sorting), sorting};
        },
        [this](Result<Answer> answer) {
            if (answer && answer->data == m_model.breakdown())
                showRows(*answer);
        });
}

void BreakdownPage::filterBy(const QString &key)
{
    if (m_model.breakdown())
        m_context.filter.set({m_model.breakdown()->dimension, {key.toStdString()}, false});
}

void BreakdownPage::openRow(int row)
{
    if (!m_state->isCurrent())
        return;
    filterBy(m_model.keyAt(row));
    emit callsRequested();
}

void BreakdownPage::openMark(std::size_t series, std::size_t stretch)
{
    if (!m_state->isCurrent())
        return;
    const MarkFilter mark = filterOfMark(*m_model.breakdown(), series, stretch);
    m_context.filter.narrow(mark.condition);
    m_context.filter.setTime({TimeChoice::Preset::Custom, mark.range});
    emit callsRequested();
}

void BreakdownPage::exportTable()
{
    saveFile(this, tr("Export the table"), nameOf(dimension()).data() + QStringLiteral(".csv"),
             [make = m_model.detach()] { return csvOf(*make()); });
}

void BreakdownPage::exportChart()
{
    savePicture(this, tr("Export the chart"), QStringLiteral("spend.png"), m_chartCard);
}

void BreakdownPage::exportSpend()
{
    saveFile(this, tr("Export the chart's figures"), QStringLiteral("spend.csv"),
             [data = m_model.breakdown()] { return spendCsvOf(*data, SpendChart::others()); });
}

} // namespace farthing
