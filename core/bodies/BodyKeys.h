// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/bodies/BodyStore.h"
#include "core/bodies/SecretProgram.h"
#include "core/config/Config.h"

#include <optional>

namespace farthing {

/// Finds the key of this user's kept bodies: in the secret service, or in a file with mode 0600 that lies
/// outside the data directory. Each store encrypts with a key that is derived from it.
class BodyKeys
{
public:
    struct Options
    {
        std::filesystem::path file;    ///< DataDir::bodiesKey()
        std::filesystem::path program; ///< SecretProgram::defaultPath()
        bool mayAsk = false;           ///< a person waits, whom the desktop may ask for a password
    };
    explicit BodyKeys(Options options)
        : m_options(std::move(options))
    {}

    /// The cipher that a store's records are to be read with. Fails where the key is not found or is not the
    /// one they were kept with.
    Result<BodyCipher> cipherOf(const BodyStore::Identity &identity);
    /// The cipher to keep bodies with. A store that is empty takes the key from where `place` says, which is
    /// made where there is none; one that is not stays with its own.
    Result<BodyCipher> cipherFor(BodyStore &store, KeyPlace place);
    /// "the secret service" or the file's path, as a person is told of it.
    [[nodiscard]] std::string nameOf(std::string_view place) const;
    /// Breaks off a question to the secret service, from another thread.
    void stop() { m_stop = true; }

private:
    struct Found
    {
        SecretKey key;
        KeyPlace place;
    };
    [[nodiscard]] Result<std::optional<SecretKey>> find(KeyPlace place) const;
    [[nodiscard]] Result<Found> findOrMake(KeyPlace place) const;
    [[nodiscard]] Result<std::optional<SecretKey>> readFile() const;
    [[nodiscard]] Result<Found> makeFile() const;
    [[nodiscard]] SecretProgram::Answer ask(SecretProgram::Verb verb) const;

    Options m_options;
    std::atomic<bool> m_stop = false;
};

} // namespace farthing
