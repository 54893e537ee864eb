// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <curl/curl.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

struct CurlUrlDelete
{
    void operator()(CURLU *url) const { curl_url_cleanup(url); }
};

/// "https://host:port", as text and as libcurl has it once it has read it.
struct CurlOrigin
{
    std::string text;
    std::unique_ptr<CURLU, CurlUrlDelete> url; ///< null where libcurl cannot read it
};

/// The origins of late, so that libcurl need not read the same one for every call.
class CurlOrigins
{
public:
    std::shared_ptr<const CurlOrigin> of(std::string_view origin);

private:
    std::vector<std::shared_ptr<const CurlOrigin>> m_origins;
};

} // namespace farthing
