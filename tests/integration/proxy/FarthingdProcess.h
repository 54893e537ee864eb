// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/DataDir.h"
#include "core/model/CostEvent.h"

#include <QByteArray>
#include <QProcess>
#include <QTemporaryDir>
#include <vector>

namespace farthing {

/// The built farthingd on a free port, with a data folder of its own that outlives the process.
class FarthingdProcess
{
public:
    FarthingdProcess();
    ~FarthingdProcess();
    FarthingdProcess(const FarthingdProcess &) = delete;
    FarthingdProcess &operator=(const FarthingdProcess &) = delete;

    [[nodiscard]] DataDir dir() const;
    [[nodiscard]] QString folder() const { return m_folder.path(); }
    void writeConfig(const QByteArray &json);
    /// False where it does not serve within ten seconds; then errors() says why.
    bool start(const QString &listen = QStringLiteral("127.0.0.1:0"));
    /// SIGKILL, and waits for the death.
    void kill();
    /// SIGTERM; true where it ended by itself with 0.
    bool stop();
    [[nodiscard]] qint64 pid() const { return m_process->processId(); }
    [[nodiscard]] int port() const { return m_port; }
    /// Bytes of memory that it holds now (VmRSS), or at most held (VmHWM).
    [[nodiscard]] qint64 memory(const char *field = "VmRSS") const;
    [[nodiscard]] QByteArray log();
    /// All events in the store, oldest first. Call it after stop(), which drains the journal.
    [[nodiscard]] std::vector<CostEvent> events() const;

private:
    QTemporaryDir m_folder;
    std::unique_ptr<QProcess> m_process;
    QByteArray m_log;
    int m_port = 0;
};

} // namespace farthing
