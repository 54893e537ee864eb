// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/CurlHeaders.h"

namespace farthing {

void CurlHeaders::add(std::string_view name, std::string_view value)
{
    addLine(name, value.empty() ? ";" : ": ", value);
}

void CurlHeaders::remove(std::string_view name)
{
    addLine(name, ":", {});
}

void CurlHeaders::addLine(std::string_view name, std::string_view mark, std::string_view value)
{
    if (m_starts.empty()) {
        m_text.reserve(1024);
        m_starts.reserve(24);
    }
    m_starts.push_back(m_text.size());
    m_text.append(name).append(mark).append(value).push_back('\0');
}

curl_slist *CurlHeaders::list()
{
    m_nodes.resize(m_starts.size());
    for (std::size_t i = 0; i < m_nodes.size(); ++i)
        m_nodes[i] = {m_text.data() + m_starts[i], i + 1 < m_nodes.size() ? &m_nodes[i + 1] : nullptr};
    return m_nodes.empty() ? nullptr : m_nodes.data();
}

} // namespace farthing
