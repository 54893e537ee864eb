// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QByteArray>

#include <functional>
#include <memory>

namespace farthing {

/// A model whose rows are immutable and shared, so that the same table can be made and read on another
/// thread.
class DetachableTable
{
public:
    DetachableTable() = default;
    virtual ~DetachableTable() = default;
    DetachableTable(const DetachableTable &) = delete;
    DetachableTable &operator=(const DetachableTable &) = delete;

    /// Makes the table of what the model holds now, on whichever thread it is called.
    using Maker = std::function<std::unique_ptr<QAbstractTableModel>()>;
    [[nodiscard]] virtual Maker detach() const = 0;
};

/// A column's title without the mark of the column that is sorted by, where the model tells.
QString headerText(const QAbstractItemModel &model, int column);
/// Tab-separated rows of a model with its header line; raw values where the model has them. Formulas are
/// neutralised as in csvOf: a copy ends in a spreadsheet as often as a file does. No rows: all of them.
QString tsvOf(const QAbstractItemModel &model, const QList<int> &rows = {});
/// All rows of a model as RFC 4180 writes them, with the header line.
QByteArray csvOf(const QAbstractItemModel &model);

} // namespace farthing
