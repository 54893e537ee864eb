// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Files.h"
#include "core/config/DataDir.h"

#include <QString>

namespace farthing {

/// Puts the simulator's three upstreams into farthing.json for a while. A file that nobody else has edited in
/// between comes back byte for byte; an edited one loses only what was added here. What it was is kept beside
/// the store meanwhile, so that the next one takes away what a process that was killed has left.
class SampleUpstreams
{
public:
    static constexpr const char *prefix = "sim-";

    explicit SampleUpstreams(DataDir dir)
        : m_dir(std::move(dir))
    {}

    /// `simulator` is "127.0.0.1:PORT". Refuses a file that is no JSON object: it is not ours to mend; and a
    /// data directory where another process has added its own.
    Result<void> add(const QString &simulator);
    /// Also what an earlier process left; nothing where another one still needs it, or where nothing was
    /// added.
    Result<void> remove();
    /// What the proxy has to report before a call may go out.
    [[nodiscard]] static QString openAiBaseUrl(const QString &simulator);

private:
    Result<void> restore();

    DataDir m_dir;
    std::unique_ptr<FileLock> m_lock; ///< from add to remove
};

} // namespace farthing
