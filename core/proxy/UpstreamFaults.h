// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace farthing {

/// Which upstreams fail, why and since when: from the first call that got no whole reply until one does, or
/// until one gets a reply's beginning, where none did before.
class UpstreamFaults
{
public:
    struct Fault
    {
        std::string error; ///< the last one
        Timestamp since;
        Timestamp last;
        std::uint64_t calls = 0; ///< that failed since
        bool inReply = false;    ///< the last one, when its reply had begun
    };
    using Faults = std::map<std::string, Fault, std::less<>>; ///< by the upstream's name

    void failed(const std::string &upstream, const std::string &error, Timestamp at, bool inReply)
    {
        const auto [found, isNew] =
            m_faults.try_emplace(upstream, Fault{.error = {}, .since = at, .last = at});
        Fault &fault = found->second;
        fault.error = error;
        fault.last = at;
        fault.inReply = inReply;
        ++fault.calls;
    }
    void replyBegan(std::string_view upstream)
    {
        if (const auto fault = m_faults.find(upstream); fault != m_faults.end() && !fault->second.inReply)
            m_faults.erase(fault);
    }
    void replyWasWhole(std::string_view upstream)
    {
        if (const auto fault = m_faults.find(upstream); fault != m_faults.end())
            m_faults.erase(fault);
    }
    [[nodiscard]] const Faults &all() const { return m_faults; }

private:
    Faults m_faults;
};

} // namespace farthing
