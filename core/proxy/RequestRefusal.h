// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/Config.h"
#include "core/proxy/ClientConnection.h"
#include "core/proxy/HeaderList.h"

#include <string>
#include <string_view>

namespace farthing {

/// Why a request is not served, as its client is told.
struct Refusal
{
    int status = 0; ///< 0: nobody is left to be told
    std::string_view code;
    std::string message;
};

/// What is said where a request could not be read. A client that went away or was too slow is told nothing.
Refusal refusalOf(const boost::system::error_code &unread, const Limits &limits);
/// What is said where it cannot be told for certain which host a request means or where its body ends;
/// status 0 where it can.
Refusal refusalOf(const HeaderList &headers, bool http11);
/// To a request whose body found no room in time.
Refusal noRoom(const Limits &limits);

/// Sends a refusal and ends the sending half of the connection, then takes in what the client still sends,
/// for a few seconds: closing upon unread bytes is a reset, which may reach the client before the reply does.
Task<> sendRefusal(ClientConnection &client, Wire wire, const Refusal &refusal);

} // namespace farthing
