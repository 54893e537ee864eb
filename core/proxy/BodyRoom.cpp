// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/BodyRoom.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace farthing {

namespace asio = boost::asio;

/// In the line, left however the wait ends.
class BodyRoom::Place
{
public:
    Place(BodyRoom &room, asio::steady_timer &turn)
        : m_room(room)
        , m_at(room.m_line.insert(room.m_line.end(), &turn))
    {}
    ~Place()
    {
        m_room.m_line.erase(m_at);
        m_room.wakeFirst();
    }
    Place(const Place &) = delete;
    Place &operator=(const Place &) = delete;

private:
    BodyRoom &m_room;
    std::list<asio::steady_timer *>::iterator m_at;
};

BodyRoom::Share::~Share()
{
    shrinkTo(0);
}

void BodyRoom::Share::shrinkTo(std::uint64_t bytes)
{
    if (m_room != nullptr && bytes < m_bytes)
        m_room->giveBack(std::exchange(m_bytes, bytes) - bytes);
}

bool BodyRoom::fits(std::uint64_t bytes, std::uint64_t capacity) const
{
    return m_taken == 0 || (bytes <= capacity && m_taken <= capacity - bytes);
}

bool BodyRoom::take(Share &share, std::uint64_t bytes, std::uint64_t capacity)
{
    if (!m_line.empty() || !fits(bytes, capacity))
        return false;
    hold(share, bytes);
    return true;
}

Task<> BodyRoom::wait(Share &share, std::uint64_t bytes, std::uint64_t capacity,
                      std::chrono::milliseconds atMost)
{
    const auto until = std::chrono::steady_clock::now() + atMost;
    asio::steady_timer turn(co_await asio::this_coro::executor);
    const Place place(*this, turn);
    while (std::chrono::steady_clock::now() < until) {
        if (m_line.front() == &turn && fits(bytes, capacity)) {
            hold(share, bytes);
            break;
        }
        turn.expires_at(until);
        co_await turn.async_wait(asio::as_tuple(asTask));
    }
}

void BodyRoom::hold(Share &share, std::uint64_t bytes)
{
    share.m_room = this;
    share.m_bytes = bytes;
    m_taken += bytes;
}

void BodyRoom::giveBack(std::uint64_t bytes)
{
    m_taken -= bytes;
    wakeFirst();
}

void BodyRoom::wakeFirst()
{
    if (!m_line.empty())
        m_line.front()->cancel();
}

} // namespace farthing
