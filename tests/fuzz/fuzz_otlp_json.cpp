// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/Intake.h"

/// Any bytes as spans in JSON.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    feedIntake({reinterpret_cast<const char *>(data), size}, "application/json", &EventIntake::takeSpans);
    return 0;
}
