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

/// On the worker: all that the page shows, in one go.
Result<std::shared_ptr<const Breakdown>> ask(QueryService &store, Dimension dimension,
                                             const EventFilter &filter, const JobChannel::Cancel &cancel)
{
    auto data = std::make_shared<Breakdown>();
    data->dimension = dimension;
    auto groups = store.groupBy(dimension, filter, &cancel);
    if (!groups)
        return groups.error();
    data->groups = *std::move(groups);
    for (const GroupRow &row : data->groups.rows)
        if (data->seriesKeys.size() < SpendChart::namedSeries && row.total.cost.nanoUsd() > 0)
            data->seriesKeys.push_back(row.key);
    auto overTime = store.costOverTime(dimension, data->seriesKeys, filter, SpendChart::maxBuckets, &cancel);
    if (!overTime)
        return overTime.error();
    data->overTime = *std::move(overTime);
    return std::shared_ptr<const Breakdown>(std::move(data));
}

} // namespace

BreakdownPage::BreakdownPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_jobs(context.queries, this)
    , m_sorting(context.queries, this)
{
    m_state = new StateView(makeContent(), this);
    auto *const layout = new QVBoxLayout(this);
    layout->setContentsMargins(Theme::large, Theme::medium + 2, Theme::large, Theme::large);
    layout->addWidget(m_state);
    setFocusProxy(m_table);
    makeExports();
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, &BreakdownPage::query);
    connect(&context.filter, &FilterState::changed, this, [this] {
        m_stale = true;
        if (m_active)
            query();
    });
    connect(&context.store, &StoreWatch::eventsChanged, this, &BreakdownPage::storeChanged);
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
    connect(m_chart, &SpendChart::keyClicked, this, &BreakdownPage::filterBy);
    connect(m_legend, &ChartLegend::keyClicked, this, &BreakdownPage::filterBy);

    m_tableCard = new Card({}, content);
    QStringList names;
    for (const Dimension dimension : choices)
        names.append(titleOf(dimension));
    m_by = new SegmentedControl(tr("Break down by"), names, m_tableCard);
    m_tableCard->titleLine()->insertWidget(0, m_by);
    connect(m_by, &SegmentedControl::chosen, this, [this] {
        emit dimensionChanged(dimension());
        query();
    });
    m_table = new DataTable(m_tableCard);
    m_table->setAccessibleName(tr("Breakdown"));
    m_table->setModel(&m_model);
    m_table->horizontalHeader()->setSortIndicatorClearable(false);
    m_table->horizontalHeader()->setSortIndicator(m_sortColumn, m_sortOrder);
    m_table->setSortingEnabled(true);
    m_model.setSortMark(m_sortColumn, m_sortOrder);
    m_totalTable = new DataTable(m_tableCard);
    m_totalTable->setAccessibleName(tr("Total of the breakdown"));
    m_totalTable->setModel(&m_total);
    m_totalTable->horizontalHeader()->hide();
    m_totalTable->setFixedHeight(Theme::rowHeight);
    m_totalTable->setFocusPolicy(Qt::NoFocus);
    m_totalTable->setSelectionMode(QAbstractItemView::NoSelection);
    m_totalTable->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_totalTable->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    for (DataTable *table : {m_table, m_totalTable})
        table->setColumnWidths({0, 96, 150, 78, 74, 74, 70, 90, 90, 80, 80, 156}, 140);
    connect(m_table->horizontalScrollBar(), &QScrollBar::valueChanged, m_totalTable->horizontalScrollBar(),
            &QScrollBar::setValue);
    m_tableCard->content()->setSpacing(0);
    m_tableCard->content()->addWidget(m_table, 1);
    m_tableCard->content()->addWidget(m_totalTable);
    layout->addWidget(m_tableCard, 3);
    connect(&m_model, &BreakdownModel::sortRequested, this, &BreakdownPage::sortBy);
    connect(m_table, &DataTable::opened, this, [this](const QModelIndex &index) { openRow(index.row()); });
    return content;
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
    m_stale = true;
    if (m_active)
        query();
}

