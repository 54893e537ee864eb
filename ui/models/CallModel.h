// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"
#include "ui/models/TableText.h"

#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace farthing {

/// Calls in the order they became known, the newest last, at most `capacity`: the oldest make room.
class CallModel : public QAbstractTableModel, public DetachableTable
{
    Q_OBJECT

public:
    enum Column {
        Time,
        Status,
        Workflow,
        Feature,
        User,
        Model,
        Input,
        Output,
        Cost,
        Latency,
        Cached,
        FirstByte,
        Marks, ///< streamed, estimated, unpriced …
        ColumnCount
    };
    using Call = std::shared_ptr<const CostEvent>;
    using Calls = std::vector<Call>;

    explicit CallModel(int capacity = 10'000, QObject *parent = nullptr);

    void reset(Calls calls);
    /// Those already here take the place of what they were. Returns how many were new.
    int take(const Calls &calls);
    /// While someone reads what came before, nothing is taken from under his eyes: the oldest stay until
    /// trimming is allowed again, or there are twice as many as the capacity.
    void setTrimming(bool allowed);
    /// Takes out those that arrived before this moment, where trimming is allowed.
    void dropBefore(Timestamp moment);
    /// Null where there is no such row.
    [[nodiscard]] Call callAt(int row) const;
    [[nodiscard]] Maker detach() const override;

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct IdHash
    {
        std::size_t operator()(const Uuid &id) const
        {
            std::size_t h = 0;
            for (const std::uint8_t byte : id.bytes)
                h = h * 131 + byte;
            return h;
        }
    };
    void trim();
    void replace(const std::unordered_map<Uuid, Call, IdHash> &changed);
    /// Rows from `first` up to, but not with, `end`.
    void remove(int first, int end);

    int m_capacity;
    bool m_trimming = true;
    std::deque<Call> m_calls;
    std::unordered_set<Uuid, IdHash> m_ids;
};

} // namespace farthing
