// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/IngestRequest.h"

#include "core/providers/ContentDecoder.h"

namespace farthing {

Result<std::string> decodedBody(const IngestRequest &request, bool &tooLong)
{
    constexpr std::size_t piece = std::size_t(16)
                                  << 10; // a decoder makes at most a thousand times as much of it
    const auto decoder = makeContentDecoder(request.contentEncoding);
    if (!decoder)
        return decoder.error().at("Content-Encoding");
    std::string body;
    for (std::string_view rest = request.body; !rest.empty();) {
        if (auto decoded = (*decoder)->decode(rest.substr(0, piece), body); !decoded)
            return decoded.error().at("the body");
        rest.remove_prefix(std::min(rest.size(), piece));
        tooLong = body.size() > request.mostBytes;
        if (tooLong)
            return Error{"is longer than max_body_bytes, " + std::to_string(request.mostBytes), "the body"};
    }
    return body;
}

} // namespace farthing
