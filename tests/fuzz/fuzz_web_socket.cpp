// SPDX-License-Identifier: GPL-3.0-or-later
// The messages of a WebSocket connection must not depend on where it is cut, and whatever a server event says
// must be read without harm.
#include "core/providers/RealtimeEvents.h"
#include "core/providers/WebSocketReader.h"
#include "tests/fuzz/Pieces.h"

#include <tuple>
#include <vector>

using namespace farthing;

namespace {

class Texts final : public WebSocketTexts
{
public:
    using Seen = std::tuple<std::string, std::uint64_t, bool>;

    bool wants(std::string_view head) override { return RealtimeEventHead::read(head).isWorthReading(); }
    void take(const Text &message) override
    {
        seen.emplace_back(message.text, message.size, message.isWhole);
    }

    std::vector<Seen> seen;
};

std::tuple<std::vector<Texts::Seen>, std::string, bool, int> read(std::string_view bytes, std::size_t piece,
                                                                  MessageDeflate deflate)
{
    Texts texts;
    WebSocketReader reader(deflate, &texts);
    feedInPieces(bytes, piece, [&](std::string_view chunk) { reader.feed(chunk); });
    return {std::move(texts.seen), reader.error(), reader.isClosed(), reader.closeCode()};
}

void meter(const std::vector<Texts::Seen> &seen)
{
    RealtimeResponse response("audio/pcm");
    for (const auto &[text, size, isWhole] : seen) {
        if (isWhole && RealtimeEventHead::read(text).isWorthReading()) {
            RealtimeEvent::read(text);
            response.feed(text);
        } else {
            response.count(RealtimeEventHead::read(text).type, size);
        }
    }
    require(response.outputTokens() >= 0);
    require(response.finish().usage.output >= 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t piece = 1 + input.choice() % 16;
    const unsigned how = input.choice();
    const MessageDeflate deflate{.agreed = (how & 1) != 0, .keepsContext = (how & 2) != 0};
    const std::string_view bytes = input.rest();
    const auto whole = read(bytes, bytes.size() + 1, deflate);
    require(read(bytes, piece, deflate) == whole);
    meter(std::get<0>(whole));
    return 0;
}
