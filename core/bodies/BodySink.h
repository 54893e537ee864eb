// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/bodies/BodyKeys.h"
#include "core/bodies/KeptBodies.h"

#include <memory>
#include <optional>
#include <span>

namespace farthing {

/// Encrypts bodies into bodies.db and keeps it within its bounds. On one thread.
class BodySink
{
public:
    BodySink(std::filesystem::path path, BodyKeys &keys)
        : m_path(std::move(path))
        , m_keys(keys)
    {}

    /// Makes store and key ready, so that what is in the way shows before a body comes.
    Result<void> prepare(const BodyOptions &options);
    /// Adds to `kept` how many bodies are safe; where it fails, those of its first calls may be.
    Result<void> write(std::span<const std::unique_ptr<KeptBodies>> calls, const BodyOptions &options,
                       std::uint64_t &kept);
    /// Deletes what is too old or too much. Does nothing where there is no store.
    Result<void> tidy(const BodyOptions &options, Timestamp now);
    /// Opens the store, and looks for the key, anew the next time.
    void forget();

private:
    Result<void> openStore();
    Result<std::uint64_t> writeGroup(std::span<const std::unique_ptr<KeptBodies>> calls,
                                     const BodyOptions &options);

    std::filesystem::path m_path;
    BodyKeys &m_keys;
    std::optional<BodyStore> m_store;
    std::optional<BodyCipher> m_cipher;
    KeyPlace m_place = KeyPlace::Auto; ///< that the cipher was asked for with
};

} // namespace farthing
