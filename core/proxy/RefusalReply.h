// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/Config.h"
#include "core/proxy/Admission.h"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace farthing {

/// The answer to what could not be read as a request; nothing where the client went away or was too slow.
std::optional<Refusal> reasonUnread(const boost::system::error_code &unread, const Limits &limits);

/// Answers, and takes in for two seconds what the client still sends: a connection that is closed meanwhile
/// is reset, and the answer is lost with it.
boost::asio::awaitable<void> refuseAndClose(boost::beast::tcp_stream &stream,
                                            boost::beast::flat_buffer &buffer, const Refusal &refusal);

} // namespace farthing
