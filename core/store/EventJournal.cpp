// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventJournal.h"

#include "core/store/MappedJournal.h"

namespace farthing {

Result<std::unique_ptr<EventJournal>> EventJournal::open(const std::filesystem::path &dir,
                                                         const Options &options)
{
    auto journal = MappedJournal::open(dir, options);
    if (!journal)
        return journal.error();
    return std::unique_ptr<EventJournal>(*std::move(journal));
}

Result<EventJournal::Batch> EventJournal::read(Position from, std::size_t max)
{
    Batch batch;
    const auto taken = read(from, max, [&batch](const CostEvent &event, bool) {
        batch.events.push_back(event);
        return Result<void>();
    });
    if (!taken)
        return taken.error();
    batch.next = taken->next;
    return batch;
}

} // namespace farthing
