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
    [[nodiscard]] QWidget *firstFocus() override;
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
        BreakdownModel::Sorting sorting;
    };

    QWidget *makeContent();
    Card *makeTable(QWidget *parent);
    void makeExports();
    /// Something else is asked for than what is shown.
    void changed();
    void query();
    void show(const Answer &answer);
    void showRows(const Answer &answer);
    void showFigures(const GroupResult &groups);
    void showEmpty();
    void sortBy(int column, Qt::SortOrder order);
    /// Asks again, but leaves the store four times as long as its last answer took.
    void askAgainIn(qint64 ms);
    void filterBy(const QString &key);
    void openRow(int row);
    void openMark(std::size_t series, std::size_t stretch);
    void exportTable();
    void exportChart();
    void exportSpend();

    PageContext m_context;
    JobChannel m_jobs;
    JobChannel m_sorting; ///< on the runner for what must not wait
    BreakdownModel m_model;
    TotalModel m_total;
    QTimer m_again;
    QElapsedTimer m_asked;
    qint64 m_took = 0; ///< milliseconds of the last query
    bool m_active = false;
    bool m_stale = true;
    BreakdownModel::Sorting m_wanted; ///< what the header asks for
    QList<QAction *> m_exports;
    QList<QAction *> m_contentExports; ///< those of what is shown, and only while it is what was asked for
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
    DataTable *m_table;
    DataTable *m_totalTable;
};

} // namespace farthing
