// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/retention/Compaction.h"

#include "core/store/Database.h"

#include <cstdlib>

namespace farthing {

namespace {

constexpr std::uint64_t megabyte = 1'000'000;

Result<std::uint64_t> number(Database &database, const char *sql)
{
    auto statement = database.prepare(sql);
    if (!statement)
        return statement.error();
    if (statement->step() != Statement::Step::Row)
        return database.lastError();
    return static_cast<std::uint64_t>(statement->integer(0));
}

/// SQLite's temporary files lie where the store does, as long as this lives: that disk is asked for room.
class TemporaryFilesIn
{
public:
    explicit TemporaryFilesIn(const std::filesystem::path &folder)
    {
        if (const char *const before = std::getenv(variable))
            m_before = before;
        ::setenv(variable, folder.c_str(), 1);
    }
    ~TemporaryFilesIn()
    {
        if (m_before)
            ::setenv(variable, m_before->c_str(), 1);
        else
            ::unsetenv(variable);
    }
    TemporaryFilesIn(const TemporaryFilesIn &) = delete;
    TemporaryFilesIn &operator=(const TemporaryFilesIn &) = delete;

private:
    static constexpr const char *variable = "SQLITE_TMPDIR";
    std::optional<std::string> m_before;
};

} // namespace

Result<Compacted> compactStore(const std::filesystem::path &path)
{
    auto database = Database::open(path, Database::Access::ReadWrite);
    if (!database)
        return database.error();
    const auto pages = number(*database, "PRAGMA page_count");
    const auto unused = number(*database, "PRAGMA freelist_count");
    const auto pageSize = number(*database, "PRAGMA page_size");
    for (const auto *each : {&pages, &unused, &pageSize})
        if (!*each)
            return each->error();
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    const std::uint64_t needed = 2 * (*pages - *unused) * *pageSize;
    std::error_code unknown;
    const auto room = std::filesystem::space(folder, unknown);
    if (!unknown && room.available < needed)
        return Error{"takes " + std::to_string(needed / megabyte + 1) +
                         " MB beside it to be written anew, and the disk has " +
                         std::to_string(room.available / megabyte) + " MB left",
                     path.string()};
    const TemporaryFilesIn here(folder);
    if (auto done = database->execute("PRAGMA temp_store = FILE; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
        !done)
        return done.error();
    const auto left = number(*database, "PRAGMA page_count");
    return left ? Result<Compacted>({*pages * *pageSize, *left * *pageSize}) : left.error();
}

} // namespace farthing
