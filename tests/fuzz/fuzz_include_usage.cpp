// SPDX-License-Identifier: GPL-3.0-or-later
// An edited request asks for usage once and for all; a filtered stream does not depend on the cut, and loses
// nothing where no usage is in it.
#include "core/providers/IncludeUsage.h"
#include "tests/fuzz/Pieces.h"

using namespace farthing;

namespace {

std::string filtered(std::string_view stream, std::size_t piece)
{
    std::string out;
    IncludeUsageFilter filter;
    feedInPieces(stream, piece, [&](std::string_view chunk) { filter.feed(chunk, out); });
    filter.finish(out);
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t piece = 1 + input.choice() % 16;
    const std::string_view text = input.rest();
    if (const auto edited = withIncludeUsage(text)) {
        require(edited->size() >= text.size() - 1);
        require(!withIncludeUsage(*edited));
    }
    const std::string whole = filtered(text, text.size() + 1);
    require(filtered(text, piece) == whole);
    require(whole.size() <= text.size());
    if (text.find("\"usage\"") == std::string_view::npos)
        require(whole == text);
    return 0;
}
