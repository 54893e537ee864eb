// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bodies/BodyCipher.h"

#include <memory>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace farthing {

namespace {

constexpr unsigned char format = 1;

struct FreeContext
{
    void operator()(EVP_CIPHER_CTX *context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char *raw(char *bytes)
{
    return reinterpret_cast<unsigned char *>(bytes);
}
const unsigned char *raw(const char *bytes)
{
    return reinterpret_cast<const unsigned char *>(bytes);
}

std::array<unsigned char, 18> authenticated(const BodyName &name)
{
    std::array<unsigned char, 18> data{format, static_cast<unsigned char>(name.side)};
    std::copy(name.event.bytes.begin(), name.event.bytes.end(), data.begin() + 2);
    return data;
}

} // namespace

Result<std::string> BodyCipher::seal(const BodyName &name, std::string_view head,
                                     const std::vector<std::string> &blocks) const
{
    std::size_t size = nonceBytes + head.size() + tagBytes;
    for (const std::string &block : blocks)
        size += block.size();
    std::string record(size, '\0');
    const Context context(EVP_CIPHER_CTX_new());
    const auto data = authenticated(name);
    int done = 0;
    bool ok =
        RAND_bytes(raw(record.data()), nonceBytes) == 1 &&
        EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, m_key.bytes().data(),
                           raw(record.data())) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &done, data.data(), static_cast<int>(data.size())) == 1;
    char *at = record.data() + nonceBytes;
    const auto add = [&](std::string_view bytes) {
        ok = ok && EVP_EncryptUpdate(context.get(), raw(at), &done, raw(bytes.data()),
                                     static_cast<int>(bytes.size())) == 1;
        at += bytes.size();
    };
    add(head);
    for (const std::string &block : blocks)
        add(block);
    ok = ok && EVP_EncryptFinal_ex(context.get(), raw(at), &done) == 1 &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tagBytes, at) == 1;
    if (!ok)
        return Error{"a body cannot be encrypted"};
    return record;
}

Result<std::string> BodyCipher::open(const BodyName &name, std::string_view record) const
{
    const Error refused{"was changed, or kept under another name or with another key"};
    if (record.size() < nonceBytes + tagBytes)
        return refused;
    const auto sealed = record.substr(nonceBytes, record.size() - nonceBytes - tagBytes);
    std::string tag(record.substr(record.size() - tagBytes));
    std::string text(sealed.size(), '\0');
    const Context context(EVP_CIPHER_CTX_new());
    const auto data = authenticated(name);
    int done = 0;
    const bool ok =
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, m_key.bytes().data(),
                           raw(record.data())) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &done, data.data(), static_cast<int>(data.size())) == 1 &&
        EVP_DecryptUpdate(context.get(), raw(text.data()), &done, raw(sealed.data()),
                          static_cast<int>(sealed.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tagBytes, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(context.get(), raw(text.data() + text.size()), &done) == 1;
    if (!ok)
        return refused;
    return text;
}

} // namespace farthing
