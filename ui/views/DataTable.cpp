// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/DataTable.h"

#include "ui/bridge/Background.h"
#include "ui/delegates/CellDelegate.h"
#include "ui/models/TableText.h"
#include "ui/settings/Theme.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>

#include <algorithm>
#include <numeric>

namespace farthing {

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
    setHoveredRow(-1);
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
    // Where not all fit, those that do end at the edge of the view: none is cut through.
    int fixed = 0;
    int flexible = m_least;
    for (qsizetype column = 0; column < columns; ++column) {
        fixed += m_widths[column];
        if (const int left = viewport()->width() - fixed; left >= m_least)
            flexible = left;
    }
    for (int column = 0; column < columns; ++column)
        setColumnWidth(column, m_widths[column] > 0 ? m_widths[column] : flexible);
}

void DataTable::copySelection()
{
    if (model() == nullptr)
        return;
    QList<int> rows;
    for (const QModelIndex &index : selectionModel()->selectedRows())
        rows.append(index.row());
    std::ranges::sort(rows);
    const auto copy = [](const QString &text) { QApplication::clipboard()->setText(text); };
    if (const auto *const detachable = dynamic_cast<const DetachableTable *>(model()))
        inBackground(
            this, [make = detachable->detach(), rows] { return tsvOf(*make(), rows); }, copy);
    else
        copy(tsvOf(*model(), rows));
}

void DataTable::contextMenuEvent(QContextMenuEvent *event)
{
    if (model() == nullptr)
        return;
    auto *const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (!m_openText.isEmpty() && currentIndex().isValid())
        menu->addAction(m_openText, this, [this] { emit opened(currentIndex()); });
    menu->addAction(selectionModel()->hasSelection() ? tr("Copy rows") : tr("Copy table"), QKeySequence::Copy,
                    this, &DataTable::copySelection);
    if (isSortingEnabled())
        addSortActions(menu->addMenu(tr("Sort by")));
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    menu->popup(byKey ? viewport()->mapToGlobal(visualRect(currentIndex()).bottomLeft())
                      : event->globalPos());
}

void DataTable::addSortActions(QMenu *menu)
{
    const QHeaderView *const header = horizontalHeader();
    for (int column = 0; column < model()->columnCount(); ++column) {
        // Figures are looked at from the largest on; what is sorted by already is turned round.
        const QVariant alignment = model()->headerData(column, Qt::Horizontal, Qt::TextAlignmentRole);
        Qt::SortOrder order =
            (alignment.toInt() & Qt::AlignRight) != 0 ? Qt::DescendingOrder : Qt::AscendingOrder;
        if (header->sortIndicatorSection() == column)
            order =
                header->sortIndicatorOrder() == Qt::AscendingOrder ? Qt::DescendingOrder : Qt::AscendingOrder;
        menu->addAction(headerText(*model(), column), this,
                        [this, column, order] { sortByColumn(column, order); });
    }
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

void DataTable::setHoveredRow(int row)
{
    if (property(CellDelegate::hoveredRowProperty) == row)
        return;
    setProperty(CellDelegate::hoveredRowProperty, row);
    viewport()->update();
}

void DataTable::mouseMoveEvent(QMouseEvent *event)
{
    setHoveredRow(rowAt(event->position().toPoint().y()));
    QTableView::mouseMoveEvent(event);
}

void DataTable::leaveEvent(QEvent *event)
{
    setHoveredRow(-1);
    QTableView::leaveEvent(event);
}

void DataTable::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
    QTableView::changeEvent(event);
}

} // namespace farthing
