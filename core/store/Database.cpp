// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Database.h"

#include "core/store/migrations/Migrations.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace farthing {

namespace {

/// "FRTH", so that `file` and a person can tell what it is.
constexpr std::int64_t applicationId = 0x46525448;
constexpr int busyTimeoutMs = 5000;
/// As much as SQLite maps.
constexpr const char *mapped = "PRAGMA mmap_size = 2147418112";

Result<void> migrate(Database &database, const Schema &schema)
{
    auto transaction = Transaction::begin(database);
    if (!transaction)
        return transaction.error();
    const auto version = database.integer("PRAGMA user_version");
    if (!version)
        return version.error();
    const auto all = schema.migrations;
    if (*version == static_cast<std::int64_t>(all.size()))
        return {};
    for (auto i = static_cast<std::size_t>(*version); i < all.size(); ++i)
        if (auto done = all[i](database); !done)
            return done;
    const std::string stamp = "PRAGMA application_id = " + std::to_string(schema.applicationId) +
                              "; PRAGMA user_version = " + std::to_string(all.size());
    if (auto done = database.execute(stamp.c_str()); !done)
        return done;
    return transaction->commit();
}

/// Looks only: a file of somebody else's is not to be changed.
Result<void> checkOwner(Database &database, const std::filesystem::path &path, const Schema &schema)
{
    const auto id = database.integer("PRAGMA application_id");
    const auto version = database.integer("PRAGMA user_version");
    const auto tables = database.integer("SELECT count(*) FROM sqlite_master");
    if (!id || !version || !tables)
        return !id ? id.error() : !version ? version.error() : tables.error();
    if (*id != schema.applicationId && (*id != 0 || *tables != 0))
        return Error{"is an SQLite database, but not Farthing's", path.string()};
    const auto known = static_cast<std::int64_t>(schema.migrations.size());
    if (*version > known)
        return Error{"was written by a newer Farthing (schema " + std::to_string(*version) +
                         ", this one knows " + std::to_string(known) + ")",
                     path.string()};
    return {};
}

/// SQLite reads through files that it makes beside the database. Where nothing can be made, and no
/// write-ahead log is left, the database itself holds everything.
bool mustBeReadAlone(const std::filesystem::path &path)
{
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    std::error_code unknown;
    return ::access(folder.c_str(), W_OK) != 0 && !std::filesystem::exists(path.string() + "-shm", unknown) &&
           (!std::filesystem::exists(path.string() + "-wal", unknown) ||
            std::filesystem::file_size(path.string() + "-wal", unknown) == 0) &&
           !unknown;
}

std::string uriOf(const std::filesystem::path &path, bool immutable)
{
    std::string uri = "file://";
    for (const char c : std::filesystem::absolute(path).string())
        if (c == '%' || c == '?' || c == '#') {
            constexpr const char *digits = "0123456789ABCDEF";
            uri += {'%', digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
        } else
            uri += c;
    return uri + (immutable ? "?immutable=1" : "");
}

/// SQLite takes a null pointer for NULL.
const char *notNull(std::string_view bytes)
{
    return bytes.data() == nullptr ? "" : bytes.data();
}

} // namespace

void Statement::Finalize::operator()(sqlite3_stmt *handle) const
{
    sqlite3_finalize(handle);
}

void Statement::bind(int parameter, std::int64_t value)
{
    sqlite3_bind_int64(m_handle.get(), parameter, value);
}

void Statement::bind(int parameter, std::string_view text)
{
    sqlite3_bind_text(m_handle.get(), parameter, notNull(text), static_cast<int>(text.size()), SQLITE_STATIC);
}

void Statement::bindBlob(int parameter, std::string_view bytes)
{
    sqlite3_bind_blob(m_handle.get(), parameter, notNull(bytes), static_cast<int>(bytes.size()),
                      SQLITE_STATIC);
}

Statement::Step Statement::step()
{
    switch (sqlite3_step(m_handle.get())) {
    case SQLITE_ROW:
        return Step::Row;
    case SQLITE_DONE:
        return Step::Done;
    default:
        return Step::Failed;
    }
}

bool Statement::run()
{
    Step last = step();
    while (last == Step::Row)
        last = step();
    reset();
    return last == Step::Done;
}

void Statement::reset()
{
    sqlite3_reset(m_handle.get());
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_handle.get(), column);
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(m_handle.get(), column) == SQLITE_NULL;
}

