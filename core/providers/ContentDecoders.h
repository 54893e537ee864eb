// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/ContentDecoder.h"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace farthing {

/// RFC 1952; several members, one after the other, are one stream.
std::unique_ptr<ContentDecoder> makeGzipDecoder();
/// RFC 1950 (zlib), or RFC 1951 without the wrapper, which some servers mean by "deflate".
std::unique_ptr<ContentDecoder> makeDeflateDecoder();
/// RFC 7932.
std::unique_ptr<ContentDecoder> makeBrotliDecoder();
/// RFC 8878; several frames are one stream. Windows above 8 MiB are refused, as browsers do (RFC 9659).
std::unique_ptr<ContentDecoder> makeZstdDecoder();

/// The output side of a decoder: hands out a block to decode into, appends what was filled, and keeps the
/// limit.
class DecodedOutput
{
public:
    static constexpr std::size_t maxBytes = std::size_t{256} << 20;

    [[nodiscard]] std::uint8_t *data() { return m_block.data(); }
    [[nodiscard]] std::size_t size() const { return m_block.size(); }
    /// Takes the first `filled` bytes of the block; fails past the limit.
    Result<void> take(std::size_t filled, std::string &out)
    {
        m_total += filled;
        if (m_total > maxBytes)
            return Error{"the decoded content exceeds 256 MiB"};
        out.append(reinterpret_cast<const char *>(m_block.data()), filled);
        return {};
    }

private:
    std::array<std::uint8_t, std::size_t{16} << 10> m_block{};
    std::size_t m_total = 0;
};

} // namespace farthing
