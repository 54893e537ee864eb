// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace farthing {

/// Background responses that were created through this proxy and whose usage has not been reported yet, by
/// the provider's id. Each is given out once, so that its tokens count once however often it is fetched; the
/// oldest is forgotten past the limit.
class PendingResponses
{
public:
    /// What the event of the fetch has from the call that asked for the work.
    struct Origin
    {
        std::string provider, workflow, feature, user, session, requestModel, sentModel, listModel;
    };

    void add(const std::string &id, const CostEvent &event)
    {
        if (id.empty() || id.size() > longestId)
            return;
        const bool isNew = m_origins
                               .insert_or_assign(id, Origin{event.provider, event.workflow, event.feature,
                                                            event.user, event.session, event.requestModel,
                                                            event.sentModel, event.listModel})
                               .second;
        if (!isNew)
            return;
        m_order.push_back(id);
        if (m_order.size() > atMost) {
            m_origins.erase(m_order.front());
            m_order.pop_front();
        }
    }

    /// True the first time: a reply whose usage is an event's already is not counted by another.
    bool count(const std::string &id, const std::string &provider)
    {
        if (id.empty() || id.size() > longestId || !m_counted.insert(provider + '/' + id).second)
            return false;
        m_countedOrder.push_back(provider + '/' + id);
        if (m_countedOrder.size() > atMost) {
            m_counted.erase(m_countedOrder.front());
            m_countedOrder.pop_front();
        }
        return true;
    }

    std::optional<Origin> take(const std::string &id, const std::string &provider)
    {
        const auto found = m_origins.find(id);
        if (found == m_origins.end() || found->second.provider != provider)
            return std::nullopt;
        std::optional<Origin> origin = std::move(found->second);
        m_origins.erase(found);
        std::erase(m_order, id);
        return origin;
    }

private:
    static constexpr std::size_t atMost = 10'000;
    static constexpr std::size_t longestId = 256;

    std::unordered_map<std::string, Origin> m_origins;
    std::deque<std::string> m_order;
    std::unordered_set<std::string> m_counted;
    std::deque<std::string> m_countedOrder;
};

} // namespace farthing
