// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/LatencyProfile.h"
#include "app/sim/seed/Rhythm.h"
#include "app/sim/seed/Team.h"
#include "core/model/CostEvent.h"
#include "core/pricing/PriceBook.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace farthing::sim {

struct PopulationOptions
{
    std::uint64_t events = 1'000'000;
    Timestamp since;
    Timestamp until;
    std::size_t workflows = 200;
    std::size_t users = 20'000;
    std::uint64_t seed = 1;
};

/// The priced events of a team over many days, in order of time, as its proxy would have recorded them: a few
/// workflows and users make most of the calls, in sessions whose prompts grow; tokens after public traces.
/// Part way the team uses what saves money: prompt caching after a quarter of the period, routing of simple
/// calls to cheaper models after two fifths, response caches after three fifths, batches after three
/// quarters. The same options give the same events.
class Population
{
public:
    Population(const PopulationOptions &options, std::shared_ptr<const PriceBook> prices);
    /// Whether there was one more; then it is in `event`, whatever that held.
    bool next(CostEvent &event);

private:
    struct Session
    {
        const TeamWorkflow *workflow = nullptr;
        const TeamModel *model = nullptr;
        std::string user;
        std::string name;
        std::string feature;
        int callsLeft = 0;
        std::int32_t history = 0; ///< tokens of the turns so far
        std::vector<PromptAnatomy::PrefixMark> marks;
    };

    std::int64_t below(std::int64_t bound)
    {
        return static_cast<std::int64_t>(m_random.below(static_cast<std::uint64_t>(bound)));
    }
    bool chance(double share) { return m_random.uniform() < share; }
    std::int64_t tokens(const TokenSpread &spread);
    [[nodiscard]] bool isUsed(double since) const { return m_progress >= since; }

    Session &sessionAt(Timestamp time);
    void begin(Session &session, int hour);
    void name(const Session &session, CostEvent &event);
    void ask(Session &session, CostEvent &event);
    void answer(Session &session, CostEvent &event);
    void fail(CostEvent &event);
    void time(CostEvent &event);
    void route(const Session &session, CostEvent &event);
    bool answerFromCache(const Session &session, CostEvent &event);

    PopulationOptions m_options;
    std::shared_ptr<const PriceBook> m_prices;
    Random m_random;
    Team m_team;
    Rhythm m_rhythm;
    LatencyProfile m_latencies;
    std::uint64_t m_made = 0;
    double m_progress = 0; ///< of the period, 0 to 1
    std::vector<Session> m_sessions;
};

} // namespace farthing::sim
