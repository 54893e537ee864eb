// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/RequestRouting.h"
#include "core/proxy/UpstreamClient.h"

#include <memory>
#include <string>
#include <string_view>

namespace farthing {

/// How the reply to a request may have to differ from what its upstream sends.
struct ReplyChanges
{
    bool hideUsage = false; ///< include_usage was asked for in the client's place
    std::string linksFrom;  ///< the upstream's base URL, where results_url must lead back through Farthing
    std::string linksTo;

    /// What is changed must be readable: such a request accepts no encoding.
    [[nodiscard]] bool any() const { return hideUsage || !linksFrom.empty(); }
};

/// Anthropic's message batches name the absolute URL of their results. Only they are changed: never a file,
/// nor the results themselves. `address` is this proxy's; the link keeps the workflow of the request's path.
/// For whoever takes this for an HTTP proxy it keeps its host, by http, which is the scheme that comes here.
ReplyChanges changesOfLinks(const RoutedRequest &routed, std::string_view address);

/// Makes those changes as a body comes.
class ReplyEdit
{
public:
    /// Nothing where this reply passes as it comes.
    static std::unique_ptr<ReplyEdit> forReply(const ReplyChanges &changes, const ReplyHead &head);
    ReplyEdit() = default;
    virtual ~ReplyEdit() = default;
    ReplyEdit(const ReplyEdit &) = delete;
    ReplyEdit &operator=(const ReplyEdit &) = delete;

    /// What the client may see now, valid until the next call. `ended` with the upstream's last bytes,
    /// `whole` where they are the reply's last.
    virtual std::string_view feed(std::string_view received, bool ended, bool whole) = 0;
};

} // namespace farthing
