// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/delegates/CellDelegate.h"
#include "ui/models/Breakdown.h"
#include "ui/models/TableText.h"

namespace farthing {

/// The rows of a Breakdown in an order that the worker made.
class BreakdownModel : public QAbstractTableModel, public DetachableTable
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

    /// The rows in an order, and the column that made it, whose header carries the mark.
    struct Sorting
    {
        int column = Cost;
        Qt::SortOrder direction = Qt::DescendingOrder;
        bool operator==(const Sorting &) const = default;
    };
    /// Resets the model; rows are found again by their keys.
    void setBreakdown(std::shared_ptr<const Breakdown> data, Order order, const Sorting &sorting);
    [[nodiscard]] const std::shared_ptr<const Breakdown> &breakdown() const { return m_data; }
    [[nodiscard]] const Sorting &sorting() const { return m_sorting; }
    /// The value behind a row, as filters take it.
    [[nodiscard]] QString keyAt(int row) const;
    /// -1 where no row has this value.
    [[nodiscard]] int rowOf(const QString &key) const;
    [[nodiscard]] Maker detach() const override;

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// Only says what is wanted: the page has it sorted elsewhere.
    void sort(int column, Qt::SortOrder order) override;

    /// For a worker: the order of `data`'s rows by a column; equal ones by name.
    static Order sorted(const Breakdown &data, const Sorting &sorting);

signals:
    void sortRequested(int column, Qt::SortOrder order);

private:
    [[nodiscard]] QString titleAt(int column) const;

    std::shared_ptr<const Breakdown> m_data;
    Order m_order;
    Sorting m_sorting;
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
