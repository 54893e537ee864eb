// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStringList>

/// The built program on a data directory.
struct Farthingctl
{
    QString dataDir;

    struct Answer
    {
        int code = -1;
        QByteArray out;
        QByteArray error;
        [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
    };

    Answer operator()(const QStringList &arguments, const QByteArray &standardInput = {}) const
    {
        QProcess process;
        process.start(QStringLiteral(FARTHING_BIN_DIR "/farthingctl"),
                      QStringList{"--data-dir", dataDir} + arguments);
        process.write(standardInput);
        process.closeWriteChannel();
        if (!process.waitForFinished(60'000))
            return {};
        return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
    }
};

inline void writeTo(const QString &path, const QByteArray &content)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("%s cannot be written", qPrintable(path));
}