std::string_view Statement::bytes(int column) const
{
    const auto *const data = static_cast<const char *>(sqlite3_column_blob(m_handle.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_handle.get(), column));
    return data == nullptr ? std::string_view() : std::string_view(data, size);
}

void Database::Close::operator()(sqlite3 *handle) const
{
    sqlite3_close(handle);
}

Database::Database(sqlite3 *handle, std::filesystem::path path)
    : m_handle(handle)
    , m_path(std::move(path))
{}

const Schema &eventSchema()
{
    static const Schema schema = {
        applicationId, migrations(),
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = "
        "4000"};
    return schema;
}

Result<Database> Database::open(const std::filesystem::path &path, Access access, const Schema &schema)
{
    // Counting every allocation takes a lock for each, and nobody reads the counts.
    static const int counting = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    std::ignore = counting;
    if (access == Access::ReadWrite) {
        // Created here with its mode, and not where a link leads to nothing; SQLite gives the write-ahead log
        // and the shared memory the mode of the database.
        const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0)
            ::close(fd);
    }
    std::error_code unknown;
    const Error notThere{"is not there yet: the proxy makes it when it first serves", path.string()};
    if (access == Access::ReadOnly && !std::filesystem::exists(path, unknown) && !unknown)
        return notThere;
    sqlite3 *handle = nullptr;
    const int flags = (access == Access::ReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
    const bool alone = access == Access::ReadOnly && mustBeReadAlone(path);
    const int opened = sqlite3_open_v2(uriOf(path, alone).c_str(), &handle, flags, nullptr);
    Database database(handle, path);
    if (opened != SQLITE_OK)
        return database.lastError();
    sqlite3_busy_timeout(handle, busyTimeoutMs);
    if (auto own = checkOwner(database, path, schema); !own)
        return own.error();
    if (access == Access::ReadOnly) {
        // Somebody has made the file, and nobody its tables.
        const auto version = database.integer("PRAGMA user_version");
        if (!version || *version == 0)
            return version ? notThere : version.error();
        if (*version < std::ssize(schema.migrations))
            if (auto migrated = open(path, Access::ReadWrite, schema); !migrated)
                return Error{"is of an earlier Farthing and cannot be brought up to date: " +
                                 migrated.error().message,
                             path.string()};
    }
    if (access == Access::ReadWrite) {
        if (auto done = database.execute(schema.setup); !done)
            return done.error();
        if (auto done = migrate(database, schema); !done)
            return done.error();
    } else if (auto done = database.execute((std::string("PRAGMA query_only = 1; ") + mapped).c_str());
               !done) {
        return done.error();
    }
    return database;
}

Result<Statement> Database::prepare(std::string_view sql)
{
    sqlite3_stmt *statement = nullptr;
    if (sqlite3_prepare_v3(m_handle.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
        return lastError();
    return Statement(statement);
}

Result<std::int64_t> Database::integer(const char *sql)
{
    auto statement = prepare(sql);
    if (!statement)
        return statement.error();
    return statement->step() == Statement::Step::Row ? Result<std::int64_t>(statement->integer(0))
                                                     : lastError();
}

Result<void> Database::execute(const char *sql)
{
    if (sqlite3_exec(m_handle.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return lastError();
    return {};
}

Error Database::lastError() const
{
    return {m_handle ? sqlite3_errmsg(m_handle.get()) : "out of memory", m_path.string()};
}

bool Database::isTaken() const
{
    const int code = sqlite3_extended_errcode(m_handle.get());
    return code == SQLITE_CONSTRAINT_ROWID || code == SQLITE_CONSTRAINT_PRIMARYKEY;
}

std::int64_t Database::lastInsertId() const
{
    return sqlite3_last_insert_rowid(m_handle.get());
}

bool Database::isMovedAway() const
{
    int moved = 0;
    return sqlite3_file_control(m_handle.get(), nullptr, SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
           moved != 0;
}

Result<Transaction> Transaction::begin(Database &database)
{
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun)
        return begun.error();
    return Transaction(database);
}

Transaction::~Transaction()
{
    if (m_database != nullptr)
        std::ignore = m_database->execute("ROLLBACK");
}

Result<void> Transaction::commit()
{
    if (auto done = m_database->execute("COMMIT"); !done)
        return done;
    m_database = nullptr;
    return {};
}

UnmappedReading::UnmappedReading(Database &database)
    : m_database(database)
{
    std::ignore = m_database.execute("PRAGMA mmap_size = 0");
}

UnmappedReading::~UnmappedReading()
{
    std::ignore = m_database.execute(mapped);
}

} // namespace farthing
