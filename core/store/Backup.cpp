// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Backup.h"

#include "core/base/Files.h"
#include "core/base/TemporaryFile.h"
#include "core/store/Database.h"

#include <sqlite3.h>

namespace farthing {

namespace {

namespace fs = std::filesystem;

constexpr int pagesAtOnce = 256;

struct CloseDatabase
{
    void operator()(sqlite3 *handle) const { sqlite3_close(handle); }
};
using Target = std::unique_ptr<sqlite3, CloseDatabase>;

Result<fs::path> checkTarget(const fs::path &database, const fs::path &named, bool replace)
{
    auto target = followLinks(named);
    if (!target)
        return target;
    std::error_code unknown;
    if (fs::equivalent(database, *target, unknown))
        return Error{"is the store itself", target->string()};
    for (const char *suffix : {"-wal", "-journal"})
        if (fs::exists(target->string() + suffix, unknown))
            return Error{"is in use: there is " + target->filename().string() + suffix + " beside it",
                         target->string()};
    if (!fs::exists(*target, unknown))
        return target;
    if (!fs::is_regular_file(*target, unknown))
        return Error{"is not a file", target->string()};
    if (!replace)
        return Error{"is there already: --force replaces it", target->string()};
    return target;
}

/// Within the caller's snapshot: without it, each commit of somebody else would have the copy begin anew.
Result<void> copyPages(Database &source, sqlite3 *target, std::uint64_t pageSize,
                       const BackupOptions &options, const fs::path &named)
{
    const auto failed = [&](int code) {
        return Error{std::string("cannot be written: ") + sqlite3_errstr(code), named.string()};
    };
    sqlite3_backup *const backup = sqlite3_backup_init(target, "main", source.handle(), "main");
    if (backup == nullptr)
        return failed(sqlite3_errcode(target));
    int step = SQLITE_OK;
    bool goesOn = true;
    while (step == SQLITE_OK && goesOn) {
        step = sqlite3_backup_step(backup, pagesAtOnce);
        const auto all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup));
        const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup));
        if (step == SQLITE_OK && options.progress)
            goesOn = options.progress((all - left) * pageSize, all * pageSize);
    }
    const int finished = sqlite3_backup_finish(backup);
    if (!goesOn)
        return Error{"was interrupted: nothing is left of the copy", named.string()};
    return step == SQLITE_DONE && finished == SQLITE_OK ? Result<void>()
                                                        : failed(step == SQLITE_DONE ? finished : step);
}

Result<Target> openTarget(const std::string &path, const fs::path &named)
{
    sqlite3 *handle = nullptr;
    const int opened = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
    Target target(handle);
    // Nobody is to roll back what is thrown away where it does not succeed.
    if (opened != SQLITE_OK ||
        sqlite3_exec(handle, "PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE", nullptr, nullptr,
                     nullptr) != SQLITE_OK)
        return Error{std::string("cannot be written: ") + sqlite3_errmsg(handle), named.string()};
    return target;
}

} // namespace

Result<BackupMade> backUp(const fs::path &path, const fs::path &named, const BackupOptions &options)
{
    auto source = Database::open(path, Database::Access::ReadOnly);
    if (!source)
        return source.error();
    const auto target = checkTarget(path, named, options.replace);
    if (!target)
        return target.error();
    const UnmappedReading unmapped(*source);
    if (auto begun = source->execute("BEGIN"); !begun)
        return begun.error();
    const auto events = source->integer("SELECT events FROM state");
    const auto pages = source->integer("PRAGMA page_count");
    const auto pageSize = source->integer("PRAGMA page_size");
    for (const auto *each : {&events, &pages, &pageSize})
        if (!*each)
            return each->error();
    const BackupMade made{static_cast<std::uint64_t>(*events),
                          static_cast<std::uint64_t>(*pages * *pageSize)};
    if (auto room = checkRoom(*target, made.bytes, {}); !room)
        return room.error();
    auto temporary = TemporaryFile::make(*target);
    if (!temporary)
        return temporary.error();
    auto copy = openTarget(temporary->path(), *target);
    if (!copy)
        return copy.error();
    if (auto copied =
            copyPages(*source, copy->get(), static_cast<std::uint64_t>(*pageSize), options, *target);
        !copied)
        return copied.error();
    if (sqlite3_close(copy->release()) != SQLITE_OK)
        return Error{"cannot be written", target->string()};
    auto placed = temporary->place(*target, options.replace);
    return placed ? Result<BackupMade>(made) : placed.error();
}

} // namespace farthing
