// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/ModelCall.h"
#include "app/sim/Random.h"
#include "core/base/Time.h"

namespace farthing::sim {

/// What every wire has in common: counts the prompt, asks the prompt cache, and makes up an answer that the
/// seed and the prompt alone decide.
class Engine
{
public:
    Engine(const Clock &clock, std::uint64_t seed);

    /// Takes a call into the cache and answers it.
    ModelAnswer answer(const ModelCall &call);
    /// The prompt's tokens, and nothing else happens.
    [[nodiscard]] std::int64_t countInput(const std::vector<PromptBlock> &prompt) const;
    /// An identifier that no other reply of this process has.
    std::string freshId(std::size_t length);
    [[nodiscard]] std::int64_t nowSeconds() const;
    Random &random() { return m_random; }

private:
    Choice makeChoice(const ModelCall &call, Random &random, ModelAnswer &answer);
    void callTools(const ModelCall &call, Random &random, Choice &choice);

    const Clock &m_clock;
    std::uint64_t m_seed;
    Random m_random; ///< identifiers, latencies and faults: what must differ between two equal calls
    PromptCache m_cache;
};

} // namespace farthing::sim
