// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>

namespace farthing {

class Deadline;

/// Many deadlines at the price of one timer: setting one is an assignment, and only where it is the earliest
/// of all is the timer set anew. Deadlines that outlive it never pass. Used on the event loop alone.
class Deadlines
{
public:
    explicit Deadlines(boost::asio::io_context &context)
        : m_timer(context)
    {}
    ~Deadlines();
    Deadlines(const Deadlines &) = delete;
    Deadlines &operator=(const Deadlines &) = delete;

private:
    friend class Deadline;
    using Clock = std::chrono::steady_clock;
    using List = std::list<Deadline *>;

    void isDue(Clock::time_point at);
    void arm(Clock::time_point at);
    void tell();

    boost::asio::steady_timer m_timer;
    Clock::time_point m_armed = Clock::time_point::max();
    List m_deadlines;
    List::iterator m_next = m_deadlines.end(); ///< of the round under way
};

/// One of them. `onPassed` runs on the event loop, once for each time it was set.
class Deadline
{
public:
    Deadline(Deadlines &deadlines, std::function<void()> onPassed);
    ~Deadline();
    Deadline(const Deadline &) = delete;
    Deadline &operator=(const Deadline &) = delete;

    void expireAfter(std::chrono::milliseconds time);
    void neverExpire() { m_at = Deadlines::Clock::time_point::max(); }

private:
    friend class Deadlines;

    Deadlines *m_deadlines; ///< null once they are gone
    std::function<void()> m_onPassed;
    Deadlines::Clock::time_point m_at = Deadlines::Clock::time_point::max();
    Deadlines::List::iterator m_place;
};

} // namespace farthing
