// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

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

    /// All that is known, oldest first, to be written down by another thread.
    struct State
    {
        std::vector<std::pair<std::string, std::shared_ptr<const Origin>>> pending; ///< by id
        std::vector<std::string> counted;                                           ///< "provider/id"
        [[nodiscard]] std::string toJson() const;
    };
    [[nodiscard]] State state() const;
    /// Another number behind each change.
    [[nodiscard]] std::uint64_t revision() const { return m_revision; }
    /// Replaces what is known by what `toJson` made; on failure all stays as it was.
    Result<void> load(std::string_view json);

private:
    void keep(std::string id, Origin origin);
    bool note(std::string name);

    std::unordered_map<std::string, std::shared_ptr<const Origin>> m_origins;
    std::deque<std::string> m_order;
    std::unordered_set<std::string> m_counted;
    std::deque<std::string> m_countedOrder;
    std::uint64_t m_revision = 0;
};

} // namespace farthing
