// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever a client sends, reading it ends, stays in bounds, and says the same twice.
#include "core/providers/RequestFacts.h"
#include "tests/fuzz/Pieces.h"

using namespace farthing;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const Endpoint endpoint{.kind = static_cast<EndpointKind>(input.choice() % 21), .model = {}};
    const AnatomyKey key{7};
    std::string body(input.rest());
    const auto facts = readRequest(endpoint, body, key);
    require(body == input.rest());
    const auto again = readRequest(endpoint, body, key);
    require(facts.ok() == again.ok());
    if (!facts)
        return 0;
    require(facts->anatomy == again->anatomy);
    require(facts->promptTextBytes >= 0 && facts->anatomy.prefix.size() <= 65);
    for (const auto &segment : facts->anatomy.segments)
        require(segment.tokens >= 0);
    return 0;
}
