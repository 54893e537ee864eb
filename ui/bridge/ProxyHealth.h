// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"

#include <QByteArray>
#include <QHash>
#include <QString>
#include <QStringList>

#include <optional>

namespace farthing {

/// What farthingd says of itself at /farthing/v1/health.
struct ProxyHealth
{
    bool ok = false;
    QString version;
    QString listen;
    qint64 pid = 0;
    qint64 requests = 0;
    qint64 inFlight = 0;
    qint64 unrecorded = 0;
    QString unrecordedReason;
    std::optional<Timestamp> unrecordedSince;
    std::optional<qint64> overheadP50Us; ///< absent before the first call
    bool journalFull = false;
    std::optional<Timestamp> journalFullSince;
    qint64 unreadableRecords = 0;
    bool storeOk = true;
    QString storeError;
    std::optional<Timestamp> storeSince;
    std::optional<Timestamp> lastCommit;
    QString prices;
    QHash<QString, QString> upstreams; ///< name to base URL
    /// Calls to an upstream fail.
    struct UpstreamFault
    {
        QString upstream;
        QString error;
        std::optional<Timestamp> since;
    };
    QList<UpstreamFault> upstreamFaults; ///< by their last failed call, the newest first
    struct Fault
    {
        QString error; ///< empty: none
        std::optional<Timestamp> since;
    };
    Fault config;     ///< the file's last edit is not live
    Fault pricesFile; ///< the same
    Fault token;      ///< the same
    Fault bodies;     ///< none is kept

    /// What a person has to know when it is not well, the worst first; empty where all is.
    [[nodiscard]] QStringList troubles() const;
};

/// Nothing where the bytes are no health report.
std::optional<ProxyHealth> parseProxyHealth(const QByteArray &json);

/// Where a client reaches what listens there: itself, or loopback where it listens on every address.
QString addressForClients(const QString &listen);

/// What a serving farthingd leaves in its data directory.
struct ServingFile
{
    qint64 pid = 0; ///< 0: not known
    QString listen;
};
std::optional<ServingFile> readServingFile(const QString &path);

} // namespace farthing
