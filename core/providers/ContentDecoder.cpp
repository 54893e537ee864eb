// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ContentDecoder.h"

#include "core/providers/ContentDecoders.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace farthing {

namespace {

constexpr std::size_t slice = std::size_t{4} << 10;

class IdentityDecoder final : public ContentDecoder
{
public:
    Result<void> decode(std::string_view encoded, std::string &out) override
    {
        out.append(encoded);
        return {};
    }
};

/// One encoding in another. A bomb in a bomb is in proportion at each step, but not in all.
class NestedDecoder final : public ContentDecoder
{
public:
    NestedDecoder(std::unique_ptr<ContentDecoder> inner, std::unique_ptr<ContentDecoder> outer)
        : m_inner(std::move(inner))
        , m_outer(std::move(outer))
    {}

    Result<void> decode(std::string_view encoded, std::string &out) override
    {
        m_budget.feed(encoded.size());
        m_between.clear();
        const auto undone = m_outer->decode(encoded, m_between);
        std::string_view rest = m_between;
        while (!rest.empty()) {
            const std::size_t before = out.size();
            auto result = m_inner->decode(rest.substr(0, slice), out);
            if (result)
                result = m_budget.take(out.size() - before);
            if (!result)
                return result;
            rest.remove_prefix(std::min(rest.size(), slice));
        }
        return undone;
    }

private:
    std::unique_ptr<ContentDecoder> m_inner;
    std::unique_ptr<ContentDecoder> m_outer;
    std::string m_between;
    DecodedBudget m_budget;
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
        if (chain.size() == 2)
            return Error{"more than two content encodings, one in another"};
        chain.push_back(std::move(decoder));
    }
    if (chain.empty())
        return std::unique_ptr<ContentDecoder>(std::make_unique<IdentityDecoder>());
    if (chain.size() == 1)
        return std::move(chain.front());
    return std::unique_ptr<ContentDecoder>(
        std::make_unique<NestedDecoder>(std::move(chain.front()), std::move(chain.back())));
}

} // namespace farthing
