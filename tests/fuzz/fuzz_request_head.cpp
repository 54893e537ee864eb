// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever a client sends as a request: it is the same request however it is cut; and one that is served has
// one framing, goes to the upstream that was meant and nowhere else, and takes no line along that is none.
#include "core/base/Utf8.h"
#include "core/proxy/RequestGate.h"
#include "core/proxy/RequestParser.h"
#include "core/proxy/RequestRouting.h"
#include "core/proxy/TagReader.h"
#include "tests/fuzz/Pieces.h"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>

using namespace farthing;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t headerBytes = 16 * 1024;
constexpr std::uint64_t bodyBytes = 64 * 1024;

/// As ProxySession reads it: done, or refused, or cut off.
void parse(RequestParser &parser, std::string_view text, std::size_t size)
{
    boost::beast::flat_buffer buffer;
    boost::beast::error_code error;
    parser.eager(true);
    feedInPieces(text, size, [&](std::string_view piece) {
        if (parser.is_done() || error)
            return;
        const auto space = buffer.prepare(piece.size());
        std::copy(piece.begin(), piece.end(), static_cast<char *>(space.data()));
        buffer.commit(piece.size());
        for (std::size_t used = 1; used > 0 && !error && !parser.is_done() && buffer.size() > 0;) {
            used = parser.put(buffer.data(), error);
            buffer.consume(used);
        }
        if (error == http::error::need_more)
            error = {};
    });
}

bool isLine(std::string_view text)
{
    return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

bool same(const HeaderList &a, const HeaderList &b)
{
    return std::ranges::equal(
        a, b, [](const Header &x, const Header &y) { return x.name == y.name && x.value == y.value; });
}

void checkServed(const RequestParser &parser)
{
    static const Config config = defaultConfig();
    const auto &message = parser.get();
    const HeaderList &headers = parser.headers();
    const std::string_view target(message.target().data(), message.target().size());
    const std::string_view method(message.method_string().data(), message.method_string().size());
    const bool http11 = message.version() >= 11;
    if (reasonNotToFrame(headers, http11) || reasonFramingIsUnclear(headers) ||
        reasonHostIsUnclear(headers, http11) || reasonToRefuse(headers, target, config, true))
        return;
    require(!contains(headers, "transfer-encoding") || !contains(headers, "content-length"));
    require(contains(headers, "transfer-encoding") == parser.chunked());
    require(target.find_first_of(" \r\n\t") == target.npos);
    require(message.body().size() <= bodyBytes);
    for (const Header &header : headers)
        require(!header.name.empty() && isLine(header.name) && isLine(header.value));

    const HeaderViews sent = headersForUpstream(headers);
    for (const char *own :
         {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "expect"})
        require(!contains(sent, own));
    const auto routed = routeRequest(config, method, target, headers);
    if (!routed)
        return;
    const Upstream &upstream = config.upstreams.at(routed->upstream.name);
    require(routed->url.starts_with(upstream.baseUrl));
    const auto rest = std::string_view(routed->url).substr(upstream.baseUrl.size());
    require(rest.empty() || rest.front() == '/' || rest.front() == '?');

    CostEvent event;
    readTags(event, headers, routed->workflow, {});
    for (const std::string &tag : {event.workflow, event.feature, event.user, event.session})
        require(isUtf8(tag) && tag.size() <= 256);
    require(!event.workflow.empty() && event.tags.size() <= 32);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t piece = input.choice() + 1;
    RequestParser whole(headerBytes, bodyBytes);
    RequestParser cut(headerBytes, bodyBytes);
    parse(whole, input.rest(), size + 1);
    parse(cut, input.rest(), piece);
    if (whole.is_done() && cut.is_done()) {
        require(same(whole.headers(), cut.headers()));
        require(whole.get().target() == cut.get().target());
        require(whole.get().body() == cut.get().body());
    }
    for (const RequestParser *const parser : {&whole, &cut})
        if (parser->is_done())
            checkServed(*parser);
    return 0;
}
