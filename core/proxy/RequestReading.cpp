// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/RequestReading.h"

#include "core/providers/ContentDecoder.h"

#include <algorithm>

namespace farthing {

namespace {

/// Some milliseconds of the worst that a client may send: messages of a few bytes each.
constexpr std::size_t longBody = std::size_t(256) * 1024;
/// Between two looks at how much has been decoded.
constexpr std::size_t decodedAtOnce = std::size_t(16) * 1024;

bool isEncoded(const HeaderList &headers)
{
    return contains(headers, "content-encoding");
}

bool decode(std::string_view encoding, std::string_view body, std::size_t atMost, std::string &out)
{
    const auto decoder = makeContentDecoder(encoding);
    if (!decoder)
        return false;
    for (; !body.empty() && out.size() <= atMost; body.remove_prefix(std::min(body.size(), decodedAtOnce)))
        if (!(*decoder)->decode(body.substr(0, decodedAtOnce), out))
            return false;
    return out.size() <= atMost;
}

} // namespace

bool takesTimeToRead(const HeaderList &headers, std::string_view body)
{
    return body.size() > longBody || (isEncoded(headers) && !body.empty());
}

RequestFacts readFacts(const Endpoint &endpoint, const HeaderList &headers, std::string &body,
                       std::size_t decodedAtMost, const AnatomyKey &key)
{
    RequestFacts facts;
    std::string decoded;
    if (isWorthReading(endpoint, body) &&
        (!isEncoded(headers) || decode(find(headers, "content-encoding"), body, decodedAtMost, decoded)))
        if (auto read = readRequest(endpoint, isEncoded(headers) ? decoded : body, key))
            facts = *std::move(read);
    if (facts.model.empty())
        facts.model = endpoint.model;
    return facts;
}

} // namespace farthing
