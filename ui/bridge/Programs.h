// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QFileInfo>
#include <QStandardPaths>

namespace farthing {

/// One of Farthing's own programs: beside this executable, where a build or a package puts it, or in PATH.
/// Empty where it is nowhere.
inline QString programBesideOrInPath(const QString &name)
{
    const QFileInfo beside(QCoreApplication::applicationDirPath() + '/' + name);
    return beside.isExecutable() ? beside.filePath() : QStandardPaths::findExecutable(name);
}

} // namespace farthing
