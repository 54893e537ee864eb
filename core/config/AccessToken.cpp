// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/AccessToken.h"

#include "core/base/Files.h"

#include <array>
#include <cstdlib>
#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace farthing {

namespace {

constexpr const char *variable = "FARTHING_TOKEN";
constexpr std::size_t shortest = 16;
constexpr std::size_t longest = 256;
constexpr std::size_t randomBytes = 32;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

} // namespace

Result<AccessToken> AccessToken::parse(std::string_view text)
{
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.remove_suffix(1);
    if (text.size() < shortest || text.size() > longest)
        return Error{"a token has 16 to 256 characters, this one has " + std::to_string(text.size())};
    if (text.find_first_not_of(alphabet) != std::string_view::npos)
        return Error{"a token has letters, digits, '-', '.', '_' and '~' and nothing else"};
    return AccessToken(std::string(text));
}

Result<std::shared_ptr<const AccessToken>> AccessToken::load(const std::filesystem::path &file)
{
    namespace fs = std::filesystem;
    std::string where = variable;
    std::string text;
    if (const char *const value = std::getenv(variable); value != nullptr && *value != '\0') {
        text = value;
    } else {
        where = file.string();
        std::error_code failure;
        const fs::file_status status = fs::status(file, failure);
        if (status.type() == fs::file_type::not_found)
            return std::shared_ptr<const AccessToken>();
        if (failure)
            return Error{failure.message(), where};
        if ((status.permissions() & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none)
            return Error{"other users can read or change this token: chmod 600 it, or make a new one with "
                         "farthingctl token rotate",
                         where};
        auto read = readFile(file);
        if (!read)
            return read.error();
        text = *std::move(read);
    }
    auto token = parse(text);
    if (!token)
        return token.error().at(where);
    return std::shared_ptr<const AccessToken>(std::make_shared<AccessToken>(*std::move(token)));
}

Result<AccessToken> AccessToken::make()
{
    std::array<unsigned char, randomBytes> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
        return Error{"there is no randomness to make a token from"};
    std::string text;
    constexpr unsigned sixBits = 0x3f;
    unsigned bits = 0;
    unsigned kept = 0;
    for (const unsigned char byte : random) {
        bits = bits << 8 | byte;
        for (kept += 8; kept >= 6; kept -= 6)
            text += alphabet[bits >> (kept - 6) & sixBits];
    }
    text += alphabet[bits << (6 - kept) & sixBits];
    return AccessToken(std::move(text));
}

bool AccessToken::equals(std::string_view guess) const
{
    return guess.size() == m_text.size() && CRYPTO_memcmp(guess.data(), m_text.data(), m_text.size()) == 0;
}

} // namespace farthing
