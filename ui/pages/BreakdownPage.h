// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/JobRunner.h"
#include "ui/models/BreakdownModel.h"
#include "ui/pages/Page.h"

#include <QElapsedTimer>
#include <QTimer>

namespace farthing {

class Card;
class ChartLegend;
class DataTable;
class FigureCard;
class SegmentedControl;
class SpendChart;
class StateView;

/// Who spends: cost, requests, tokens and times by workflow, user, feature or model.
class BreakdownPage final : public Page
{
    Q_OBJECT

public:
    explicit BreakdownPage(const PageContext &context, QWidget *parent = nullptr);

    void setActive(bool active) override;
    void refresh() override;
    [[nodiscard]] QList<QAction *> exports() const override { return m_exports; }
    [[nodiscard]] Dimension dimension() const;
    void setDimension(Dimension dimension);

signals:
    void dimensionChanged(Dimension dimension);
    /// All events of the filter are wanted as a file.
    void eventExportRequested();

private:
    struct Answer
    {
        std::shared_ptr<const Breakdown> data;
        BreakdownModel::Order order;
    };

    QWidget *makeContent();
    void makeExports();
    void query();
    void show(const Answer &answer);
    void showFigures(const Aggregate &total);
    void sortBy(int column, Qt::SortOrder order);
    void storeChanged();
    void filterBy(const QString &key);
    void openRow(int row);
    void exportTable();
    void exportChart();

    PageContext m_context;
    JobChannel m_jobs;
    JobChannel m_sorting;
    BreakdownModel m_model;
    TotalModel m_total;
    QTimer m_again; ///< until new events are looked at: no more often than the store can answer
    QElapsedTimer m_asked;
    qint64 m_took = 0; ///< milliseconds of the last query
    bool m_active = false;
    bool m_stale = true;
    int m_sortColumn = BreakdownModel::Cost;
    Qt::SortOrder m_sortOrder = Qt::DescendingOrder;
    QList<QAction *> m_exports;
    SegmentedControl *m_by;
    StateView *m_state;
    FigureCard *m_spend;
    FigureCard *m_perRequest;
    FigureCard *m_requests;
    FigureCard *m_tokens;
    FigureCard *m_latency;
    Card *m_chartCard;
    SpendChart *m_chart;
    ChartLegend *m_legend;
    Card *m_tableCard;
    DataTable *m_table;
    DataTable *m_totalTable;
};

} // namespace farthing
