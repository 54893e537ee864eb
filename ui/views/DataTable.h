// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

namespace farthing {

/// A table in Farthing's manner: whole rows, one fixed height, no grid, sortable where the model sorts.
/// Ctrl+C copies the selected rows, or all of them, as tab-separated values with their header.
class DataTable : public QTableView
{
    Q_OBJECT

public:
    explicit DataTable(QWidget *parent = nullptr);

    void setModel(QAbstractItemModel *model) override;
    /// Widths in pixels by column; the first column marked 0 takes what is left, and at least `least`.
    void setColumnWidths(const QList<int> &widths, int least);
    [[nodiscard]] QString selectedAsTsv() const;
    void copySelection();

signals:
    /// Enter or a double click on a row.
    void opened(const QModelIndex &index);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    void layColumns();
    void setHoveredRow(int row);
    void applyTheme();

    QList<int> m_widths;
    int m_least = 0;
};

/// Tab-separated rows of a model with its header line; raw values where the model has them. Formulas are
/// neutralised as in csvOf: a copy ends in a spreadsheet as often as a file does.
QString tsvOf(const QAbstractItemModel &model, const QList<int> &rows);
/// All rows of a model as RFC 4180 writes them, with the header line.
QByteArray csvOf(const QAbstractItemModel &model);

} // namespace farthing
