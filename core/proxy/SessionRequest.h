// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"
#include "core/proxy/BodyRoom.h"
#include "core/proxy/HeaderList.h"
#include "core/proxy/ProxySession.h"

#include <chrono>
#include <string>

namespace farthing {

/// One request of a session, as it was received.
struct ProxySession::Request
{
    std::string method;
    std::string target;
    std::string tokenPrefix; ///< "/t/TOKEN", which went before the target
    HeaderList headers;
    std::string body;
    BodyRoom::Share room;
    bool hasBody = false;
    bool http11 = true;
    bool keepAlive = true;
    Timestamp time;
    std::chrono::steady_clock::time_point arrived; ///< its head
    std::chrono::steady_clock::time_point whole;   ///< its body
};

} // namespace farthing
