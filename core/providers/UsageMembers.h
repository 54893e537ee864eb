// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace farthing {

/// A usage object put together from the ones a stream sends. Each is cumulative: a member that comes again
/// replaces the earlier one, a member that does not come again (or as null) stays, such as the 5 m and 1 h
/// split of message_start.
class UsageMembers
{
public:
    void merge(std::string_view usageJson);
    [[nodiscard]] bool empty() const { return m_json.empty(); }
    /// As it came where it came once; otherwise the merged object.
    [[nodiscard]] const std::string &json() const { return m_json; }

private:
    std::string m_json;
};

} // namespace farthing
