// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/BodyBuffers.h"

#include <algorithm>
#include <utility>

namespace farthing {

std::string BodyBuffers::take(std::size_t bytes)
{
    std::string buffer;
    if (bytes >= leastKept) {
        const auto large = std::ranges::find_if(m_kept, [bytes](const std::string &kept) {
            return kept.capacity() >= bytes && kept.capacity() / 2 <= bytes;
        });
        if (large != m_kept.end()) {
            buffer = std::exchange(*large, std::move(m_kept.back()));
            m_kept.pop_back();
            m_bytes -= buffer.capacity();
        }
    }
    buffer.clear();
    buffer.reserve(bytes);
    return buffer;
}

void BodyBuffers::giveBack(std::string buffer)
{
    if (buffer.capacity() < leastKept || buffer.capacity() > mostKept - m_bytes)
        return;
    m_bytes += buffer.capacity();
    m_kept.push_back(std::move(buffer));
}

} // namespace farthing
