// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever an upstream sends as its head, what goes on is lines of their own with one length at most; and a
// body's links are changed alike however it is cut.
#include "core/proxy/ReplyEdit.h"
#include "core/proxy/ReplyHeadReader.h"
#include "tests/fuzz/Pieces.h"

#include <algorithm>

using namespace farthing;

namespace {

std::string linksBack(std::string_view body, std::size_t piece)
{
    const auto edit = ReplyEdit::forReply({false, "http://a", "http://bb"},
                                          {200, "", {{"Content-Type", "application/json"}}});
    std::string shown;
    feedInPieces(body, piece, [&](std::string_view part) { shown += edit->feed(part, false, false); });
    return shown += edit->feed({}, true, true);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t piece = input.choice() + 1;
    require(linksBack(input.rest(), piece) == linksBack(input.rest(), size + 1));

    ReplyHeadReader reader;
    std::string_view rest = input.rest();
    while (!rest.empty()) {
        const auto line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
        reader.feed(line);
        rest.remove_prefix(line.size());
    }
    if (!reader.complete() || !reader.head().unclear.empty())
        return 0;
    require(reader.head().status >= 200);
    int lengths = 0;
    for (const auto &[name, value] : reader.head().headers) {
        require(!name.empty() && name.find_first_of("\r\n:") == name.npos &&
                value.find_first_of("\r\n") == value.npos);
        if (!sameName(name, "content-length"))
            continue;
        ++lengths;
        require(!value.empty() && value.find_first_not_of("0123456789") == value.npos);
    }
    require(lengths <= (contains(reader.head().headers, "transfer-encoding") ? 0 : 1));
    return 0;
}
