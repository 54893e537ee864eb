// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"
#include "core/proxy/HeaderList.h"

#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// The keys that one request carries, so that a provider that echoes them does not bring them into the store.
class Secrets
{
public:
    Secrets() = default;
    /// From headers and query parameters whose name ends in key, auth, authorization, token, secret,
    /// signature or cookie: each word of their values but the scheme; Basic ones also decoded; of AWS's the
    /// key's id and the signature. And from Sec-WebSocket-Protocol.
    Secrets(const HeaderList &headers, std::string_view target);

    /// `text` with "***" for every key, and for every stretch of twelve bytes or more of one.
    [[nodiscard]] std::string masked(std::string_view text) const;
    /// The same in place; a text without any of it is looked through, and nothing more.
    void mask(std::string &text) const;
    /// Of a model, a workflow or a tag: keys shorter than any real one ("ollama") are words in it.
    void maskName(std::string &name) const;
    /// An event's workflow, feature, user, session, client and tags.
    void maskTags(CostEvent &event) const;
    /// Its models, service tier and usage.
    void maskReply(CostEvent &event) const;

private:
    void addCredentials(std::string_view value);
    void addProtocols(std::string_view value);
    void addSigned(std::string_view value);
    void add(std::string_view secret);
    [[nodiscard]] bool mayStandIn(std::string_view text, std::size_t shortest) const;
    [[nodiscard]] std::string masked(std::string_view text, std::size_t shortest) const;

    std::vector<std::string> m_secrets;
};

} // namespace farthing
