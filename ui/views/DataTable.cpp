// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/DataTable.h"

#include "ui/delegates/CellDelegate.h"
#include "ui/settings/Theme.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QKeyEvent>

#include <algorithm>
#include <numeric>

namespace farthing {

namespace {

QString oneCell(const QVariant &value)
{
    QString text = value.toString();
    return text.replace('\t', ' ').replace('\n', ' ');
}

} // namespace

QString tsvOf(const QAbstractItemModel &model, const QList<int> &rows)
{
    QStringList lines;
    QStringList cells;
    const int columns = model.columnCount();
    for (int column = 0; column < columns; ++column)
        cells.append(oneCell(model.headerData(column, Qt::Horizontal, Qt::DisplayRole)));
    lines.append(cells.join('\t'));
    for (const int row : rows) {
        cells.clear();
        for (int column = 0; column < columns; ++column) {
            const QModelIndex index = model.index(row, column);
            const QVariant raw = index.data(cell::RawRole);
            cells.append(oneCell(raw.isValid() ? raw : index.data()));
        }
        lines.append(cells.join('\t'));
    }
    return lines.join('\n') + '\n';
}

DataTable::DataTable(QWidget *parent)
    : QTableView(parent)
{
    setItemDelegate(new CellDelegate(this));
    setShowGrid(false);
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setMouseTracking(true);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    setFrameShape(NoFrame);
    setCornerButtonEnabled(false);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(Theme::rowHeight);
    horizontalHeader()->setFixedHeight(Theme::headerHeight);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionsMovable(false);
    horizontalHeader()->setMinimumSectionSize(40);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    applyTheme();
    connect(this, &QTableView::doubleClicked, this, &DataTable::opened);
}

void DataTable::applyTheme()
{
    horizontalHeader()->setFont(Theme::font(Theme::Role::Small));
}

void DataTable::setModel(QAbstractItemModel *model)
{
    QTableView::setModel(model);
    layColumns();
}

void DataTable::setColumnWidths(const QList<int> &widths, int least)
{
    m_widths = widths;
    m_least = least;
    layColumns();
}

void DataTable::layColumns()
{
    if (model() == nullptr)
        return;
    const auto columns = std::min<qsizetype>(model()->columnCount(), m_widths.size());
    const int fixed = std::accumulate(m_widths.begin(), m_widths.end(), 0);
    for (int column = 0; column < columns; ++column) {
        const int width = m_widths[column];
        setColumnWidth(column, width > 0 ? width : std::max(m_least, viewport()->width() - fixed));
    }
}

QString DataTable::selectedAsTsv() const
{
    if (model() == nullptr)
        return {};
    QList<int> rows;
    for (const QModelIndex &index : selectionModel()->selectedRows())
        rows.append(index.row());
    std::ranges::sort(rows);
    if (rows.isEmpty()) {
        rows.resize(model()->rowCount());
        std::iota(rows.begin(), rows.end(), 0);
    }
    return tsvOf(*model(), rows);
}

void DataTable::copySelection()
{
    QApplication::clipboard()->setText(selectedAsTsv());
}

void DataTable::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        copySelection();
        return;
    }
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
        emit opened(currentIndex());
        return;
    }
    QTableView::keyPressEvent(event);
}

void DataTable::resizeEvent(QResizeEvent *event)
{
    QTableView::resizeEvent(event);
    layColumns();
}

void DataTable::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
    QTableView::changeEvent(event);
}

} // namespace farthing
