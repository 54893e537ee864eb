// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever comes as Amazon's event stream, its messages and their usage do not depend on the cut. Half of the
// inputs get the checksums that their lengths ask for, so that what lies behind them is reached.
#include "core/providers/AwsEventStream.h"
#include "core/providers/UsageExtractor.h"
#include "tests/core/providers/AwsMessage.h"
#include "tests/fuzz/UsageRules.h"

#include <vector>

using namespace farthing;

namespace {

constexpr std::size_t limit = 4096;

std::size_t numberAt(std::string_view bytes, std::size_t at)
{
    std::size_t value = 0;
    for (const char c : bytes.substr(at, 4))
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

std::string withChecksums(std::string stream)
{
    for (std::size_t at = 0; at + 16 <= stream.size();) {
        const std::size_t size = numberAt(stream, at);
        stream.replace(at + 8, 4, crcOf(std::string_view(stream).substr(at, 8)));
        if (size < 16 || size > stream.size() - at)
            break;
        stream.replace(at + size - 4, 4, crcOf(std::string_view(stream).substr(at, size - 4)));
        at += size;
    }
    return stream;
}

std::vector<std::string> messagesOf(std::string_view stream, std::size_t piece)
{
    std::vector<std::string> found;
    AwsEventStream parser(limit);
    feedInPieces(stream, piece, [&](std::string_view chunk) {
        parser.feed(chunk, [&](const AwsEventStream::Message &message) {
            require(message.payload.size() <= limit);
            for (const std::string_view part : {message.type, message.name, message.error, message.payload})
                found.emplace_back(part);
        });
    });
    found.push_back(parser.fault());
    return found;
}

UsageReport usageOf(std::string_view stream, std::size_t piece)
{
    const auto extractor =
        makeUsageExtractor({.kind = EndpointKind::ConverseStream, .model = {}}, 200, StreamForm::AwsEvents);
    feedInPieces(stream, piece, [&](std::string_view chunk) { extractor->feed(chunk); });
    return extractor->finish();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const bool checked = input.choice() % 2 != 0;
    const std::size_t piece = 1 + input.choice() % 64;
    const std::string stream = checked ? withChecksums(std::string(input.rest())) : std::string(input.rest());
    require(messagesOf(stream, piece) == messagesOf(stream, stream.size() + 1));
    const UsageReport cut = usageOf(stream, piece);
    const UsageReport whole = usageOf(stream, stream.size() + 1);
    requireConsistent(whole.usage);
    require(cut.usage == whole.usage && cut.rawUsage == whole.rawUsage && cut.error == whole.error);
    require(cut.outputTextBytes == whole.outputTextBytes && cut.complete == whole.complete);
    return 0;
}
