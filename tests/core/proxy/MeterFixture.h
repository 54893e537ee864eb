// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/CallMeter.h"
#include "tests/core/store/RecordingJournal.h"

#include <QTemporaryDir>

namespace farthing {

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
