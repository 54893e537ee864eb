// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/DataDir.h"

#include "core/base/Files.h"

#include <cstdlib>

namespace farthing {

namespace {

namespace fs = std::filesystem;

std::filesystem::path fromEnvironment(const char *name)
{
    const char *const value = std::getenv(name);
    return value == nullptr ? std::filesystem::path() : std::filesystem::path(value);
}

/// An XDG folder; the specification says to ignore a relative one.
std::filesystem::path xdg(const char *name, const char *belowHome)
{
    std::filesystem::path base = fromEnvironment(name);
    if (!base.is_absolute())
        base = fromEnvironment("HOME") / belowHome;
    return base / "farthing";
}

/// False where there is nothing to take, or it is not this user's to take.
bool takeFromOthers(const fs::path &path)
{
    constexpr fs::perms others = fs::perms::group_all | fs::perms::others_all;
    std::error_code failure;
    const fs::file_status status = fs::symlink_status(path, failure);
    if (failure || (!fs::is_regular_file(status) && !fs::is_directory(status)) ||
        (status.permissions() & others) == fs::perms::none)
        return false;
    fs::permissions(path, others, fs::perm_options::remove | fs::perm_options::nofollow, failure);
    return !failure;
}

} // namespace

DataDir::DataDir(std::filesystem::path data, std::filesystem::path config, std::filesystem::path state)
    : m_data(std::move(data))
    , m_config(std::move(config))
    , m_state(std::move(state))
{}

DataDir DataDir::resolve(const std::optional<std::filesystem::path> &explicitDir)
{
    const std::filesystem::path one = explicitDir ? *explicitDir : fromEnvironment("FARTHING_DATA_DIR");
    if (!one.empty()) {
        const auto absolute = std::filesystem::absolute(one);
        return {absolute, absolute, absolute};
    }
    return {xdg("XDG_DATA_HOME", ".local/share"), xdg("XDG_CONFIG_HOME", ".config"),
            xdg("XDG_STATE_HOME", ".local/state")};
}

std::optional<std::filesystem::path> DataDir::folder() const
{
    return m_data == m_config && m_data == m_state ? std::optional(m_data) : std::nullopt;
}

std::filesystem::path DataDir::bodiesKey()
{
    const fs::path key = xdg("XDG_CONFIG_HOME", ".config") / "bodies.key";
    return key.is_absolute() ? key : fs::path();
}

std::vector<fs::path> DataDir::closeToOthers() const
{
    std::vector<fs::path> kept = {secret(), lock(), serving(), estimator(), responses(), journal()};
    if (!folder())
        kept.insert(kept.end(), {m_data, m_state});
    std::error_code ignored;
    for (const fs::path &file : {database(), bodies(), log()})
        for (const auto &beside : fs::directory_iterator(file.parent_path(), ignored))
            if (beside.path().filename().string().starts_with(file.stem().string() + '.'))
                kept.push_back(beside.path()); // with -wal and -shm, or earlier logs
    if (!fs::is_symlink(journal(), ignored))
        for (const auto &segment : fs::directory_iterator(journal(), ignored))
            kept.push_back(segment.path());

    std::vector<fs::path> closed;
    for (const fs::path &path : kept)
        if (takeFromOthers(path))
            closed.push_back(path);
    return closed;
}

Result<void> DataDir::create() const
{
    for (const auto &folder : {m_data, m_config, m_state})
        if (auto created = createPrivateDirectory(folder); !created)
            return created;
    return {};
}

} // namespace farthing
