// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever a provider sends, the usage read from it is consistent and does not depend on the cut.
#include "core/providers/UsageExtractor.h"
#include "tests/fuzz/Pieces.h"

#include <array>

using namespace farthing;

namespace {

constexpr std::array<EndpointKind, 6> kinds = {
    EndpointKind::ChatCompletions,       EndpointKind::Responses,   EndpointKind::Messages,
    EndpointKind::StreamGenerateContent, EndpointKind::CountTokens, EndpointKind::OpenAiEmbeddings};

UsageReport extract(EndpointKind kind, bool sse, std::string_view body, std::size_t piece)
{
    const auto extractor = makeUsageExtractor({.kind = kind, .model = {}}, 200, sse);
    feedInPieces(body, piece, [&](std::string_view chunk) { extractor->feed(chunk); });
    return extractor->finish();
}

void requireConsistent(const TokenUsage &u)
{
    for (const std::int64_t count : {u.cachedInput, u.cacheWrite5m, u.cacheWrite1h, u.inputAudio, u.reasoning,
                                     u.outputAudio, u.serverToolCalls})
        require(count >= 0);
    require(u.cachedInput + u.cacheWrite5m + u.cacheWrite1h <= u.input && u.inputAudio <= u.input);
    require(u.reasoning + u.outputAudio <= u.output);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t choice = input.choice();
    const std::size_t piece = 1 + input.choice() % 32;
    const EndpointKind kind = kinds[choice / 2 % kinds.size()];
    const bool sse = choice % 2 != 0;
    const UsageReport cut = extract(kind, sse, input.rest(), piece);
    const UsageReport whole = extract(kind, sse, input.rest(), input.rest().size() + 1);
    requireConsistent(whole.usage);
    for (const UsagePart &part : whole.parts)
        requireConsistent(part.usage);
    require(cut.usage == whole.usage && cut.rawUsage == whole.rawUsage && cut.error == whole.error);
    require(cut.outputTextBytes == whole.outputTextBytes && cut.complete == whole.complete);
    return 0;
}
