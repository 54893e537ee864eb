// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of JSON is JSON, never longer, and does not depend on where it was cut.
#include "core/providers/JsonThinner.h"
#include "tests/fuzz/Pieces.h"

#include <nlohmann/json.hpp>

using namespace farthing;

namespace {

std::string thinned(std::string_view text, std::size_t piece)
{
    std::string kept;
    JsonThinner thinner;
    feedInPieces(text, piece, [&](std::string_view chunk) {
        thinner.feed(chunk, [&](std::string_view run) { kept += run; });
    });
    return kept;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t piece = 1 + input.choice() % 16;
    const std::string_view text = input.rest();
    const std::string whole = thinned(text, text.size() + 1);
    require(thinned(text, piece) == whole);
    require(whole.size() <= text.size());
    require(!nlohmann::json::accept(text) || nlohmann::json::accept(whole));
    return 0;
}
