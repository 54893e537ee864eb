// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/retention/Compaction.h"

#include "core/base/Files.h"
#include "core/store/Database.h"

#include <cstdlib>

namespace farthing {

namespace {

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
    const auto pages = database->integer("PRAGMA page_count");
    const auto unused = database->integer("PRAGMA freelist_count");
    const auto pageSize = database->integer("PRAGMA page_size");
    for (const auto *each : {&pages, &unused, &pageSize})
        if (!*each)
            return each->error();
    const auto bytesOf = [size = *pageSize](std::int64_t count) {
        return static_cast<std::uint64_t>(count * size);
    };
    if (auto room = checkRoom(path, bytesOf(2 * (*pages - *unused)), " beside it to be written anew"); !room)
        return room.error();
    const TemporaryFilesIn here(path.has_parent_path() ? path.parent_path() : ".");
    if (auto done = database->execute("PRAGMA temp_store = FILE; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
        !done)
        return done.error();
    const auto left = database->integer("PRAGMA page_count");
    return left ? Result<Compacted>({bytesOf(*pages), bytesOf(*left)}) : left.error();
}

} // namespace farthing
