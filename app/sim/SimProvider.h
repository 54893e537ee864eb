// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Batches.h"
#include "app/sim/Engine.h"
#include "app/sim/Faults.h"
#include "app/sim/Http.h"
#include "core/providers/Endpoint.h"

#include <string>

namespace farthing::sim {

struct ProviderOptions
{
    std::uint64_t seed = 1;
    LatencyProfile latency;
    FaultPlan faults;
};

/// The three providers in one: tells from path and headers which of them is meant, lets the wire answer, and
/// makes the reply slow or broken where that was asked for. Belongs to one thread.
class SimProvider
{
public:
    SimProvider(const Clock &clock, ProviderOptions options);

    Reply handle(const HttpCall &call);

private:
    Outcome route(Wire wire, const HttpCall &call, const Json &body);
    Outcome routeModel(Wire wire, const HttpCall &call, const Json &body);
    Outcome routeGet(Wire wire, const HttpCall &call);
    Outcome routeGemini(const HttpCall &call, const Json &body);
    void breakReply(Fault fault, Wire wire, const std::string &requestId, Reply &reply);

    ProviderOptions m_options;
    Engine m_engine;
    Batches m_batches;
};

/// Which provider a request is meant for.
Wire wireOfCall(const HttpCall &call);

} // namespace farthing::sim
