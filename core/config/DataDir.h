// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace farthing {

/// Where everything lives: with --data-dir (or FARTHING_DATA_DIR) one folder, otherwise the XDG folders
/// `farthing/` of data, configuration and state.
class DataDir
{
public:
    /// `explicitDir` wins over the environment, the environment over XDG.
    static DataDir resolve(const std::optional<std::filesystem::path> &explicitDir);

    /// The one folder, absolute, so that another program can be told of it; nothing where XDG has several.
    [[nodiscard]] std::optional<std::filesystem::path> folder() const;
    [[nodiscard]] std::filesystem::path database() const { return m_data / "events.db"; }
    [[nodiscard]] std::filesystem::path journal() const
    {
        return m_state / "journal";
    } ///< a folder of segments
    [[nodiscard]] std::filesystem::path lock() const { return m_state / "farthingd.lock"; }
    /// Written by a serving farthingd: {"pid", "listen", "version", "started"}; removed on a clean exit.
    [[nodiscard]] std::filesystem::path serving() const { return m_state / "serving.json"; }
    [[nodiscard]] std::filesystem::path log() const { return m_state / "farthingd.log"; }
    [[nodiscard]] std::filesystem::path secret() const { return m_data / "anatomy.key"; }
    /// The encrypted bodies that were kept by request.
    [[nodiscard]] std::filesystem::path bodies() const { return m_data / "bodies.db"; }
    /// The key they are read with where no secret service holds it: always in the user's own configuration
    /// folder, so that a data directory reveals nothing by itself. Empty where the environment names none.
    static std::filesystem::path bodiesKey();
    /// What each request must show where farthingd listens elsewhere than on loopback; see AccessToken.
    [[nodiscard]] std::filesystem::path token() const { return m_data / "access.token"; }
    [[nodiscard]] std::filesystem::path estimator() const { return m_state / "token-ratios.json"; }
    /// Background responses that were counted, or wait for it.
    [[nodiscard]] std::filesystem::path responses() const { return m_state / "background-responses.json"; }
    /// What the window remembers: its size, page and ranges.
    [[nodiscard]] std::filesystem::path window() const { return m_state / "window.ini"; }
    /// There while farthing.json names the simulated providers of a sample day, and what it was before.
    [[nodiscard]] std::filesystem::path sampleDay() const { return m_state / "sample-day.json"; }
    /// Held by the window that loads a sample day.
    [[nodiscard]] std::filesystem::path sampleDayLock() const { return m_state / "sample-day.lock"; }
    [[nodiscard]] std::filesystem::path config() const { return m_config / "farthing.json"; }
    [[nodiscard]] std::filesystem::path prices() const { return m_config / "prices.json"; }
    [[nodiscard]] std::filesystem::path routing() const { return m_config / "routing.json"; }

    /// Creates the folders, mode 0700.
    Result<void> create() const;
    /// Takes other users' access to what farthingd keeps here, where earlier modes gave it; what was closed.
    /// What a person edits stays as it is, and so does a folder that is not Farthing's by its name.
    [[nodiscard]] std::vector<std::filesystem::path> closeToOthers() const;

private:
    DataDir(std::filesystem::path data, std::filesystem::path config, std::filesystem::path state);
    std::filesystem::path m_data;
    std::filesystem::path m_config;
    std::filesystem::path m_state;
};

} // namespace farthing
