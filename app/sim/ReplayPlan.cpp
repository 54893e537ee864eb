// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/ReplayPlan.h"

#include "app/sim/Random.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace farthing::sim {

namespace {

constexpr std::size_t kUsers = 240;
constexpr double kZipf = 1.1;
constexpr std::uint64_t kRepeatedPrompts = 12;
/// Above every repeated prompt's seed.
constexpr std::uint64_t kFreshPrompt = 1ULL << 40U;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kMostInputTokens = 60'000;

class Planner
{
public:
    explicit Planner(const PlanOptions &options)
        : m_options(options)
        , m_random(mix(options.seed))
    {
        double sum = 0;
        for (std::size_t rank = 1; rank <= kUsers; ++rank)
            m_userShares[rank - 1] = sum += std::pow(static_cast<double>(rank), -kZipf);
        for (double &share : m_userShares)
            share /= sum;
    }

    Random &random() { return m_random; }

    const Workflow &pickWorkflow()
    {
        const auto all = sampleWorkflows();
        double total = 0;
        for (const Workflow &workflow : all)
            total += workflow.weight;
        double drawn = m_random.uniform() * total;
        for (const Workflow &workflow : all) {
            drawn -= workflow.weight;
            if (drawn < 0)
                return workflow;
        }
        return all.back();
    }

    PlannedCall plan(TraceRow row, const Workflow &workflow)
    {
        PlannedCall call;
        call.row = std::move(row);
        call.workflow = &workflow;
        call.feature = pickFeature(workflow.features);
        const std::size_t user = pickUser();
        call.user = fmt::format("user-{:03}", user + 1);
        // People come back to a conversation for some minutes, so that a session is a user in a third of an
        // hour.
        call.session = fmt::format("{}-{}-{}", workflow.name, user + 1, call.row.tMs / (kHourMs / 3));
        call.promptSeed = m_random.next() | kFreshPrompt;
        call.stream = m_random.uniform() < workflow.streamShare;
        call.aborts = call.stream && m_random.uniform() < m_options.abortShare;
        if (m_random.uniform() < m_options.errorShare) {
            constexpr std::array<std::string_view, 4> faults{"429", "429", "500", "529"};
            call.fault = faults[m_random.below(faults.size())];
        }
        return call;
    }

    /// Some prompts come again and again, word for word.
    void repeatSometimes(PlannedCall &call)
    {
        if (m_random.below(100) >= static_cast<std::uint64_t>(call.workflow->repeatPercent))
            return;
        call.promptSeed = m_random.below(kRepeatedPrompts);
        call.row.inputTokens =
            call.workflow->sharedTokens + 60 + static_cast<std::int64_t>(call.promptSeed) * 11;
    }

    std::int64_t draw(const TokenSpread &spread, std::int64_t least, std::int64_t most)
    {
        return std::clamp(static_cast<std::int64_t>(m_random.logNormal(spread.median, spread.sigma)), least,
                          most);
    }

    /// A moment within the workflow's hours; most of the work is done in the middle of them.
    std::int64_t drawTime(const Workflow &workflow)
    {
        const double hours = workflow.lastHour - workflow.firstHour + 1;
        const double middle = (m_random.uniform() + m_random.uniform()) / 2;
        return static_cast<std::int64_t>((workflow.firstHour + middle * hours) *
                                         static_cast<double>(kHourMs));
    }

private:
    std::size_t pickUser()
    {
        const auto at = std::lower_bound(m_userShares.begin(), m_userShares.end(), m_random.uniform());
        return std::min<std::size_t>(static_cast<std::size_t>(at - m_userShares.begin()), kUsers - 1);
    }

    std::string pickFeature(std::string_view features)
    {
        const auto count = static_cast<std::uint64_t>(std::count(features.begin(), features.end(), ',')) + 1;
        for (std::uint64_t skip = m_random.below(count); skip > 0; --skip)
            features.remove_prefix(features.find(',') + 1);
        return std::string(features.substr(0, features.find(',')));
    }

    PlanOptions m_options;
    Random m_random;
    std::array<double, kUsers> m_userShares{};
};

} // namespace

std::vector<PlannedCall> planTrace(std::vector<TraceRow> rows, const PlanOptions &options)
{
    Planner planner(options);
    std::vector<PlannedCall> calls;
    calls.reserve(rows.size());
    for (TraceRow &row : rows)
        calls.push_back(planner.plan(std::move(row), planner.pickWorkflow()));
    return calls;
}

std::vector<PlannedCall> planSampleDay(std::size_t count, const PlanOptions &options)
{
    Planner planner(options);
    std::vector<PlannedCall> calls;
    calls.reserve(count);
    for (std::size_t made = 0; made < count; ++made) {
        const Workflow &workflow = planner.pickWorkflow();
        TraceRow row;
        row.tMs = planner.drawTime(workflow);
        row.inputTokens = planner.draw(workflow.input, workflow.sharedTokens + 40, kMostInputTokens);
        row.outputTokens = planner.draw(workflow.output, 1, 4000);
        calls.push_back(planner.plan(std::move(row), workflow));
        planner.repeatSometimes(calls.back());
    }
    std::stable_sort(calls.begin(), calls.end(),
                     [](const PlannedCall &a, const PlannedCall &b) { return a.row.tMs < b.row.tMs; });
    return calls;
}

} // namespace farthing::sim
