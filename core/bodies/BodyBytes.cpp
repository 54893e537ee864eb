// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bodies/BodyBytes.h"

#include <algorithm>
#include <utility>

namespace farthing {

namespace {

constexpr std::size_t smallestBlock = std::size_t(4) * 1024;
constexpr std::size_t largestBlock = std::size_t(64) * 1024;

} // namespace

bool BodyBudget::take(std::uint64_t bytes)
{
    if (m_taken.fetch_add(bytes) + bytes <= m_limit)
        return true;
    m_taken -= bytes;
    return false;
}

BodyBytes::BodyBytes(BodyBudget &budget, std::size_t most)
    : m_budget(budget)
    , m_most(most)
{}

BodyBytes::~BodyBytes()
{
    m_budget.giveBack(m_taken);
}

void BodyBytes::append(std::string_view bytes)
{
    m_size += bytes.size();
    bytes = bytes.substr(0, m_most - m_kept);
    while (!bytes.empty() && !m_isLost) {
        if ((m_blocks.empty() || m_blocks.back().size() == m_blocks.back().capacity()) &&
            !makeRoom(bytes.size()))
            return;
        std::string &block = m_blocks.back();
        const auto part = bytes.substr(0, block.capacity() - block.size());
        block += part;
        m_kept += part.size();
        bytes.remove_prefix(part.size());
    }
}

void BodyBytes::adopt(std::string &&body)
{
    if (body.size() > m_most)
        return append(body);
    m_size = m_kept = body.size();
    if (!m_budget.take(body.capacity()))
        return lose();
    m_taken = body.capacity();
    m_blocks.push_back(std::move(body));
}

bool BodyBytes::makeRoom(std::size_t bytes)
{
    const std::size_t twice = m_blocks.empty() ? smallestBlock : 2 * m_blocks.back().capacity();
    const std::size_t wanted = std::clamp(std::max(twice, bytes), smallestBlock, largestBlock);
    std::string block;
    block.reserve(wanted);
    if (!m_budget.take(block.capacity())) {
        lose();
        return false;
    }
    m_taken += block.capacity();
    m_blocks.push_back(std::move(block));
    return true;
}

void BodyBytes::lose()
{
    m_isLost = true;
    m_blocks.clear();
    m_budget.giveBack(std::exchange(m_taken, 0));
}

} // namespace farthing
