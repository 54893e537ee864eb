// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <functional>

class QWidget;

namespace farthing {

/// Asks where to put a file, without blocking the window; `use` gets the path. The folder is remembered as
/// long as the program runs.
void askForFile(QWidget *parent, const QString &title, const QString &suggestedName,
                std::function<void(const QString &path)> use);

/// Asks, and writes what `content` makes, both on another thread; a failure is said in a dialog, and nothing
/// is left behind.
void saveFile(QWidget *parent, const QString &title, const QString &suggestedName,
              std::function<QByteArray()> content);
/// Asks and writes what the widget shows, twice as fine as on screen.
void savePicture(QWidget *parent, const QString &title, const QString &suggestedName, QWidget *shown);

} // namespace farthing
