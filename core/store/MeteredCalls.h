// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <filesystem>
#include <string_view>
#include <unordered_map>

namespace farthing {

/// The calls of some clients that passed through a proxy, so that what these clients wrote down of the same
/// calls is not counted again.
class MeteredCalls
{
public:
    /// Of clients whose name begins with `client`. Where there are any, every row of the store is looked at:
    /// 0.3 s for a million. None where there is no store.
    static Result<MeteredCalls> ofClient(const std::filesystem::path &database, std::string_view client);

    /// Whether one of the same session had the same input, and arrived in the hour before `event`, which is
    /// when its reply was written down.
    [[nodiscard]] bool has(const CostEvent &event) const;

private:
    std::unordered_multimap<std::uint64_t, Timestamp> m_times; ///< by session and input
};

} // namespace farthing
