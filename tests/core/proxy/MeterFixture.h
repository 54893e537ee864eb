// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/CallMeter.h"

#include <QTemporaryDir>

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
    Result<Batch> read(Position from, std::size_t) override { return Batch{{}, from}; }
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
};

/// What a meter needs, with nothing behind it.
struct MeterFixture
{
    MeterFixture()
        : services(DataDir::resolve(std::filesystem::path(folder.path().toStdString())), defaultConfig(),
                   builtInPriceBook())
    {
        services.journal = &journal;
        services.writer = &writer;
    }

    std::unique_ptr<CallMeter> meter(std::string_view path = "/v1/chat/completions", Wire wire = Wire::OpenAi,
                                     std::string_view method = "POST", bool stream = false)
    {
        CostEvent draft;
        draft.time = fromMicros(now += 1000);
        draft.eventId = services.ids.make(draft.time);
        draft.callId = draft.eventId;
        draft.provider = "openai";
        draft.stream = stream;
        draft.requestModel = draft.sentModel = "gpt-4o";
        return std::make_unique<CallMeter>(services, classifyEndpoint(wire, method, path), draft,
                                           RequestFacts(), std::chrono::steady_clock::now());
    }

    QTemporaryDir folder;
    RecordingJournal journal;
    IdleWriter writer;
    ProxyServices services;
    std::int64_t now = 1'760'000'000'000'000;
};

} // namespace farthing
