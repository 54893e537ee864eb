// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/TableText.h"

#include "core/base/CsvCell.h"
#include "ui/delegates/CellDelegate.h"

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

QList<int> allRows(const QAbstractItemModel &model)
{
    QList<int> rows(model.rowCount());
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
}

/// The header, then the rows; raw values where the model has them.
QList<QStringList> linesOf(const QAbstractItemModel &model, const QList<int> &rows)
{
    const int columns = model.columnCount();
    QList<QStringList> lines(1);
    for (int column = 0; column < columns; ++column)
        lines[0].append(headerText(model, column));
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

QString headerText(const QAbstractItemModel &model, int column)
{
    const QVariant plain = model.headerData(column, Qt::Horizontal, Qt::AccessibleTextRole);
    return (plain.isValid() ? plain : model.headerData(column, Qt::Horizontal)).toString();
}

QString tsvOf(const QAbstractItemModel &model, const QList<int> &rows)
{
    QString text;
    for (const QStringList &line : linesOf(model, rows.isEmpty() ? allRows(model) : rows)) {
        QStringList cells;
        for (int column = 0; column < line.size(); ++column)
            cells.append(oneCell(line[column], isText(model, column)));
        text += cells.join('\t') + '\n';
    }
    return text;
}

QByteArray csvOf(const QAbstractItemModel &model)
{
    std::string text;
    for (const QStringList &line : linesOf(model, allRows(model))) {
        for (int column = 0; column < line.size(); ++column) {
            if (column > 0)
                text.push_back(',');
            appendCsvCell(text, line[column].toStdString(), isText(model, column));
        }
        text += "\r\n";
    }
    return QByteArray::fromStdString(text);
}

} // namespace farthing
