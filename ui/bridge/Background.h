// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

#include <functional>

namespace farthing {

/// Does `work` on a thread of the pool, for what has nothing to ask the store, and hands its result to `done`
/// on the GUI thread, if `receiver` is still there. `work` must hold everything it needs by value.
template <class Work, class Done>
void inBackground(QObject *receiver, Work work, Done done)
{
    QThreadPool::globalInstance()->start(
        [receiver = QPointer<QObject>(receiver), work = std::move(work), done = std::move(done)]() mutable {
            QMetaObject::invokeMethod(
                QCoreApplication::instance(),
                [receiver, done = std::move(done), result = work()]() mutable {
                    if (receiver)
                        done(std::move(result));
                },
                Qt::QueuedConnection);
        });
}

} // namespace farthing
