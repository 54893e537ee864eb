// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ContentDecoder.h"

#include "core/providers/ContentDecoders.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace farthing {

namespace {

constexpr std::size_t maxEncodings = 4;

class IdentityDecoder final : public ContentDecoder
{
public:
    Result<void> decode(std::string_view encoded, std::string &out) override
    {
        out.append(encoded);
        return {};
    }
};

/// Several encodings, listed in the order in which they were applied: undone from the last.
class ChainedDecoder final : public ContentDecoder
{
public:
    explicit ChainedDecoder(std::vector<std::unique_ptr<ContentDecoder>> chain)
        : m_chain(std::move(chain))
    {}

    Result<void> decode(std::string_view encoded, std::string &out) override
    {
        std::string piece(encoded);
        Result<void> undone;
        for (std::size_t i = m_chain.size(); i-- > 1;) {
            std::string decoded;
            if (auto result = m_chain[i]->decode(piece, decoded); !result)
                undone = result;
            piece = std::move(decoded);
        }
        auto result = m_chain.front()->decode(piece, out);
        return undone ? result : undone;
    }

private:
    std::vector<std::unique_ptr<ContentDecoder>> m_chain;
};

std::unique_ptr<ContentDecoder> decoderNamed(const std::string &name)
{
    if (name == "gzip" || name == "x-gzip")
        return makeGzipDecoder();
    if (name == "deflate")
        return makeDeflateDecoder();
    if (name == "br")
        return makeBrotliDecoder();
    if (name == "zstd")
        return makeZstdDecoder();
    return nullptr;
}

} // namespace

Result<std::unique_ptr<ContentDecoder>> makeContentDecoder(std::string_view contentEncoding)
{
    std::vector<std::unique_ptr<ContentDecoder>> chain;
    while (!contentEncoding.empty()) {
        const std::size_t comma = contentEncoding.find(',');
        std::string name(contentEncoding.substr(0, comma));
        contentEncoding =
            comma == std::string_view::npos ? std::string_view() : contentEncoding.substr(comma + 1);
        std::erase_if(name, [](unsigned char c) { return c == ' ' || c == '\t'; });
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        if (name.empty() || name == "identity")
            continue;
        auto decoder = decoderNamed(name);
        if (!decoder)
            return Error{"unknown content encoding \"" + name +
                         "\" (expected gzip, deflate, br, zstd or identity)"};
        if (chain.size() == maxEncodings)
            return Error{"more than four content encodings, one in another"};
        chain.push_back(std::move(decoder));
    }
    if (chain.empty())
        return std::unique_ptr<ContentDecoder>(std::make_unique<IdentityDecoder>());
    if (chain.size() == 1)
        return std::move(chain.front());
    return std::unique_ptr<ContentDecoder>(std::make_unique<ChainedDecoder>(std::move(chain)));
}

} // namespace farthing
