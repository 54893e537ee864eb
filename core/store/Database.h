// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace farthing {

/// A prepared statement. Parameters count from 1, columns from 0, as SQLite does.
class Statement
{
public:
    enum class Step { Row, Done, Failed };

    Statement() = default;
    explicit Statement(sqlite3_stmt *handle)
        : m_handle(handle)
    {}

    void bind(int parameter, std::int64_t value);
    /// Texts and bytes are not copied: they have to live until the statement was run or is reset.
    void bind(int parameter, std::string_view text);
    void bindBlob(int parameter, std::string_view bytes);
    Step step();
    /// Steps to the end and makes the statement ready for the next use.
    bool run();
    void reset();

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] bool isNull(int column) const;
    /// Valid until the next step.
    [[nodiscard]] std::string_view bytes(int column) const;

private:
    struct Finalize
    {
        void operator()(sqlite3_stmt *handle) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> m_handle;
};

class Database;

/// A step of a schema, run inside one transaction for all that are missing.
using Migration = Result<void> (*)(Database &);

/// What tells one kind of database from others, the steps from an empty file to its present form (step n
/// brings `user_version` to n), and the pragmas of a connection that writes.
struct Schema
{
    std::int64_t applicationId;
    std::span<const Migration> migrations;
    const char *setup;
};

/// That of events.db.
const Schema &eventSchema();

/// One connection to a database.
class Database
{
public:
    enum class Access { ReadOnly, ReadWrite };

    /// Opens (for writing: creates, mode 0600, and migrates). Refuses a file of another kind, or one that a
    /// newer Farthing has written.
    static Result<Database> open(const std::filesystem::path &path, Access access,
                                 const Schema &schema = eventSchema());

    Result<Statement> prepare(std::string_view sql);
    Result<void> execute(const char *sql);
    [[nodiscard]] Error lastError() const;
    /// What one row of one column says; an error where there is no row.
    Result<std::int64_t> integer(const char *sql);
    /// Whether the last statement failed because there is a row with this id.
    [[nodiscard]] bool isTaken() const;
    [[nodiscard]] std::int64_t lastInsertId() const;
    [[nodiscard]] const std::filesystem::path &path() const { return m_path; }
    /// Whether its file was deleted or moved away while it is open: what is written goes where nobody looks.
    [[nodiscard]] bool isMovedAway() const;
    /// For what SQLite offers beside SQL; it stays this object's.
    [[nodiscard]] sqlite3 *handle() const { return m_handle.get(); }

private:
    struct Close
    {
        void operator()(sqlite3 *handle) const;
    };
    Database(sqlite3 *handle, std::filesystem::path path);

    std::unique_ptr<sqlite3, Close> m_handle;
    std::filesystem::path m_path;
};

/// Rolls back unless it was committed.
class Transaction
{
public:
    static Result<Transaction> begin(Database &database);
    ~Transaction();
    Transaction(Transaction &&other) noexcept
        : m_database(std::exchange(other.m_database, nullptr))
    {}
    Transaction &operator=(Transaction &&) = delete;
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;

    Result<void> commit();

private:
    explicit Transaction(Database &database)
        : m_database(&database)
    {}
    Database *m_database;
};

/// While it lives a reading connection does not map the file, so that reading all of it does not count as
/// memory of the process.
class UnmappedReading
{
public:
    explicit UnmappedReading(Database &database);
    ~UnmappedReading();
    UnmappedReading(const UnmappedReading &) = delete;
    UnmappedReading &operator=(const UnmappedReading &) = delete;

private:
    Database &m_database;
};

} // namespace farthing
