// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <string>

namespace farthing {

struct HttpAnswer
{
    long status = 0;
    std::string body;
    double milliseconds = 0;
};

/// One GET, http and https alone. Any status is an answer; an error is that there was none, in time and
/// within the size. Redirects are followed where no `header` ("Name: value") is sent, which is for this host
/// alone.
Result<HttpAnswer> httpGet(const std::string &url, long timeoutMs, std::size_t maxBytes,
                           const std::string &header = {});

} // namespace farthing
