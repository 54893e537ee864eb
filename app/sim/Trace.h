// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace farthing::sim {

/// A call of a recorded day.
struct TraceRow
{
    std::int64_t tMs = 0; ///< since the trace began
    std::int64_t inputTokens = 0;
    std::int64_t outputTokens = 0;
    std::vector<std::int64_t> hashIds; ///< blocks of 512 prompt tokens; equal leading ids are a shared prefix
};

/// Reads a CSV with the columns t_ms, input_tokens, output_tokens and, where present, hash_ids (separated by
/// spaces), in any order, at most `limit` rows. The error names line and column and says what was expected;
/// nothing of a bad trace is used.
Result<std::vector<TraceRow>> parseTrace(std::string_view csv, std::size_t limit);

} // namespace farthing::sim
