// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/proxyd/Secret.h"

#include "core/base/Files.h"

#include <algorithm>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>

namespace farthing {

Result<Secret> Secret::load(const DataDir &dir)
{
    Secret secret;
    std::error_code unknown;
    const bool missing = !std::filesystem::exists(dir.secret(), unknown) && !unknown;
    if (!missing) {
        const auto text = readFile(dir.secret());
        if (text && text->size() == secret.key.size()) {
            std::copy(text->begin(), text->end(), secret.key.begin());
            return secret;
        }
        spdlog::error("this run hashes prompts with a secret of its own: {}",
                      text ? dir.secret().string() + ": is not a secret of Farthing's"
                           : text.error().toString());
    }
    if (RAND_bytes(secret.key.data(), static_cast<int>(secret.key.size())) != 1)
        return Error{"there is no randomness to make a key from"};
    secret.kept = !missing;
    return secret;
}

Result<void> Secret::keep(const DataDir &dir) const
{
    if (std::error_code unknown; std::filesystem::exists(dir.secret(), unknown) || unknown)
        return {};
    return writeFileAtomically(dir.secret(), {reinterpret_cast<const char *>(key.data()), key.size()});
}

} // namespace farthing
