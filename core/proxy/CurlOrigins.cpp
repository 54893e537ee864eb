// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/CurlOrigins.h"

#include <algorithm>

namespace farthing {

namespace {

/// More than a farthing.json has upstreams; those that it no longer has go at some time.
constexpr std::size_t originsKept = 64;

} // namespace

std::shared_ptr<const CurlOrigin> CurlOrigins::of(std::string_view origin)
{
    const auto known =
        std::ranges::find(m_origins, origin, [](const auto &kept) { return std::string_view(kept->text); });
    if (known != m_origins.end())
        return *known;
    auto fresh = std::make_shared<CurlOrigin>();
    fresh->text = origin;
    fresh->url.reset(curl_url());
    if (curl_url_set(fresh->url.get(), CURLUPART_URL, fresh->text.c_str(), 0) != CURLUE_OK)
        fresh->url.reset();
    if (m_origins.size() == originsKept)
        m_origins.erase(m_origins.begin());
    m_origins.push_back(fresh);
    return fresh;
}

} // namespace farthing
