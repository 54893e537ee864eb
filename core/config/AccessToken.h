// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace farthing {

/// What each request has to show where farthingd listens elsewhere than on loopback: 16 to 256 characters
/// that stand in a URL as they are (letters, digits, '-', '.', '_' and '~', RFC 3986 section 2.3).
class AccessToken
{
public:
    /// The environment's FARTHING_TOKEN, else what `file` holds; null where there is neither. Fails where
    /// that is no token, and where other users may read or write the file.
    static Result<std::shared_ptr<const AccessToken>> load(const std::filesystem::path &file);
    static Result<AccessToken> parse(std::string_view text);
    /// A new one of 256 random bits.
    static Result<AccessToken> make();

    [[nodiscard]] const std::string &text() const { return m_text; }
    /// Takes as long for a guess that is nearly right as for any other.
    [[nodiscard]] bool equals(std::string_view guess) const;

private:
    explicit AccessToken(std::string text)
        : m_text(std::move(text))
    {}
    std::string m_text;
};

} // namespace farthing
