// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/bodies/BodyCipher.h"
#include "core/store/Database.h"

#include <optional>
#include <string>

namespace farthing {

/// bodies.db: encrypted records in clear about when and of which workflow they are, and about nothing else.
class BodyStore
{
public:
    /// Which key the records are encrypted with.
    struct Identity
    {
        std::string salt;     ///< the store's key is derived with it
        std::string keyCheck; ///< tells the right key from others
        std::string keyPlace; ///< nameOf(KeyPlace)
    };
    struct Usage
    {
        std::int64_t bodies = 0;
        std::int64_t calls = 0;
        std::int64_t bytes = 0; ///< of the records
        std::optional<Timestamp> oldest;
    };
    struct Row
    {
        Timestamp time;
        std::string workflow;
        std::string record;
    };

    static Result<BodyStore> open(const std::filesystem::path &path, Database::Access access);

    /// Nothing where none was set.
    Result<std::optional<Identity>> identity();
    /// Also where it stays the same: a write then tells whether the file can be written.
    Result<void> setIdentity(const Identity &identity);
    Result<bool> isEmpty();
    Result<Usage> usage();
    Result<std::optional<Row>> find(const BodyName &name);

    Result<Transaction> begin() { return Transaction::begin(m_database); }
    Result<void> insert(const BodyName &name, Timestamp time, std::string_view workflow,
                        std::string_view record);
    /// Deletes the oldest until the file needs no more than that. False where even an empty one does.
    Result<bool> shrinkTo(std::uint64_t bytes);
    /// Deletes what fulfils all that is given; how many bodies.
    Result<std::int64_t> remove(const std::optional<std::string> &workflow,
                                const std::optional<Timestamp> &before);
    /// Makes the file as short as what is in it, where that gives back so many bytes. Not in a transaction.
    Result<void> giveSpaceBack(std::int64_t atLeast);
    [[nodiscard]] bool isMovedAway() const { return m_database.isMovedAway(); }

private:
    explicit BodyStore(Database database)
        : m_database(std::move(database))
    {}
    Result<std::int64_t> usedBytes();

    Database m_database;
};

} // namespace farthing
