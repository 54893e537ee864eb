// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/QueryService.h"
#include "ui/delegates/CellDelegate.h"

#include <QAbstractTableModel>

#include <memory>

namespace farthing {

/// One answer to "who spends": the groups, and what each spent when. Made on the worker, never changed.
struct Breakdown
{
    Dimension dimension = Dimension::Workflow;
    GroupResult groups;
    CostOverTime overTime;
    std::vector<std::string> seriesKeys; ///< of overTime, dearest first; all others follow as one
};

/// The rows of a Breakdown in an order that the worker made.
class BreakdownModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column {
        Name,
        Cost,
        Share,
        Requests,
        Input,
        Output,
        Cached,
        CostP50,
        CostP95,
        LatencyP50,
        LatencyP95,
        Marks,
        ColumnCount
    };
    using Order = std::vector<std::uint32_t>;

    using QAbstractTableModel::QAbstractTableModel;

    /// As many rows of the same dimension are no reset: what is selected stays with its key.
    void setBreakdown(std::shared_ptr<const Breakdown> data, Order order);
    void setOrder(Order order);
    /// Which header carries the mark.
    void setSortMark(int column, Qt::SortOrder order);
    [[nodiscard]] const std::shared_ptr<const Breakdown> &breakdown() const { return m_data; }
    /// The value behind a row, as filters take it.
    [[nodiscard]] QString keyAt(int row) const;

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// Only says what is wanted: the page has it sorted elsewhere.
    void sort(int column, Qt::SortOrder order) override;

    /// For a worker: the order of `data`'s rows by a column; equal ones by name.
    static Order sorted(const Breakdown &data, int column, Qt::SortOrder order);

signals:
    void sortRequested(int column, Qt::SortOrder order);

private:
    [[nodiscard]] QString titleAt(int column) const;
    void rearrange(std::shared_ptr<const Breakdown> data, Order order);

    std::shared_ptr<const Breakdown> m_data;
    Order m_order;
    int m_markedColumn = -1;
    Qt::SortOrder m_markedOrder = Qt::DescendingOrder;
};

/// A row's cell for any Aggregate: the breakdown's rows and its total line.
QVariant aggregateCell(const Aggregate &row, const Aggregate &total, int column, int role);

/// The one line under a breakdown.
class TotalModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    using QAbstractTableModel::QAbstractTableModel;

    void setTotal(const Aggregate &total, qsizetype groups);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;

private:
    Aggregate m_total;
    qsizetype m_groups = 0;
};

} // namespace farthing
