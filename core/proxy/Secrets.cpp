// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/Secrets.h"

#include "core/base/Base64.h"
#include "core/base/PercentDecoding.h"
#include "core/base/TextSearch.h"

#include <algorithm>
#include <array>
#include <utility>

namespace farthing {

namespace {

/// Below this it guards nothing, and could be any word.
constexpr std::size_t shortestSecret = 6;
/// Of a key that was cut: longer than the prefixes that tell what kind of key it is.
constexpr std::size_t shortestStretch = 12;
/// In a name: dummy keys, of services that need none, are shorter.
constexpr std::size_t shortestInName = 16;
/// Of one header: who sends more has them taken for one secret.
constexpr std::size_t mostWords = 32;
/// At places of one secret where a stretch stands: one that repeats itself has it everywhere.
constexpr int mostLooks = 16;
constexpr std::string_view awsScheme = "AWS4-HMAC-SHA256";
constexpr std::array schemes = {"Bearer", "Basic", "Digest", "Token", "ApiKey"};

std::size_t commonPrefix(std::string_view a, std::string_view b)
{
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

/// Headers such as "x-api-key", "Helicone-Auth", "cf-aig-authorization" and "X-Amz-Security-Token", and a
/// query's "key", "api_key" and "access_token".
bool namesASecret(std::string_view name)
{
    constexpr std::array ends = {"key",       "auth", "authorization", "token",      "secret",     "cookie",
                                 "signature", "sig",  "password",      "credential", "credentials"};
    return !sameName(name, "idempotency-key") && std::ranges::any_of(ends, [name](std::string_view end) {
        return name.size() >= end.size() && sameName(name.substr(name.size() - end.size()), end);
    });
}

} // namespace

Secrets::Secrets(const HeaderList &headers, std::string_view target)
{
    for (const Header &header : headers) {
        if (namesASecret(header.name))
            addCredentials(header.value);
        else if (sameName(header.name, "sec-websocket-protocol"))
            addProtocols(header.value);
    }
    const std::size_t question = target.find('?');
    std::string_view query = question == std::string_view::npos ? "" : target.substr(question + 1);
    while (!query.empty()) {
        const std::string_view member = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), member.size() + 1));
        const std::size_t sign = member.find('=');
        if (sign != std::string_view::npos && namesASecret(member.substr(0, sign))) {
            add(member.substr(sign + 1));
            add(percentDecoded(member.substr(sign + 1)));
        }
    }
}

/// "Bearer KEY", "Basic BASE64", "session=KEY; a=b", "KEY".
void Secrets::addCredentials(std::string_view value)
{
    const std::string_view first = value.substr(0, value.find(' '));
    if (sameName(first, awsScheme))
        return addSigned(value.substr(first.size()));
    const bool basic = sameName(first, "Basic");
    static constexpr std::string_view between = " \t,;";
    if (std::ranges::count_if(value, [](char c) { return between.find(c) != between.npos; }) >
        std::ptrdiff_t(mostWords))
        return add(value);
    while (!value.empty()) {
        const std::string_view word = value.substr(0, value.find_first_of(between));
        value.remove_prefix(std::min(value.size(), word.size() + 1));
        if (std::ranges::any_of(schemes, [word](std::string_view scheme) { return sameName(word, scheme); }))
            continue;
        add(word);
        if (const std::size_t sign = word.find('='); sign < word.find_last_not_of('='))
            add(word.substr(sign + 1));
        if (!basic)
            continue;
        const std::string decoded = base64Decoded(word); // "user:password"
        add(decoded);
        add(std::string_view(decoded).substr(0, decoded.find(':')));
        add(std::string_view(decoded).substr(decoded.find(':') + 1));
    }
}

/// "Credential=ID/20261126/eu-central-1/bedrock/aws4_request, SignedHeaders=a;b, Signature=HEX": the rest of
/// the credential is no secret, and stands in names of models.
void Secrets::addSigned(std::string_view value)
{
    for (const auto &[name, end] :
         {std::pair<std::string_view, char>("Credential=", '/'), {"Signature=", ','}})
        if (const std::size_t at = value.find(name); at != value.npos) {
            const std::string_view secret = value.substr(at + name.size());
            add(secret.substr(0, secret.find(end)));
        }
}

/// "realtime, openai-insecure-api-key.KEY": where a browser has no other place for it.
void Secrets::addProtocols(std::string_view value)
{
    constexpr std::string_view between = " \t,";
    while (!value.empty()) {
        const std::string_view word = value.substr(0, value.find_first_of(between));
        value.remove_prefix(std::min(value.size(), word.size() + 1));
        if (const std::size_t dot = word.find('.'); dot != word.npos && namesASecret(word.substr(0, dot)))
            add(word.substr(dot + 1));
    }
}

void Secrets::add(std::string_view secret)
{
    if (secret.size() >= shortestSecret && std::ranges::find(m_secrets, secret) == m_secrets.end())
        m_secrets.emplace_back(secret);
}

/// Every stretch of twelve bytes holds a block of six that stands at a multiple of six in its key.
bool Secrets::mayStandIn(std::string_view text, std::size_t shortest) const
{
    return std::ranges::any_of(m_secrets, [text, shortest](std::string_view secret) {
        if (secret.size() < shortest)
            return false;
        for (; secret.size() >= shortestSecret; secret.remove_prefix(shortestSecret))
            if (containsText(text, secret.substr(0, shortestSecret)))
                return true;
        return false;
    });
}

void Secrets::mask(std::string &text) const
{
    if (mayStandIn(text, shortestSecret))
        text = masked(text, shortestSecret);
}

void Secrets::maskName(std::string &name) const
{
    if (mayStandIn(name, shortestInName))
        name = masked(name, shortestInName);
}

void Secrets::maskTags(CostEvent &event) const
{
    for (std::string *const text :
         {&event.workflow, &event.feature, &event.user, &event.session, &event.client})
        maskName(*text);
    for (auto &[name, value] : event.tags) {
        maskName(name);
        maskName(value);
    }
}

void Secrets::maskReply(CostEvent &event) const
{
    for (std::string *const name :
         {&event.requestModel, &event.sentModel, &event.listModel, &event.responseModel, &event.serviceTier})
        maskName(*name);
    for (UsagePart &part : event.parts)
        maskName(part.model);
    mask(event.rawUsage);
}

std::string Secrets::masked(std::string_view text) const
{
    return masked(text, shortestSecret);
}

std::string Secrets::masked(std::string_view text, std::size_t shortest) const
{
    std::string out;
    while (!text.empty()) {
        std::size_t longest = 0;
        for (const std::string_view secret : m_secrets) {
            const std::string_view start = text.substr(0, std::min(shortestStretch, secret.size()));
            if (secret.size() < shortest || start.size() < std::min(shortestStretch, secret.size()))
                continue;
            auto at = secret.find(start);
            for (int looks = 0; at != std::string_view::npos && looks < mostLooks; ++looks) {
                longest = std::max(longest, commonPrefix(text, secret.substr(at)));
                at = secret.find(start, at + 1);
            }
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
