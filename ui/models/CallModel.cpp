// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/CallModel.h"

#include "core/model/Names.h"
#include "ui/delegates/CellDelegate.h"
#include "ui/models/CallText.h"
#include "ui/models/Format.h"

namespace farthing {

namespace {

using Column = CallModel::Column;

bool isNumber(int column)
{
    return column >= Column::Input && column <= Column::FirstByte;
}

QString shown(const CostEvent &e, int column)
{
    const QString about = e.usageSource == UsageSource::Estimated ? QStringLiteral("≈") : QString();
    switch (column) {
    case Column::Time:
        return format::localTime(e.time);
    case Column::Workflow:
        return format::text(e.workflow);
    case Column::Feature:
        return format::orDash(format::text(e.feature));
    case Column::User:
        return format::orDash(format::text(e.user));
    case Column::Model:
        return format::orDash(format::text(e.model()));
    case Column::Input:
        return about + format::count(e.usage.input);
    case Column::Cached:
        return format::count(e.usage.cachedInput);
    case Column::Output:
        return about + format::count(e.usage.output);
    case Column::Cost:
        return e.cost ? about + format::money(*e.cost) : CallModel::tr("unpriced");
    case Column::Latency:
        return format::duration(e.latencyUs);
    case Column::FirstByte:
        return format::duration(e.ttftUs);
    case Column::Status:
        return QString::number(e.status);
    default:
        return {};
    }
}

QString marksText(const CostEvent &event)
{
    QStringList texts;
    for (const Badge &badge : badgesOf(event))
        texts.append(badge.text);
    return texts.join(QStringLiteral(", "));
}

QString raw(const CostEvent &e, int column)
{
    switch (column) {
    case Column::Time:
        return format::text(formatRfc3339(e.time));
    case Column::Feature:
        return format::text(e.feature);
    case Column::User:
        return format::text(e.user);
    case Column::Model:
        return format::text(e.model());
    case Column::Input:
        return QString::number(e.usage.input);
    case Column::Cached:
        return QString::number(e.usage.cachedInput);
    case Column::Output:
        return QString::number(e.usage.output);
    case Column::Cost:
        return e.cost ? format::text(e.cost->toUsdString()) : QString();
    case Column::Latency:
        return QString::number(static_cast<double>(e.latencyUs) / 1e3, 'f', 3);
    case Column::FirstByte:
        return e.ttftUs < 0 ? QString() : QString::number(static_cast<double>(e.ttftUs) / 1e3, 'f', 3);
    case Column::Marks:
        return marksText(e);
    default:
        return shown(e, column);
    }
}

Tone toneOf(const CostEvent &e, int column)
{
    switch (column) {
    case Column::Cost:
        return e.cost ? Tone::Strong : Tone::Warning;
    case Column::Status:
        return statusTone(e.status);
    case Column::Workflow:
        return e.workflow == "untagged" ? Tone::Muted : Tone::Normal;
    case Column::Feature:
    case Column::User:
    case Column::Time:
        return Tone::Muted;
    case Column::Cached:
        return e.usage.cachedInput == 0 ? Tone::Muted : Tone::Normal;
    default:
        return Tone::Normal;
    }
}

} // namespace

CallModel::CallModel(int capacity, QObject *parent)
    : QAbstractTableModel(parent)
    , m_capacity(capacity)
{}

void CallModel::reset(Calls calls)
{
    beginResetModel();
    m_calls.clear();
    m_ids.clear();
    for (Call &call : calls)
        if (m_ids.insert(call->eventId).second)
            m_calls.push_back(std::move(call));
    while (m_calls.size() > static_cast<std::size_t>(m_capacity)) {
        m_ids.erase(m_calls.front()->eventId);
        m_calls.pop_front();
    }
    endResetModel();
}

int CallModel::take(const Calls &calls)
{
    Calls fresh;
    std::unordered_map<Uuid, Call, IdHash> known;
    for (const Call &call : calls)
        if (m_ids.insert(call->eventId).second)
            fresh.push_back(call);
        else
            known[call->eventId] = call;
    if (!fresh.empty()) {
        beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(fresh.size()) - 1);
        m_calls.insert(m_calls.end(), fresh.begin(), fresh.end());
        endInsertRows();
        trim();
    }
    if (!known.empty())
        replace(known);
    return static_cast<int>(fresh.size());
}

