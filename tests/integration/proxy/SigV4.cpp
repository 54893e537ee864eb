// SPDX-License-Identifier: GPL-3.0-or-later
#include "integration/proxy/SigV4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sstream>
#include <string_view>

namespace farthing {

namespace {

constexpr std::string_view accessKey = "AKIDEXAMPLE";
constexpr std::string_view secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr std::string_view scopeTail = "/us-east-1/bedrock/aws4_request";

std::string hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char c : bytes) {
        text += digits[c >> 4];
        text += digits[c & 15];
    }
    return text;
}

std::string sha256(std::string_view text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
    return {reinterpret_cast<char *>(digest), size};
}

std::string hmac(std::string_view key, std::string_view text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char *>(text.data()), text.size(), digest, &size);
    return {reinterpret_cast<char *>(digest), size};
}

/// The path as it was sent, encoded once more: every service but S3 does so.
std::string canonicalPath(std::string_view path)
{
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    std::string canonical;
    for (const char c : path) {
        if (plain.find(c) != std::string_view::npos)
            canonical += c;
        else
            canonical += '%' + std::string(1, "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4]) +
                         "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
    }
    return canonical;
}

} // namespace

std::string signV4(const SignedParts &request, const std::string &signedHeaders)
{
    const std::size_t question = request.target.find('?');
    std::string canonical = request.method + '\n' + canonicalPath(request.target.substr(0, question)) + '\n' +
                            (question == std::string::npos ? "" : request.target.substr(question + 1)) + '\n';
    std::istringstream names(signedHeaders);
    for (std::string name; std::getline(names, name, ';');)
        canonical += name + ':' + request.headers.at(name) + '\n';
    canonical += '\n' + signedHeaders + '\n' + hex(sha256(request.body));

    const std::string time = request.headers.at("x-amz-date");
    const std::string scope = time.substr(0, 8) + std::string(scopeTail);
    const std::string toSign = "AWS4-HMAC-SHA256\n" + time + '\n' + scope + '\n' + hex(sha256(canonical));
    std::string key = hmac("AWS4" + std::string(secretKey), time.substr(0, 8));
    for (const char *step : {"us-east-1", "bedrock", "aws4_request"})
        key = hmac(key, step);
    return "AWS4-HMAC-SHA256 Credential=" + std::string(accessKey) + '/' + scope +
           ", SignedHeaders=" + signedHeaders + ", Signature=" + hex(hmac(key, toSign));
}

bool verifiesV4(const SignedParts &request)
{
    const auto authorization = request.headers.find("authorization");
    if (authorization == request.headers.end())
        return false;
    constexpr std::string_view mark = "SignedHeaders=";
    const std::string &value = authorization->second;
    const std::size_t at = value.find(mark) + mark.size();
    const std::string names = value.substr(at, value.find(',', at) - at);
    std::istringstream list(names);
    for (std::string name; std::getline(list, name, ';');)
        if (!request.headers.contains(name))
            return false;
    return signV4(request, names) == value;
}

} // namespace farthing
