// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/BreakdownModel.h"

#include "ui/models/FilterState.h"
#include "ui/models/Format.h"

#include <algorithm>
#include <numeric>

namespace farthing {

namespace {

using Column = BreakdownModel::Column;

const GroupRow &groupAt(const Breakdown &data, const BreakdownModel::Order &order, int row)
{
    return data.groups.rows[order[static_cast<std::size_t>(row)]];
}

/// What a column sorts by. Where nothing is priced there is no cost to compare: those come last.
std::int64_t sortKey(const Aggregate &a, int column)
{
    switch (column) {
    case Column::Cost:
    case Column::Share:
        return a.cost.nanoUsd();
    case Column::Requests:
        return a.requests;
    case Column::Input:
        return a.usage.input;
    case Column::Output:
        return a.usage.output;
    case Column::Cached:
        return a.usage.input == 0 ? -1 : a.usage.cachedInput * 1'000'000 / a.usage.input;
    case Column::CostP50:
        return a.costP50.nanoUsd();
    case Column::CostP95:
        return a.costP95.nanoUsd();
    case Column::LatencyP50:
        return a.latencyP50Us;
    case Column::LatencyP95:
        return a.latencyP95Us;
    case Column::Marks:
        return a.unpriced + a.estimated + a.failed;
    default:
        return 0;
    }
}

QList<Badge> marksOf(const Aggregate &a)
{
    QList<Badge> marks;
    if (a.unpriced > 0)
        marks.append({BreakdownModel::tr("%1 unpriced").arg(format::shortCount(a.unpriced)), Tone::Warning,
                      BreakdownModel::tr("No price is known for these calls; they are in no sum of money")});
    if (a.failed > 0)
        marks.append({BreakdownModel::tr("%1 failed").arg(format::shortCount(a.failed)), Tone::Bad,
                      BreakdownModel::tr("Calls that delivered nothing")});
    if (a.estimated > 0)
        marks.append({BreakdownModel::tr("%1 est.").arg(format::shortCount(a.estimated)), Tone::Muted,
                      BreakdownModel::tr("The provider reported no usage for these calls; it is estimated")});
    return marks;
}

QString shown(const Aggregate &a, const Aggregate &total, int column)
{
    const auto money = [&](Money m) { return a.nothingPriced() ? QStringLiteral("—") : format::money(m); };
    switch (column) {
    case Column::Cost:
        return money(a.cost);
    case Column::Share:
        return a.nothingPriced() ? QStringLiteral("—")
                                 : format::percent(a.cost.nanoUsd(), total.cost.nanoUsd());
    case Column::Requests:
        return format::count(a.requests);
    case Column::Input:
        return format::shortCount(a.usage.input);
    case Column::Output:
        return format::shortCount(a.usage.output);
    case Column::Cached:
        return format::percent(a.usage.cachedInput, a.usage.input);
    case Column::CostP50:
        return money(a.costP50);
    case Column::CostP95:
        return money(a.costP95);
    case Column::LatencyP50:
        return format::duration(a.latencyP50Us);
    case Column::LatencyP95:
        return format::duration(a.latencyP95Us);
    default:
        return {};
    }
}

QString raw(const Aggregate &a, const Aggregate &total, int column)
{
    const auto money = [&](Money m) { return a.nothingPriced() ? QString() : format::text(m.toUsdString()); };
    const auto share = [](std::int64_t part, std::int64_t whole) {
        return whole > 0 ? QString::number(static_cast<double>(part) / static_cast<double>(whole), 'f', 6)
                         : QString();
    };
    const auto milliseconds = [](std::int64_t us) {
        return QString::number(static_cast<double>(us) / 1e3, 'f', 3);
    };
    switch (column) {
    case Column::Cost:
        return money(a.cost);
    case Column::Share:
        return a.nothingPriced() ? QString() : share(a.cost.nanoUsd(), total.cost.nanoUsd());
    case Column::Requests:
        return QString::number(a.requests);
    case Column::Input:
        return QString::number(a.usage.input);
    case Column::Output:
        return QString::number(a.usage.output);
    case Column::Cached:
        return share(a.usage.cachedInput, a.usage.input);
    case Column::CostP50:
        return money(a.costP50);
    case Column::CostP95:
        return money(a.costP95);
    case Column::LatencyP50:
        return milliseconds(a.latencyP50Us);
    case Column::LatencyP95:
        return milliseconds(a.latencyP95Us);
    case Column::Marks: {
        QStringList texts;
        for (const Badge &mark : marksOf(a))
            texts.append(mark.text);
        return texts.join(QStringLiteral(", "));
    }
    default:
        return {};
    }
}

} // namespace

QVariant aggregateCell(const Aggregate &row, const Aggregate &total, int column, int role)
{
    switch (role) {
    case Qt::DisplayRole:
        return shown(row, total, column);
    case cell::RawRole:
        return raw(row, total, column);
    case Qt::TextAlignmentRole:
        return int((column == Column::Name || column == Column::Marks ? Qt::AlignLeft : Qt::AlignRight) |
                   Qt::AlignVCenter);
    case cell::ShareRole:
        if (column == Column::Share && total.cost.nanoUsd() > 0)
            return static_cast<double>(row.cost.nanoUsd()) / static_cast<double>(total.cost.nanoUsd());
        return {};
    case cell::BadgesRole:
        return column == Column::Marks ? QVariant::fromValue(marksOf(row)) : QVariant();
    case Qt::ToolTipRole: {
        if (column != Column::Marks)
            return column == Column::Cost && !row.nothingPriced() ? format::exactMoney(row.cost) : QVariant();
        QStringList hints;
        for (const Badge &mark : marksOf(row))
            hints.append(mark.text + ": " + mark.hint);
        return hints.isEmpty() ? QVariant() : hints.join('\n');
    }
    case Qt::AccessibleTextRole:
        return column == Column::Marks ? raw(row, total, column) : shown(row, total, column);
    default:
        return {};
    }
}

void BreakdownModel::setBreakdown(std::shared_ptr<const Breakdown> data, Order order, const Sorting &sorting)
{
    beginResetModel();
    m_data = std::move(data);
    m_order = std::move(order);
    m_sorting = sorting;
    endResetModel();
}

int BreakdownModel::rowOf(const QString &key) const
{
    if (!m_data)
        return -1;
    const auto group = m_data->find(key.toStdString());
    if (!group)
        return -1;
    const auto row = std::ranges::find(m_order, *group);
    return row == m_order.end() ? -1 : static_cast<int>(row - m_order.begin());
}

DetachableTable::Maker BreakdownModel::detach() const
{
    return [data = m_data, order = m_order, sorting = m_sorting] {
        auto copy = std::make_unique<BreakdownModel>();
        if (data)
            copy->setBreakdown(data, order, sorting);
        return copy;
    };
}

QString BreakdownModel::keyAt(int row) const
{
    return format::text(groupAt(*m_data, m_order, row).key);
}

int BreakdownModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_order.size());
}

int BreakdownModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant BreakdownModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const GroupRow &row = groupAt(*m_data, m_order, index.row());
    if (index.column() == Name) {
        const QString key = format::text(row.key);
        if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
            return valueText(key);
        if (role == cell::RawRole)
            return key;
        if (role == cell::ToneRole)
            return QVariant::fromValue(key.isEmpty() ? Tone::Muted : Tone::Normal);
        if (role == cell::MonoRole)
            return m_data->dimension == Dimension::Model;
    }
    if (role == cell::ToneRole)
        return QVariant::fromValue(index.column() == Cost ? Tone::Strong : Tone::Normal);
    return aggregateCell(row.total, m_data->groups.total, index.column(), role);
}

QVariant BreakdownModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return aggregateCell({}, {}, section, role);
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case Input:
            return tr("All input tokens, cached ones included");
        case Output:
            return tr("All output tokens, reasoning included");
        case Cached:
            return tr("Share of the input tokens read from the provider's prompt cache");
        case CostP50:
        case CostP95:
            return tr("Cost of one request: half of them, or 95 %, cost at most this");
        case LatencyP50:
        case LatencyP95:
            return tr("From the request to the last byte of its answer");
        default:
            return {};
        }
    }
    if (role == Qt::AccessibleTextRole)
        return titleAt(section);
    if (role != Qt::DisplayRole)
        return {};
    if (section != m_sorting.column)
        return titleAt(section);
    return (m_sorting.direction == Qt::AscendingOrder ? QStringLiteral("↑ ") : QStringLiteral("↓ ")) +
           titleAt(section);
}

QString BreakdownModel::titleAt(int column) const
{
    switch (column) {
    case Name:
        return m_data ? titleOf(m_data->dimension) : QString();
    case Cost:
        return tr("Cost");
    case Share:
        return tr("Share");
    case Requests:
        return tr("Requests");
    case Input:
        return tr("Input");
    case Output:
        return tr("Output");
    case Cached:
        return tr("Cached");
    case CostP50:
        return tr("Cost p50");
    case CostP95:
        return tr("Cost p95");
    case LatencyP50:
        return tr("Time p50");
    case LatencyP95:
        return tr("Time p95");
    case Marks:
        return tr("Marks");
    default:
        return {};
    }
}

void BreakdownModel::sort(int column, Qt::SortOrder order)
{
    emit sortRequested(column, order);
}

BreakdownModel::Order BreakdownModel::sorted(const Breakdown &data, const Sorting &sorting)
{
    const auto &rows = data.groups.rows;
    const int column = sorting.column;
    const bool rising = sorting.direction == Qt::AscendingOrder;
    Order result(rows.size());
    std::iota(result.begin(), result.end(), 0U);
    const bool money = column == Cost || column == Share || column == CostP50 || column == CostP95;
    std::ranges::sort(result, [&](std::uint32_t i, std::uint32_t j) {
        const GroupRow &a = rows[i];
        const GroupRow &b = rows[j];
        if (column == Name)
            return rising ? a.key < b.key : b.key < a.key;
        if (money && a.total.nothingPriced() != b.total.nothingPriced())
            return b.total.nothingPriced();
        const std::int64_t x = sortKey(a.total, column);
        const std::int64_t y = sortKey(b.total, column);
        if (x == y)
            return a.key < b.key;
        return rising ? x < y : x > y;
    });
    return result;
}

void TotalModel::setTotal(const Aggregate &total, qsizetype groups)
{
    m_total = total;
    m_groups = groups;
    emit dataChanged(index(0, 0), index(0, BreakdownModel::ColumnCount - 1));
}

int TotalModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : 1;
}

int TotalModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : BreakdownModel::ColumnCount;
}

QVariant TotalModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    if (role == cell::ToneRole)
        return QVariant::fromValue(Tone::Strong);
    if (index.column() == BreakdownModel::Name && (role == Qt::DisplayRole || role == Qt::AccessibleTextRole))
        return tr("Total of %1").arg(format::count(m_groups));
    if (role == cell::ShareRole)
        return {};
    return aggregateCell(m_total, m_total, index.column(), role);
}

} // namespace farthing
