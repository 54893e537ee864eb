// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace farthing {

/// What is kept of one body, before it is encrypted and after: how to show it, and its bytes.
struct BodyRecord
{
    std::string contentType;
    std::string contentEncoding; ///< the bytes are as they were sent
    std::uint64_t size = 0;      ///< of the body when it was sent; more than `bytes` where it is cut
    std::string bytes;

    [[nodiscard]] bool isTruncated() const { return bytes.size() < size; }
};

/// What goes before the bytes. Longer names than a header sensibly has are cut.
std::string recordHead(std::string_view contentType, std::string_view contentEncoding, std::uint64_t size);
/// Head and bytes. Fails on what is no record.
Result<BodyRecord> parseRecord(std::string_view text);

} // namespace farthing
