// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventJournal.h"
#include "core/store/StoreWriter.h"

namespace farthing {

/// A journal that keeps what it is told, or refuses everything.
class RecordingJournal final : public EventJournal
{
public:
    [[nodiscard]] Uuid id() const override { return {}; }
    Result<Ticket> begin(const CostEvent &intent) override
    {
        if (refuses)
            return Error{"the journal is full"};
        intents.push_back(intent);
        return Ticket{intents.size()};
    }
    void progress(Ticket, int, std::int64_t) override {}
    Result<void> end(Ticket, const CostEvent &outcome) override { return append(outcome); }
    Result<void> append(const CostEvent &outcome) override
    {
        outcomes.push_back(outcome);
        return {};
    }
    Result<bool> appendAll(std::span<const CostEvent> events) override
    {
        if (refuses)
            return Error{"the journal is full"};
        outcomes.insert(outcomes.end(), events.begin(), events.end());
        return true;
    }
    Result<Taken> read(Position from, std::size_t, const Take &) override { return Taken{0, from}; }
    void release(Position) override {}
    void waitForMore(Position, std::chrono::milliseconds) override {}
    void wake() override {}
    [[nodiscard]] Stats stats() const override { return {}; }

    std::vector<CostEvent> intents;
    std::vector<CostEvent> outcomes;
    bool refuses = false;
};

/// A store that is always well.
class IdleWriter final : public StoreWriter
{
public:
    [[nodiscard]] Health health() const override { return {}; }
    bool flush(std::chrono::milliseconds) override { return true; }
    bool flushUnlessStuck(std::chrono::milliseconds) override { return true; }
};

} // namespace farthing
