// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// Reads rows of LiteLLM's table LiteLLM_SpendLogs (schema.prisma; what fills it is
/// proxy/spend_tracking/spend_tracking_utils.py), as its API gives them in JSON or Postgres dumps them in
/// CSV: the columns are the same, and `metadata` and `request_tags` are JSON in either.
///
/// - Workflow: a request tag `workflow:NAME` or `spend_logs_metadata.workflow`, else the team's alias, else
///   the key's, else "untagged". Feature: likewise, else the key's alias where the team's is the workflow.
///   User: `end_user`, else `user`. Other request tags, and names of team and key that are neither, are
///   free tags.
/// - `prompt_tokens` include what was cached and written, also Anthropic's, as LiteLLM has it since it tells
///   of `cache_creation_tokens`. Before (2025), what was written stood beside them; it is added where the
///   usage has no such member, or where it cannot be part of the whole.
/// - `spend` is the sender's cost. LiteLLM writes 0 also where it knows no price, so that 0 for tokens that
///   no cache served is no cost, and the price table's is taken.
/// - A failure has the status that its error's code says, else 500, and the class of its error: the message
///   may quote a prompt.
/// - Ids come from `request_id` and `startTime`. Times without an offset, as Postgres writes them, are UTC.
class LiteLlmLog
{
public:
    LiteLlmLog();
    ~LiteLlmLog();
    LiteLlmLog(const LiteLlmLog &) = delete;
    LiteLlmLog &operator=(const LiteLlmLog &) = delete;

    /// The error's place is the column.
    Result<CostEvent> eventOf(std::string_view json);
    /// The header of a CSV. Fails where it is none of that table.
    Result<void> setColumns(const std::vector<std::string> &names);
    Result<CostEvent> eventOf(const std::vector<std::string> &cells);

private:
    struct Row;
    struct Readers;

    Result<CostEvent> eventOf(Row &row);

    std::unique_ptr<Readers> m_readers;
    std::vector<std::optional<std::size_t>> m_columns; ///< of a CSV: which of the row's texts each cell is
};

} // namespace farthing
