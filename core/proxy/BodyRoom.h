// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/Task.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>

namespace farthing {

/// The memory that large request bodies may take all together. A body's room is taken whole, before the first
/// byte of it is read or, where its length is not known, as soon as it is no small one any more, so that
/// bodies which arrive side by side never wait for each other half way; who finds too little waits in line.
/// On the event loop's thread alone.
class BodyRoom
{
public:
    /// Room taken, given back when it is destroyed.
    class Share
    {
    public:
        Share() = default;
        ~Share();
        Share(const Share &) = delete;
        Share &operator=(const Share &) = delete;
        [[nodiscard]] bool isHeld() const { return m_room != nullptr; }
        /// What is not needed after all goes back at once.
        void shrinkTo(std::uint64_t bytes);

    private:
        friend class BodyRoom;
        BodyRoom *m_room = nullptr;
        std::uint64_t m_bytes = 0;
    };

    BodyRoom() = default;
    BodyRoom(const BodyRoom &) = delete;
    BodyRoom &operator=(const BodyRoom &) = delete;

    /// Takes `bytes` of `capacity` now, where nobody waits and they are free. One body finds room alone,
    /// however large it is.
    bool take(Share &share, std::uint64_t bytes, std::uint64_t capacity);
    /// Waits in line for what take() did not find; `share` stays empty where that takes longer than `atMost`.
    Task<> wait(Share &share, std::uint64_t bytes, std::uint64_t capacity, std::chrono::milliseconds atMost);

    [[nodiscard]] std::uint64_t taken() const { return m_taken; }

private:
    class Place;
    [[nodiscard]] bool fits(std::uint64_t bytes, std::uint64_t capacity) const;
    void hold(Share &share, std::uint64_t bytes);
    void giveBack(std::uint64_t bytes);
    void wakeFirst();

    std::uint64_t m_taken = 0;
    std::list<boost::asio::steady_timer *> m_line;
};

} // namespace farthing
