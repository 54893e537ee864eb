// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/Secrets.h"

#include "core/proxy/PercentDecoding.h"

#include <algorithm>
#include <initializer_list>

namespace farthing {

namespace {

/// Below this it guards nothing, and could be any word.
constexpr std::size_t shortestSecret = 6;
/// Of a key that was cut: longer than the prefixes that tell what kind of key it is.
constexpr std::size_t shortestStretch = 12;

std::size_t commonPrefix(std::string_view a, std::string_view b)
{
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

} // namespace

Secrets::Secrets(const HeaderList &headers, std::string_view target)
{
    for (const Header &header : headers) {
        if (sameName(header.name, "authorization")) {
            const std::string_view value = header.value;
            add(value.substr(value.find_last_of(" \t") + 1)); // npos + 1: all of it
            continue;
        }
        for (const std::string_view name : {"x-api-key", "api-key", "x-goog-api-key"})
            if (sameName(header.name, name))
                add(header.value);
    }
    const std::size_t question = target.find('?');
    std::string_view query = question == std::string_view::npos ? "" : target.substr(question + 1);
    while (!query.empty()) {
        const std::string_view member = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), member.size() + 1));
        if (member.starts_with("key=")) {
            add(member.substr(4));
            add(percentDecoded(member.substr(4)));
        }
    }
}

void Secrets::add(std::string_view secret)
{
    if (secret.size() >= shortestSecret && std::ranges::find(m_secrets, secret) == m_secrets.end())
        m_secrets.emplace_back(secret);
}

std::string Secrets::masked(std::string_view text) const
{
    std::string out;
    while (!text.empty()) {
        std::size_t longest = 0;
        for (const std::string_view secret : m_secrets) {
            const std::string_view start = text.substr(0, std::min(shortestStretch, secret.size()));
            if (start.size() < std::min(shortestStretch, secret.size()))
                continue;
            for (auto at = secret.find(start); at != std::string_view::npos; at = secret.find(start, at + 1))
                longest = std::max(longest, commonPrefix(text, secret.substr(at)));
        }
        if (longest > 0)
            out += "***";
        else
            out += text.front();
        text.remove_prefix(std::max<std::size_t>(longest, 1));
    }
    return out;
}

} // namespace farthing
