// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ReplyEdit.h"

#include "core/providers/IncludeUsage.h"
#include "core/providers/StreamForm.h"
#include "core/providers/WireText.h"

namespace farthing {

namespace {

constexpr std::size_t heldAtMost = std::size_t(4) * 1024 * 1024;
constexpr std::string_view blanks = " \t\r\n";

class UsageHidden final : public ReplyEdit
{
public:
    std::string_view feed(std::string_view received, bool, bool whole) override
    {
        m_shown.clear();
        m_filter.feed(received, m_shown);
        if (whole)
            m_filter.finish(m_shown);
        return m_shown;
    }

private:
    IncludeUsageFilter m_filter;
    std::string m_shown;
};

/// A short JSON answer, changed once it is whole.
class LinksBack final : public ReplyEdit
{
public:
    LinksBack(const std::string &from, std::string to)
        : m_from('"' + from + '/')
        , m_to(std::move(to))
    {}

    std::string_view feed(std::string_view received, bool ended, bool) override
    {
        m_held += received;
        if (!ended && m_held.size() < heldAtMost)
            return {};
        m_shown.clear();
        std::string_view rest = m_held;
        while (!rest.empty())
            passUpToLink(rest);
        m_held.clear();
        return m_shown;
    }

private:
    /// The text of a member's name can stand nowhere else in JSON: a quote inside a string is escaped.
    void passUpToLink(std::string_view &rest)
    {
        constexpr std::string_view member = "\"results_url\"";
        const auto at = rest.find(member);
        const auto colon = at == rest.npos ? rest.npos : rest.find_first_not_of(blanks, at + member.size());
        if (colon == rest.npos || rest[colon] != ':')
            return pass(rest, at == rest.npos ? at : at + member.size());
        const auto value = std::min(rest.find_first_not_of(blanks, colon + 1), rest.size());
        const bool links = rest.substr(value).starts_with(m_from);
        pass(rest, value);
        if (!links)
            return;
        m_shown += '"' + m_to + '/';
        rest.remove_prefix(m_from.size());
    }
    void pass(std::string_view &rest, std::size_t count)
    {
        const std::string_view passed = rest.substr(0, count);
        m_shown += passed;
        rest.remove_prefix(passed.size());
    }

    std::string m_from;
    std::string m_to;
    std::string m_held;
    std::string m_shown;
};

} // namespace

ReplyChanges changesOfLinks(const RoutedRequest &routed, std::string_view address)
{
    const std::string_view path = std::string_view(routed.url).substr(0, routed.url.find('?'));
    if (routed.endpoint.kind != EndpointKind::Batch || routed.endpoint.wire != Wire::Anthropic ||
        path.find("/messages/batches") == std::string_view::npos || path.ends_with("/results"))
        return {};
    const std::string &base = routed.upstream.baseUrl;
    if (routed.isByHost && base.starts_with("http:"))
        return {};
    if (routed.isByHost)
        return {false, base, "http" + base.substr(base.find(':'))};
    return {false, base,
            "http://" + std::string(address) + routed.workflowPrefix + "/up/" + routed.upstream.name};
}

std::unique_ptr<ReplyEdit> ReplyEdit::forReply(const ReplyChanges &changes, const ReplyHead &head)
{
    const std::string_view type = find(head.headers, "content-type");
    if (!isPlain(head.headers))
        return nullptr;
    if (changes.hideUsage && streamFormOf(type, StreamForm::ServerSentEvents) == StreamForm::ServerSentEvents)
        return std::make_unique<UsageHidden>();
    if (!changes.linksFrom.empty() && isMediaType(type, "application/json"))
        return std::make_unique<LinksBack>(changes.linksFrom, changes.linksTo);
    return nullptr;
}

} // namespace farthing
