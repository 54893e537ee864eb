// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace farthing {

/// What a request that brings events says, beside how it got here.
struct IngestRequest
{
    std::string_view body;
    std::string_view contentType;
    std::string_view contentEncoding;
    std::string_view idempotencyKey;
    std::uint64_t mostBytes = 0; ///< of the body once it is decoded
    /// Its time of arrival, the tags and the client that its headers name, and this proxy: for events that
    /// say nothing themselves.
    CostEvent sender;
    /// Takes out of an event's texts what its sender must not see stored: the keys of this request.
    std::function<void(CostEvent &)> mask = {};
};

struct IngestReply
{
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
    int retryAfterS = 0; ///< 0: no Retry-After
};

/// The body without its Content-Encoding. An error where that is unknown, the body is broken, or comes to
/// more than `mostBytes`; `tooLong` tells the last from the others.
Result<std::string> decodedBody(const IngestRequest &request, bool &tooLong);

} // namespace farthing
