// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bodies/SecretKey.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace farthing {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

} // namespace

SecretKey::~SecretKey()
{
    OPENSSL_cleanse(m_bytes.data(), m_bytes.size());
}

Result<SecretKey> SecretKey::make()
{
    SecretKey key{Bytes{}};
    if (RAND_bytes(key.m_bytes.data(), static_cast<int>(key.m_bytes.size())) != 1)
        return Error{"there is no randomness to make a key from"};
    return key;
}

Result<SecretKey> SecretKey::parse(std::string_view text)
{
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    SecretKey key{Bytes{}};
    if (text.size() != 2 * key.m_bytes.size() || text.find_first_not_of(digits) != std::string_view::npos)
        return Error{"is not a key of Farthing's: expected 64 hexadecimal digits"};
    for (std::size_t i = 0; i < key.m_bytes.size(); ++i)
        key.m_bytes[i] =
            static_cast<unsigned char>(digits.find(text[2 * i]) << 4 | digits.find(text[2 * i + 1]));
    return key;
}

std::string SecretKey::toHex() const
{
    std::string text;
    for (const unsigned char byte : m_bytes)
        text += {digits[byte >> 4], digits[byte & 15]};
    return text;
}

SecretKey SecretKey::derive(std::string_view purpose, std::string_view salt) const
{
    std::string message(purpose);
    message += '\0';
    message += salt;
    SecretKey derived{Bytes{}};
    unsigned int size = 0;
    HMAC(EVP_sha256(), m_bytes.data(), static_cast<int>(m_bytes.size()),
         reinterpret_cast<const unsigned char *>(message.data()), message.size(), derived.m_bytes.data(),
         &size);
    return derived;
}

} // namespace farthing
