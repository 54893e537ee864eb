// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/Task.h"

#include <optional>

namespace farthing {

/// Where one coroutine waits for what happens elsewhere on its event loop. Raising it resumes the waiter at
/// once, within the call; a signal that nobody waits for is not remembered, so what it stands for is checked
/// before each wait.
class Signal
{
public:
    Signal() = default;
    Signal(const Signal &) = delete;
    Signal &operator=(const Signal &) = delete;

    Task<> wait()
    {
        return boost::asio::async_initiate<const Token &, void()>(
            [this](Handler waiter) { m_waiter.emplace(std::move(waiter)); }, asTask);
    }
    void raise()
    {
        if (!m_waiter)
            return;
        Handler waiter = *std::move(m_waiter);
        m_waiter.reset();
        std::move(waiter)();
    }
    [[nodiscard]] bool isAwaited() const { return m_waiter.has_value(); }

private:
    using Token = boost::asio::use_awaitable_t<LoopExecutor>;
    using Handler = boost::asio::async_result<Token, void()>::handler_type;

    std::optional<Handler> m_waiter;
};

} // namespace farthing
