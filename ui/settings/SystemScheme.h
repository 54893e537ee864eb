// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QDBusVariant;

namespace farthing {

/// Light or dark as the desktop wants it: its settings portal where there is one, which also tells of
/// changes, otherwise the palette the program was started with. (Qt has this of its own from 6.5 on.)
class SystemScheme : public QObject
{
    Q_OBJECT

public:
    explicit SystemScheme(QObject *parent = nullptr);

    /// Makes the theme follow; without this it stays as it is.
    void follow();

signals:
    /// The theme has another scheme now.
    void changed();

private slots:
    void settingChanged(const QString &space, const QString &key, const QDBusVariant &value);

private:
    void apply(const QDBusVariant &value);
};

} // namespace farthing
