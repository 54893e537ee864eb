// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

class QMenu;

namespace farthing {

/// A table in Farthing's manner: whole rows, one fixed height, no grid, sortable where the model sorts.
/// Ctrl+C copies the selected rows, or all of them, as tab-separated values with their header.
class DataTable : public QTableView
{
    Q_OBJECT

public:
    explicit DataTable(QWidget *parent = nullptr);

    void setModel(QAbstractItemModel *model) override;
    /// Widths in pixels by column; the column marked 0 takes what is left, and at least `least`.
    void setColumnWidths(const QList<int> &widths, int least);
    /// What `opened` does, for the context menu, which is also the keyboard's way to sort.
    void setOpenText(const QString &text) { m_openText = text; }
    /// The selected rows, or all of them.
    void copySelection();

signals:
    /// Enter or a double click on a row.
    void opened(const QModelIndex &index);

protected:
    void contextMenuEvent(QContextMenuEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    void addSortActions(QMenu *menu);
    void layColumns();
    void setHoveredRow(int row);
    void applyTheme();

    QString m_openText;
    QList<int> m_widths;
    int m_least = 0;
};

} // namespace farthing
