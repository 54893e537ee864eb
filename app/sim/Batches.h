// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/BatchStore.h"
#include "app/sim/Engine.h"
#include "app/sim/Http.h"
#include "core/providers/Endpoint.h"

#include <functional>
#include <optional>

namespace farthing::sim {

/// The batch endpoints of the three providers. A batch is worked off while it is created, and says so from
/// the first poll on.
class Batches
{
public:
    /// Answers one item as its own endpoint would.
    using RunItem = std::function<Outcome(const HttpCall &, const Json &)>;

    Batches(Engine &engine, RunItem run)
        : m_engine(engine)
        , m_run(std::move(run))
    {}

    /// Nothing where the call is none of a batch endpoint's. `body` is null for an upload and for GET.
    std::optional<Outcome> handle(Wire wire, const HttpCall &call, const Json &body);
    /// True for an upload of a file, whose body is no JSON.
    static bool isUpload(const HttpCall &call);

private:
    Outcome uploadFile(const HttpCall &call);
    Outcome createOpenAi(const HttpCall &call, const Json &body);
    Outcome createAnthropic(const HttpCall &call, const Json &body);
    Outcome createGemini(const HttpCall &call, const Json &body);
    Outcome removeFile(const std::string &id);
    [[nodiscard]] Outcome stored(const std::string &id, const char *contentType) const;
    /// The item's answer, and its status.
    std::pair<Json, int> runItem(Wire wire, const HttpCall &call, const std::string &path, const Json &body);

    Engine &m_engine;
    RunItem m_run;
    BatchStore m_store;
};

} // namespace farthing::sim
