// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace farthing {

/// The proxy's coroutines all run on one event loop. Naming its executor, instead of any executor, spares
/// each step the copies of a type-erased one.
using LoopExecutor = boost::asio::io_context::executor_type;
template <class T = void>
using Task = boost::asio::awaitable<T, LoopExecutor>;
inline constexpr boost::asio::use_awaitable_t<LoopExecutor> asTask;

} // namespace farthing
