// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever a provider sends, the usage read from it is consistent and does not depend on the cut.
#include "core/providers/UsageExtractor.h"
#include "tests/fuzz/Pieces.h"
#include "tests/fuzz/UsageRules.h"

#include <array>

using namespace farthing;

namespace {

constexpr std::array<EndpointKind, 12> kinds = {
    EndpointKind::ChatCompletions, EndpointKind::Responses,
    EndpointKind::Messages,        EndpointKind::StreamGenerateContent,
    EndpointKind::CountTokens,     EndpointKind::OpenAiEmbeddings,
    EndpointKind::CohereChat,      EndpointKind::CohereRerank,
    EndpointKind::OllamaChat,      EndpointKind::OllamaEmbed,
    EndpointKind::Converse,        EndpointKind::InvokeModel};

UsageReport extract(EndpointKind kind, bool stream, std::string_view body, std::size_t piece)
{
    const Endpoint endpoint{.kind = kind, .model = {}};
    const bool lines = endpoint.streamForm() == StreamForm::JsonLines;
    const StreamForm form = !stream ? StreamForm::None
                            : lines ? StreamForm::JsonLines
                                    : StreamForm::ServerSentEvents;
    const auto extractor = makeUsageExtractor(endpoint, 200, form);
    feedInPieces(body, piece, [&](std::string_view chunk) { extractor->feed(chunk); });
    return extractor->finish();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t choice = input.choice();
    const std::size_t piece = 1 + input.choice() % 32;
    const EndpointKind kind = kinds[choice / 2 % kinds.size()];
    const bool stream = choice % 2 != 0;
    const UsageReport cut = extract(kind, stream, input.rest(), piece);
    const UsageReport whole = extract(kind, stream, input.rest(), input.rest().size() + 1);
    requireConsistent(whole.usage);
    for (const UsagePart &part : whole.parts)
        requireConsistent(part.usage);
    require(cut.usage == whole.usage && cut.rawUsage == whole.rawUsage && cut.error == whole.error);
    require(cut.outputTextBytes == whole.outputTextBytes && cut.complete == whole.complete);
    return 0;
}
