// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever claims to be encoded decodes to the same, or fails, at any cut.
#include "core/providers/ContentDecoder.h"
#include "tests/fuzz/Pieces.h"

#include <array>

using namespace farthing;

namespace {

constexpr std::array<std::string_view, 6> encodings = {"gzip", "deflate",  "br",
                                                       "zstd", "gzip, br", "identity, zstd"};

/// False where it failed.
bool decode(std::string_view encoding, std::string_view bytes, std::size_t piece, std::string &out)
{
    auto decoder = makeContentDecoder(encoding);
    require(decoder.ok());
    bool good = true;
    feedInPieces(bytes, piece,
                 [&](std::string_view chunk) { good = good && (*decoder)->decode(chunk, out).ok(); });
    return good;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::string_view encoding = encodings[input.choice() % encodings.size()];
    const std::size_t piece = 1 + input.choice() % 16;
    std::string cut;
    std::string whole;
    const bool cutGood = decode(encoding, input.rest(), piece, cut);
    const bool wholeGood = decode(encoding, input.rest(), input.rest().size() + 1, whole);
    // What is out of proportion fails as soon as that shows, which the cuts decide.
    constexpr std::size_t anyProportion = std::size_t{4} << 20;
    // A frame of zstd that lies about its length is found out only where it comes whole.
    require(cutGood == wholeGood || encoding.ends_with("zstd") ||
            whole.size() >= anyProportion - (std::size_t{16} << 10));
    if (cutGood && wholeGood)
        require(cut == whole);
    return 0;
}