void BreakdownPage::setActive(bool active)
{
    m_active = active;
    if (active && (m_stale || m_context.filter.time().moves()))
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

void BreakdownPage::storeChanged()
{
    m_stale = true;
    if (m_active && !m_jobs.busy() && !m_again.isActive())
        m_again.start(static_cast<int>(
            std::max<qint64>(0, std::max<qint64>(leastPauseMs, 4 * m_took) - m_asked.elapsed())));
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
        [dimension = dimension(), filter, column = m_sortColumn,
         order = m_sortOrder](QueryService &store, const JobChannel::Cancel &cancel) -> Result<Answer> {
            auto found = ask(store, dimension, filter, cancel);
            if (!found)
                return found.error();
            return Answer{*found, BreakdownModel::sorted(**found, column, order)};
        },
        [this](Result<Answer> answer) {
            m_took = m_asked.elapsed();
            if (answer)
                show(*answer);
            else
                m_state->showFailed(tr("The store cannot be read"),
                                    QString::fromStdString(answer.error().toString()), tr("Try again"));
            if (m_stale)
                storeChanged();
        });
}

void BreakdownPage::show(const Answer &answer)
{
    const Aggregate &total = answer.data->groups.total;
    if (total.requests == 0) {
        m_model.setBreakdown(answer.data, answer.order);
        if (m_context.store.isEmpty())
            m_state->showEmpty(tr("No calls yet"),
                               tr("Point an application at the proxy, or load a sample day."), tr("Connect"));
        else
            m_state->showEmpty(tr("Nothing in this range"),
                               tr("No recorded call passes the time range and the filters above."),
                               m_context.filter.time().preset == TimeChoice::Preset::All ? QString()
                                                                                         : tr("All time"));
        return;
    }
    const Breakdown &shown = *answer.data;
    m_model.setBreakdown(answer.data, answer.order);
    m_total.setTotal(total, static_cast<qsizetype>(shown.groups.rows.size()));
    m_chartCard->setTitle(
        tr("Spend by %1, %2")
            .arg(titleOf(shown.dimension).toLower(), SpendChart::unitOf(shown.overTime.bucket)));
    QStringList keys;
    for (const std::string &key : shown.seriesKeys)
        keys.append(format::text(key));
    m_legend->setKeys(keys, shown.groups.rows.size() > shown.seriesKeys.size());
    m_chart->setData(shown.overTime, shown.seriesKeys);
    showFigures(total);
    m_state->showContent();
}

void BreakdownPage::showFigures(const Aggregate &total)
{
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
    m_sortColumn = column;
    m_sortOrder = order;
    m_model.setSortMark(column, order);
    if (!m_model.breakdown() || m_jobs.busy())
        return;
    m_sorting.run<Answer>(
        [data = m_model.breakdown(), column, order](QueryService &, const auto &) -> Result<Answer> {
            return Answer{data, BreakdownModel::sorted(*data, column, order)};
        },
        [this](Result<Answer> answer) {
            if (answer && answer->data == m_model.breakdown())
                m_model.setOrder(std::move(answer->order));
        });
}

void BreakdownPage::filterBy(const QString &key)
{
    if (m_model.breakdown())
        m_context.filter.set({m_model.breakdown()->dimension, {key.toStdString()}, false});
}

void BreakdownPage::openRow(int row)
{
    filterBy(m_model.keyAt(row));
    emit callsRequested();
}

void BreakdownPage::exportTable()
{
    saveText(this, tr("Export the table"), nameOf(dimension()).data() + QStringLiteral(".csv"),
             csvOf(m_model));
}

void BreakdownPage::exportChart()
{
    savePicture(this, tr("Export the chart"), QStringLiteral("spend.png"), m_chartCard);
}

} // namespace farthing
