// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <memory>
#include <string>
#include <string_view>

namespace farthing {

/// Undoes a Content-Encoding on the side, while the encoded bytes are relayed as they are.
class ContentDecoder
{
public:
    ContentDecoder() = default;
    virtual ~ContentDecoder() = default;
    ContentDecoder(const ContentDecoder &) = delete;
    ContentDecoder &operator=(const ContentDecoder &) = delete;

    /// Appends what `encoded` decodes to. Fails on a corrupt stream, having appended what was sound before
    /// the fault, and where the output gets out of proportion (DecodedBudget: a decompression bomb).
    virtual Result<void> decode(std::string_view encoded, std::string &out) = 0;
};

/// For "gzip", "deflate" (zlib or raw), "br", "zstd", "identity" or "" (any case, several comma-separated
/// applied in turn, two at most); an encoding nobody here knows is an error.
Result<std::unique_ptr<ContentDecoder>> makeContentDecoder(std::string_view contentEncoding);

} // namespace farthing
