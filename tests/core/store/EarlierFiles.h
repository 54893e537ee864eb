// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventCodec.h"

#include <QFile>
#include <QString>
#include <QtEndian>
#include <vector>

namespace farthing {

/// What earlier versions left behind, from tests/data/store.
inline QByteArray earlierFile(const char *name)
{
    QFile file(QStringLiteral(FARTHING_SOURCE_DIR "/tests/data/store/") + name + ".z");
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s cannot be read", qPrintable(file.fileName()));
    return qUncompress(file.readAll());
}

inline void writeEarlierFile(const char *name, const QString &path)
{
    QFile file(path);
    const QByteArray bytes = earlierFile(name);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("%s cannot be written", qPrintable(path));
}

/// The events that the others hold, as they were made.
inline std::vector<CostEvent> earlierEvents()
{
    const QByteArray bytes = earlierFile("schema-1.events");
    std::vector<CostEvent> events;
    for (qsizetype at = 0; at < bytes.size();) {
        const auto size = qFromLittleEndian<quint32>(bytes.constData() + at);
        if (!decodeEvent({bytes.constData() + at + 4, size}, events.emplace_back()))
            qFatal("event %zu cannot be read", events.size());
        at += 4 + size;
    }
    return events;
}

} // namespace farthing
