// SPDX-License-Identifier: GPL-3.0-or-later
// The first line of the input is the path, the rest the body.
#include "app/sim/SimProvider.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    static const SystemClock clock;
    static sim::SimProvider provider(clock, {});
    const std::string_view input(reinterpret_cast<const char *>(data), size);
    const std::size_t line = std::min(input.find('\n'), input.size());
    sim::HttpCall call{"POST", std::string(input.substr(0, line)), "alt=sse", {}, {}};
    call.headers["x-sim-output-tokens"] = "20";
    if (line < input.size())
        call.body = input.substr(line + 1);
    const sim::Reply reply = provider.handle(call);
    if (reply.status < 200 || (reply.body.empty() && reply.pieces.empty()))
        std::abort();
    return 0;
}