void CallModel::replace(const std::unordered_map<Uuid, Call, IdHash> &changed)
{
    int first = -1;
    int last = -1;
    for (int row = 0; row < rowCount(); ++row) {
        Call &call = m_calls[static_cast<std::size_t>(row)];
        const auto found = changed.find(call->eventId);
        if (found == changed.end() || *found->second == *call)
            continue;
        call = found->second;
        first = first < 0 ? row : first;
        last = row;
    }
    if (first >= 0)
        emit dataChanged(index(first, 0), index(last, ColumnCount - 1));
}

void CallModel::setTrimming(bool allowed)
{
    m_trimming = allowed;
    trim();
}

void CallModel::trim()
{
    const int limit = m_trimming ? m_capacity : 2 * m_capacity;
    remove(0, rowCount() - limit);
}

void CallModel::dropBefore(Timestamp moment)
{
    const auto old = [&](int row) { return m_calls[static_cast<std::size_t>(row)]->time < moment; };
    // From the end, so that what is taken out moves nothing that is still to be looked at.
    for (int end = m_trimming ? rowCount() : 0; end > 0;) {
        int first = end;
        while (first > 0 && old(first - 1))
            --first;
        remove(first, end);
        end = first - 1;
    }
}

void CallModel::remove(int first, int end)
{
    if (first >= end)
        return;
    beginRemoveRows({}, first, end - 1);
    for (int row = first; row < end; ++row)
        m_ids.erase(m_calls[static_cast<std::size_t>(row)]->eventId);
    m_calls.erase(m_calls.begin() + first, m_calls.begin() + end);
    endRemoveRows();
}

CallModel::Call CallModel::callAt(int row) const
{
    return row >= 0 && row < rowCount() ? m_calls[static_cast<std::size_t>(row)] : nullptr;
}

DetachableTable::Maker CallModel::detach() const
{
    return [calls = Calls(m_calls.begin(), m_calls.end())] {
        auto copy = std::make_unique<CallModel>(static_cast<int>(calls.size()));
        copy->reset(calls);
        return copy;
    };
}

int CallModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_calls.size());
}

int CallModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant CallModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const CostEvent &event = *m_calls[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return shown(event, index.column());
    case cell::RawRole:
        return raw(event, index.column());
    case Qt::TextAlignmentRole:
        return int((isNumber(index.column()) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case cell::ToneRole:
        return QVariant::fromValue(toneOf(event, index.column()));
    case cell::MonoRole:
        return index.column() == Time || index.column() == Model;
    case cell::BadgesRole:
        return index.column() == Marks ? QVariant::fromValue(badgesOf(event)) : QVariant();
    case Qt::ToolTipRole:
        return index.column() == Status || index.column() == Marks ? statusLine(event) : QVariant();
    case Qt::AccessibleTextRole:
        return index.column() == Marks ? marksText(event) : shown(event, index.column());
    default:
        return {};
    }
}

QVariant CallModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && section == FirstByte)
        return tr("Time to the first byte of the answer");
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Time:
        return tr("Time");
    case Workflow:
        return tr("Workflow");
    case Feature:
        return tr("Feature");
    case User:
        return tr("User");
    case Model:
        return tr("Model");
    case Input:
        return tr("Input");
    case Cached:
        return tr("Cached");
    case Output:
        return tr("Output");
    case Cost:
        return tr("Cost");
    case Latency:
        return tr("Latency");
    case FirstByte:
        return tr("First byte");
    case Status:
        return tr("Status");
    case Marks:
        return tr("Marks");
    default:
        return {};
    }
}

} // namespace farthing
