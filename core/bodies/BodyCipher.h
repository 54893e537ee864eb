// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Uuid.h"
#include "core/bodies/SecretKey.h"

#include <string>
#include <string_view>
#include <vector>

namespace farthing {

enum class BodySide : std::uint8_t { Request, Reply };

/// Which body a record is; it opens under no other name.
struct BodyName
{
    Uuid event;
    BodySide side = BodySide::Request;
};

/// AES-256-GCM (NIST SP 800-38D): a nonce of 96 random bits, the encrypted bytes, a tag of 128 bits. The
/// name is authenticated with them. Random nonces bound a key to 2^32 records.
class BodyCipher
{
public:
    static constexpr std::size_t nonceBytes = 12;
    static constexpr std::size_t tagBytes = 16;

    explicit BodyCipher(const SecretKey &key)
        : m_key(key)
    {}
    /// Of `head` and `blocks`, one behind the other.
    [[nodiscard]] Result<std::string> seal(const BodyName &name, std::string_view head,
                                           const std::vector<std::string> &blocks) const;
    /// Fails where a byte of the record or of its name is another, or the key is.
    [[nodiscard]] Result<std::string> open(const BodyName &name, std::string_view record) const;

private:
    SecretKey m_key;
};

} // namespace farthing
