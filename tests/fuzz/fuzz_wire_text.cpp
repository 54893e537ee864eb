// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever comes over the wire becomes UTF-8 without control characters, in bounds, and stays as it is.
#include "core/providers/WireText.h"
#include "tests/fuzz/Pieces.h"

#include <simdjson.h>

using namespace farthing;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t atMost = input.choice();
    const std::string clean = cleanText(input.rest(), atMost);
    require(clean.size() <= atMost && simdjson::validate_utf8(clean));
    for (const char c : clean)
        require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    require(cleanText(clean, atMost) == clean);
    return 0;
}
