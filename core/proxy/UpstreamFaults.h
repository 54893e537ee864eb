// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace farthing {

/// Which upstreams fail, why and since when: from the first call that got no whole reply until one gets a
/// reply again.
class UpstreamFaults
{
public:
    struct Fault
    {
        std::string error; ///< the last one
        Timestamp since;
        Timestamp last;
        std::uint64_t calls = 0; ///< that failed since
    };
    using Faults = std::map<std::string, Fault, std::less<>>; ///< by the upstream's name

    void failed(const std::string &upstream, const std::string &error, Timestamp at)
    {
        const auto [fault, isNew] = m_faults.try_emplace(upstream, Fault{{}, at, at, 0});
        fault->second.error = error;
        fault->second.last = at;
        ++fault->second.calls;
    }
    void answered(std::string_view upstream)
    {
        if (const auto fault = m_faults.find(upstream); fault != m_faults.end())
            m_faults.erase(fault);
    }
    [[nodiscard]] const Faults &all() const { return m_faults; }

private:
    Faults m_faults;
};

} // namespace farthing
