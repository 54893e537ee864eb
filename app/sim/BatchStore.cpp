// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/BatchStore.h"

#include <utility>

namespace farthing::sim {

void BatchStore::put(const std::string &id, std::string content)
{
    m_bytes += content.size();
    m_order.push_back(id);
    m_content[id] = std::move(content);
    while (m_bytes > m_maxBytes && m_order.size() > 1) {
        const auto oldest = m_content.find(m_order.front());
        m_bytes -= oldest->second.size();
        m_content.erase(oldest);
        m_order.pop_front();
    }
}

bool BatchStore::erase(const std::string &id)
{
    const auto it = m_content.find(id);
    if (it == m_content.end())
        return false;
    m_bytes -= it->second.size();
    m_content.erase(it);
    std::erase(m_order, id);
    return true;
}

const std::string *BatchStore::find(const std::string &id) const
{
    const auto it = m_content.find(id);
    return it == m_content.end() ? nullptr : &it->second;
}

} // namespace farthing::sim
