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

/// What a decoder may put out for what it was fed, so that a decompression bomb costs little time. A stream
/// of events of one digit each, the most repetitive there is, comes to 230 bytes for one; what is below the
/// free size may be anything.
class DecodedBudget
{
public:
    static constexpr std::size_t maxBytes = std::size_t{256} << 20;
    static constexpr std::size_t freeBytes = std::size_t{4} << 20;
    static constexpr std::size_t maxRatio = 512;

    void feed(std::size_t encoded) { m_fed += encoded; }
    Result<void> take(std::size_t decoded)
    {
        m_taken += decoded;
        if (m_taken > maxBytes)
            return Error{"the decoded content exceeds 256 MiB"};
        if (m_taken > freeBytes + maxRatio * m_fed)
            return Error{"the decoded content is more than 512 times as long as the encoded"};
        return {};
    }

private:
    std::size_t m_fed = 0;
    std::size_t m_taken = 0;
};

/// The output side of a decoder: hands out a block to decode into, appends what was filled, and keeps to the
/// budget.
class DecodedOutput
{
public:
    void feed(std::size_t encoded) { m_budget.feed(encoded); }
    [[nodiscard]] std::uint8_t *data() { return m_block.data(); }
    [[nodiscard]] std::size_t size() const { return m_block.size(); }
    /// Takes the first `filled` bytes of the block; fails past the budget.
    Result<void> take(std::size_t filled, std::string &out)
    {
        if (auto within = m_budget.take(filled); !within)
            return within;
        out.append(reinterpret_cast<const char *>(m_block.data()), filled);
        return {};
    }

private:
    std::array<std::uint8_t, std::size_t{16} << 10> m_block{};
    DecodedBudget m_budget;
};

} // namespace farthing
