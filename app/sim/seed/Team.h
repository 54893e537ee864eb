// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Random.h"
#include "app/sim/Workflows.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farthing::sim {

/// A model that a team's code asks for.
struct TeamModel
{
    std::string_view name;
    CallStyle style;
    std::string_view cheaper; ///< what a routing rule sends its simple calls to; empty where it sends none
};
/// Thirty, over all three wires.
std::span<const TeamModel> teamModels();

/// One of the sample workflows, or another of its kind.
struct TeamWorkflow
{
    const Workflow *kind = nullptr;
    std::string name;
    std::vector<std::string> features;
    const TeamModel *model = nullptr;
    const TeamModel *otherModel = nullptr; ///< some of its calls try this one
    std::uint64_t systemHash = 0;
    std::uint64_t toolsHash = 0;
    std::int32_t systemTokens = 0;
    std::int32_t toolsTokens = 0; ///< 0 where it has none
    bool routed = false;          ///< a rule sends its simple calls to the cheaper model, once there is one
    bool nightly = false;         ///< nobody waits for it, so it can be batched
};

/// Draws numbers below `n`, of which few come often: the k-th in proportion to 1/k^exponent.
class Zipf
{
public:
    Zipf(std::size_t n, double exponent);
    std::size_t draw(Random &random) const;

private:
    std::vector<double> m_upTo; ///< share of this one and those before it
};

/// Who calls, and what for: the same seed gives the same team.
class Team
{
public:
    Team(std::size_t workflows, std::size_t users, std::uint64_t seed);

    /// One that works at this hour of the day (UTC).
    const TeamWorkflow &drawWorkflow(Random &random, int hour) const;
    /// The number of a user.
    std::size_t drawUser(Random &random) const { return m_users.draw(random); }
    [[nodiscard]] std::span<const TeamWorkflow> workflows() const { return m_workflows; }

    /// "amelia.novak@example.com": each number's own.
    static std::string userName(std::size_t number);

private:
    std::vector<TeamWorkflow> m_workflows;
    Zipf m_popularity;
    Zipf m_users;
};

} // namespace farthing::sim
