// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/Deadlines.h"

#include <algorithm>

namespace farthing {

Deadlines::~Deadlines()
{
    for (Deadline *const deadline : m_deadlines)
        deadline->m_deadlines = nullptr;
}

void Deadlines::isDue(Clock::time_point at)
{
    if (at < m_armed)
        arm(at);
}

void Deadlines::arm(Clock::time_point at)
{
    m_armed = at;
    m_timer.expires_at(at);
    m_timer.async_wait([this](boost::system::error_code error) {
        if (!error)
            tell();
    });
}

/// What is told may end other waits, and take their deadlines away.
void Deadlines::tell()
{
    m_armed = Clock::time_point::max();
    const auto now = Clock::now();
    for (m_next = m_deadlines.begin(); m_next != m_deadlines.end();) {
        Deadline &deadline = **m_next++;
        if (deadline.m_at > now)
            continue;
        deadline.neverExpire();
        deadline.m_onPassed();
    }
    Clock::time_point earliest = Clock::time_point::max();
    for (const Deadline *const deadline : m_deadlines)
        earliest = std::min(earliest, deadline->m_at);
    isDue(earliest);
}

Deadline::Deadline(Deadlines &deadlines, std::function<void()> onPassed)
    : m_deadlines(&deadlines)
    , m_onPassed(std::move(onPassed))
    , m_place(deadlines.m_deadlines.insert(deadlines.m_deadlines.end(), this))
{}

Deadline::~Deadline()
{
    if (m_deadlines == nullptr)
        return;
    if (m_deadlines->m_next == m_place)
        ++m_deadlines->m_next;
    m_deadlines->m_deadlines.erase(m_place);
}

void Deadline::expireAfter(std::chrono::milliseconds time)
{
    m_at = Deadlines::Clock::now() + time;
    if (m_deadlines != nullptr)
        m_deadlines->isDue(m_at);
}

} // namespace farthing
