// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/DataDir.h"

#include "core/base/Files.h"

#include <cstdlib>

namespace farthing {

namespace {

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

Result<void> DataDir::create() const
{
    for (const auto &folder : {m_data, m_config, m_state})
        if (auto created = createPrivateDirectory(folder); !created)
            return created;
    return {};
}

} // namespace farthing
