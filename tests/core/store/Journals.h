// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventJournal.h"
#include "tests/core/store/Events.h"

#include <QTemporaryDir>
#include <memory>
#include <vector>

namespace farthing {

inline const EventJournal::Options small = {
    .segmentBytes = 64 * 1024, .maxBytes = 512 * 1024, .onDeadCall = {}};

/// The journal of a test's folder.
inline std::unique_ptr<EventJournal> openIn(const QTemporaryDir &dir, EventJournal::Options options = small)
{
    auto journal = EventJournal::open(dir.filePath("journal").toStdString(), options);
    if (!journal)
        qFatal("%s", journal.error().toString().c_str());
    return *std::move(journal);
}

/// All outcomes from there on.
inline std::vector<CostEvent> readAll(EventJournal &journal, EventJournal::Position from = {})
{
    std::vector<CostEvent> all;
    for (;;) {
        auto batch = journal.read(from, 100);
        if (!batch)
            qFatal("%s", batch.error().toString().c_str());
        if (batch->events.empty())
            return all;
        from = batch->next;
        all.insert(all.end(), batch->events.begin(), batch->events.end());
    }
}

} // namespace farthing
