// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>

namespace farthing::sim {

/// Files and batches by identifier, the oldest forgotten once they fill `maxBytes`.
class BatchStore
{
public:
    explicit BatchStore(std::size_t maxBytes = std::size_t{64} << 20U)
        : m_maxBytes(maxBytes)
    {}

    void put(const std::string &id, std::string content);
    /// False where there is none.
    bool erase(const std::string &id);
    /// nullptr where there is none; valid until the next put() or erase().
    [[nodiscard]] const std::string *find(const std::string &id) const;

private:
    std::size_t m_maxBytes;
    std::size_t m_bytes = 0;
    std::deque<std::string> m_order;
    std::map<std::string, std::string> m_content;
};

} // namespace farthing::sim
