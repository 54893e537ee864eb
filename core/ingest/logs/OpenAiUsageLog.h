// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/ingest/logs/SpreadCalls.h"
#include "core/model/RowCounts.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// Reads what OpenAI's usage API answers (GET /v1/organization/usage/completions and …/embeddings,
/// https://platform.openai.com/docs/api-reference/usage), and the CSV that the usage page exports, whose
/// columns are the same: sums of calls by bucket of time and by what the request grouped by.
///
/// Each sum is of workflow `project_id` (else "untagged"), feature `api_key_id` and user `user_id`, with a
/// free tag share_of_calls: of how many calls an event is an even share. input_tokens include cached,
/// cache-write and audio ones. Without a model nothing can be priced, so that such a result is an error;
/// `batch` true makes batch calls.
class OpenAiUsageLog
{
public:
    /// No bucket of one group has more: a figure of another kind in its place.
    static constexpr std::uint64_t mostCalls = 10'000'000;

    /// A bucket, or a page of them, as JSON. Appends all its sums, or none where one is bad.
    Result<void> take(std::string_view json, std::vector<CallSum> &out);
    /// The header of a CSV. Fails where it is none of usage.
    Result<void> setColumns(const std::vector<std::string> &names);
    Result<void> take(const std::vector<std::string> &cells, std::vector<CallSum> &out);

private:
    enum Column : std::size_t {
        Object,
        Start,
        End,
        Requests,
        Input,
        Cached,
        Written,
        Output,
        InputAudio,
        OutputAudio,
        Project,
        User,
        ApiKey,
        Model,
        Batch,
        ServiceTier,
        columnCount
    };
    static const std::array<std::string_view, columnCount> columnNames;
    using Row = std::array<std::string, columnCount>;

    /// Nothing for a group without calls.
    static Result<std::optional<CallSum>> sumOf(const Row &row, RowCounts &counts);
    static Result<void> setCounts(const Row &row, CallSum &sum);
    static std::optional<std::size_t> columnOf(std::string_view name);

    std::vector<std::optional<std::size_t>> m_columns; ///< of a CSV: which of a row's texts each cell is
    bool m_hasOutput = false;                          ///< that CSV
    RowCounts m_counts;                                ///< of it
};

} // namespace farthing
