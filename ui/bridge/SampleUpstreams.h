// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace farthing {

/// Puts the simulator's three upstreams into farthing.json for a while. A file that nobody else has edited in
/// between comes back byte for byte; an edited one loses only what was added here.
class SampleUpstreams
{
public:
    static constexpr const char *prefix = "sim-";

    explicit SampleUpstreams(QString configFile)
        : m_path(std::move(configFile))
    {}

    /// `simulator` is "127.0.0.1:PORT". Refuses a file that is no JSON object: it is not ours to mend.
    Result<void> add(const QString &simulator);
    Result<void> remove();
    /// What the proxy has to report before a call may go out.
    [[nodiscard]] static QString openAiBaseUrl(const QString &simulator);

private:
    QString m_path;
    std::optional<QByteArray> m_before; ///< absent: there was no file
    QByteArray m_written;
};

} // namespace farthing
