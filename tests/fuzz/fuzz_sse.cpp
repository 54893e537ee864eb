// SPDX-License-Identifier: GPL-3.0-or-later
// The events of a stream, and the elements of an array, must not depend on where it is cut.
#include "core/providers/JsonSplitter.h"
#include "core/providers/SseParser.h"
#include "tests/fuzz/Pieces.h"

#include <vector>

using namespace farthing;

namespace {

std::vector<std::string> eventsOf(std::string_view stream, std::size_t piece)
{
    std::vector<std::string> events;
    SseParser parser;
    feedInPieces(stream, piece, [&](std::string_view chunk) {
        parser.feed(chunk, [&](const SseParser::Event &event) {
            events.emplace_back(std::string(event.type) + '\n' + std::string(event.data));
        });
    });
    return events;
}

std::vector<std::string> elementsOf(std::string_view array, std::size_t piece, JsonSplitter::Objects objects)
{
    std::vector<std::string> elements;
    JsonSplitter splitter(objects);
    feedInPieces(array, piece, [&](std::string_view chunk) {
        splitter.feed(chunk, [&](std::string_view element) { elements.emplace_back(element); });
    });
    return elements;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t piece = 1 + input.choice() % 16;
    const std::string_view text = input.rest();
    require(eventsOf(text, piece) == eventsOf(text, text.size() + 1));
    for (const auto objects : {JsonSplitter::Objects::InAnArray, JsonSplitter::Objects::OneAfterTheOther})
        require(elementsOf(text, piece, objects) == elementsOf(text, text.size() + 1, objects));
    return 0;
}
