// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace farthing {

/// Background responses that were created through this proxy and whose usage has not been reported yet, by
/// the provider's id. Each is given out once, so that its tokens count once however often it is fetched; the
/// oldest is forgotten past the limit. It belongs to the proxy's event loop; save() and load() carry it over
/// a restart.
class PendingResponses
{
public:
    /// What the event of the fetch has from the call that asked for the work.
    struct Origin
    {
        std::string provider, workflow, feature, user, session, requestModel, sentModel, listModel;
    };

    void add(const std::string &id, const CostEvent &event);
    /// True the first time: a reply whose usage is an event's already is not counted by another.
    bool count(const std::string &id, const std::string &provider);
    std::optional<Origin> take(const std::string &id, const std::string &provider);

    /// Whether there is anything new since the last call.
    bool takeChanged() { return std::exchange(m_changed, false); }
    [[nodiscard]] std::string save() const; ///< JSON
    void load(std::string_view json);       ///< a state that cannot be read leaves it as it was

private:
    void keep(std::string id, Origin origin);
    bool note(std::string name);

    std::unordered_map<std::string, Origin> m_origins;
    std::deque<std::string> m_order;
    std::unordered_set<std::string> m_counted; ///< "provider/id"
    std::deque<std::string> m_countedOrder;
    bool m_changed = false;
};

} // namespace farthing
