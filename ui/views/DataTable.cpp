// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/DataTable.h"

#include "core/base/CsvCell.h"
#include "ui/delegates/CellDelegate.h"
#include "ui/settings/Theme.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>

#include <algorithm>
#include <numeric>

namespace farthing {

namespace {

/// Tabs and line ends would break the table up; a text that a spreadsheet would run gets an apostrophe.
QString oneCell(QString text, bool guarded)
{
    const bool guard = guarded && needsCsvGuard(text.toStdString());
    text.replace("\r\n", " ").replace('\t', ' ').replace('\n', ' ').replace('\r', ' ');
    return guard ? '\'' + text : text;
}

bool isText(const QAbstractItemModel &model, int column)
{
    return (model.headerData(column, Qt::Horizontal, Qt::TextAlignmentRole).toInt() & Qt::AlignRight) == 0;
}

/// Without the mark of the column that is sorted by, where the model tells.
QString titleOf(const QAbstractItemModel &model, int column)
{
    const QVariant plain = model.headerData(column, Qt::Horizontal, Qt::AccessibleTextRole);
    return (plain.isValid() ? plain : model.headerData(column, Qt::Horizontal)).toString();
}

/// The header, then the rows; raw values where the model has them.
QList<QStringList> linesOf(const QAbstractItemModel &model, const QList<int> &rows)
{
    const int columns = model.columnCount();
    QList<QStringList> lines(1);
    for (int column = 0; column < columns; ++column)
        lines[0].append(titleOf(model, column));
    for (const int row : rows) {
        QStringList cells;
        for (int column = 0; column < columns; ++column) {
            const QModelIndex index = model.index(row, column);
            const QVariant raw = index.data(cell::RawRole);
            cells.append(raw.isValid() ? raw.toString() : index.data().toString());
        }
        lines.append(cells);
    }
    return lines;
}

} // namespace

QString tsvOf(const QAbstractItemModel &model, const QList<int> &rows)
{
    QString text;
    for (const QStringList &line : linesOf(model, rows)) {
        QStringList cells;
        for (int column = 0; column < line.size(); ++column)
            cells.append(oneCell(line[column], isText(model, column)));
        text += cells.join('\t') + '\n';
    }
    return text;
}

QByteArray csvOf(const QAbstractItemModel &model)
{
    QList<int> rows(model.rowCount());
    std::iota(rows.begin(), rows.end(), 0);
    std::string text;
    for (const QStringList &line : linesOf(model, rows)) {
        for (int column = 0; column < line.size(); ++column) {
            if (column > 0)
                text.push_back(',');
            appendCsvCell(text, line[column].toStdString(), isText(model, column));
        }
        text += "\r\n";
    }
    return QByteArray::fromStdString(text);
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
