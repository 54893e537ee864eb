// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/seed/Team.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace farthing::sim {

namespace {

constexpr std::array models{
    TeamModel{"gpt-4o", CallStyle::Chat, "gpt-4o-mini"},
    TeamModel{"gpt-4.1", CallStyle::Chat, "gpt-4.1-nano"},
    TeamModel{"gpt-4o-mini", CallStyle::Chat, ""},
    TeamModel{"gpt-4.1-mini", CallStyle::Chat, "gpt-4.1-nano"},
    TeamModel{"gpt-4.1-nano", CallStyle::Chat, ""},
    TeamModel{"o3", CallStyle::Chat, "o4-mini"},
    TeamModel{"o4-mini", CallStyle::Chat, ""},
    TeamModel{"o3-mini", CallStyle::Chat, ""},
    TeamModel{"gpt-5", CallStyle::Responses, "gpt-5-mini"},
    TeamModel{"gpt-5-mini", CallStyle::Responses, "gpt-5-nano"},
    TeamModel{"gpt-5-nano", CallStyle::Responses, ""},
    TeamModel{"gpt-5.2", CallStyle::Responses, "gpt-5-mini"},
    TeamModel{"gpt-5.4", CallStyle::Responses, "gpt-5.4-mini"},
    TeamModel{"gpt-5.4-mini", CallStyle::Responses, ""},
    TeamModel{"text-embedding-3-small", CallStyle::Embeddings, ""},
    TeamModel{"text-embedding-3-large", CallStyle::Embeddings, ""},
    TeamModel{"text-embedding-ada-002", CallStyle::Embeddings, ""},
    TeamModel{"claude-sonnet-4-5", CallStyle::Messages, "claude-haiku-4-5"},
    TeamModel{"claude-haiku-4-5", CallStyle::Messages, ""},
    TeamModel{"claude-opus-4-5", CallStyle::Messages, "claude-sonnet-4-5"},
    TeamModel{"claude-sonnet-4-0", CallStyle::Messages, "claude-haiku-4-5"},
    TeamModel{"claude-opus-4-1", CallStyle::Messages, "claude-sonnet-4-5"},
    TeamModel{"claude-3-5-haiku-latest", CallStyle::Messages, ""},
    TeamModel{"claude-opus-4-6", CallStyle::Messages, "claude-haiku-4-5"},
    TeamModel{"gemini-2.5-flash", CallStyle::Content, "gemini-2.5-flash-lite"},
    TeamModel{"gemini-2.5-pro", CallStyle::Content, "gemini-2.5-flash"},
    TeamModel{"gemini-2.5-flash-lite", CallStyle::Content, ""},
    TeamModel{"gemini-2.0-flash", CallStyle::Content, ""},
    TeamModel{"gemini-3-pro-preview", CallStyle::Content, "gemini-3-flash-preview"},
    TeamModel{"gemini-3-flash-preview", CallStyle::Content, ""},
};

/// What a second, third, … workflow of a kind is for.
constexpr std::array areas = {"billing",   "logistics", "legal",      "onboarding", "returns",
                              "marketing", "payroll",   "security",   "partners",   "inventory",
                              "retail",    "research",  "insurance",  "travel",     "warranty",
                              "pricing",   "hiring",    "facilities", "finance"};
/// Features that the sample workflows do not have.
constexpr std::array furtherFeatures = {"draft",   "rewrite", "tag",      "route",  "extract", "compare",
                                        "rank",    "score",   "validate", "enrich", "outline", "quote",
                                        "remind",  "export",  "localise", "redact", "suggest", "triage",
                                        "merge",   "notify",  "audit",    "match",  "cite",    "digest",
                                        "preview", "reply",   "schedule", "convert"};
constexpr std::array firstNames = {"amelia", "jonas", "priya", "mateo",  "chloe", "kenji", "fatima",
                                   "lukas",  "nora",  "diego", "ingrid", "omar",  "elena", "tomas",
                                   "aisha",  "felix", "sofia", "arjun",  "hanna", "marco", "leila",
                                   "oscar",  "yuki",  "clara", "samuel"};
constexpr std::array lastNames = {
    "novak",  "silva",  "khan",   "berg",   "rossi",   "tanaka",  "okafor", "meyer", "dubois",  "garcia",
    "larsen", "haddad", "kovacs", "nguyen", "iyer",    "fischer", "moreau", "costa", "patel",   "andersen",
    "marino", "sato",   "mensah", "weber",  "laurent", "lopez",   "nilsen", "aziz",  "horvat",  "tran",
    "rao",    "becker", "petit",  "santos", "shah",    "dahl",    "ricci",  "ito",   "adeyemi", "keller"};

std::vector<std::string> split(std::string_view list)
{
    std::vector<std::string> parts;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        parts.emplace_back(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return parts;
}

std::vector<std::string> allFeatures()
{
    std::vector<std::string> features;
    for (const Workflow &kind : sampleWorkflows())
        std::ranges::move(split(kind.features), std::back_inserter(features));
    features.insert(features.end(), furtherFeatures.begin(), furtherFeatures.end());
    std::ranges::sort(features);
    const auto again = std::ranges::unique(features);
    features.erase(again.begin(), again.end());
    return features;
}

const TeamModel *modelNamed(std::string_view name)
{
    return std::ranges::find(models, name, &TeamModel::name);
}

const TeamModel *modelOf(CallStyle style, Random &random)
{
    std::vector<const TeamModel *> fitting;
    for (const TeamModel &model : models)
        if (model.style == style)
            fitting.push_back(&model);
    return fitting[random.below(fitting.size())];
}

TeamWorkflow makeWorkflow(std::size_t number, const std::vector<std::string> &features, Random &random)
{
    const auto kinds = sampleWorkflows();
    TeamWorkflow made;
    made.kind = &kinds[number % kinds.size()];
    const std::size_t area = number / kinds.size();
    made.name = made.kind->name;
    made.features = split(made.kind->features);
    made.model = modelNamed(made.kind->model);
    if (area > 0) {
        const std::size_t round = (area - 1) / areas.size();
        made.name = fmt::format("{}-{}{}", areas[(area - 1) % areas.size()], made.kind->name,
                                round > 0 ? fmt::format("-{}", round + 1) : "");
        made.model = modelOf(made.kind->style, random);
        for (std::string &feature : made.features)
            feature = features[random.below(features.size())];
    }
    made.otherModel = modelOf(made.kind->style, random);
    made.systemHash = random.next();
    made.systemTokens = std::max(made.kind->sharedTokens * 2 / 3, 30);
    if (made.kind->sharedTokens > 800) {
        made.toolsHash = random.next();
        made.toolsTokens = made.kind->sharedTokens / 3;
    }
    made.routed = !made.model->cheaper.empty() && random.uniform() < 0.6;
    made.nightly = made.kind->lastHour < 6 || (made.kind->streamShare == 0 && random.uniform() < 0.3);
    return made;
}

} // namespace

std::span<const TeamModel> teamModels()
{
    return models;
}

Zipf::Zipf(std::size_t n, double exponent)
{
    double total = 0;
    for (std::size_t i = 0; i < n; ++i) {
        total += 1 / std::pow(static_cast<double>(i + 1), exponent);
        m_upTo.push_back(total);
    }
    for (double &share : m_upTo)
        share /= total;
}

std::size_t Zipf::draw(Random &random) const
{
    const auto found = std::ranges::upper_bound(m_upTo, random.uniform());
    return std::min(static_cast<std::size_t>(found - m_upTo.begin()), m_upTo.size() - 1);
}

Team::Team(std::size_t workflows, std::size_t users, std::uint64_t seed)
    : m_popularity(workflows, 0.9)
    , m_users(users, 1)
{
    Random random(mix(seed));
    const auto features = allFeatures();
    for (std::size_t i = 0; i < workflows; ++i)
        m_workflows.push_back(makeWorkflow(i, features, random));
}

const TeamWorkflow &Team::drawWorkflow(Random &random, int hour) const
{
    constexpr int tries = 8; // at an hour at which hardly any works, one works late
    const TeamWorkflow *drawn = nullptr;
    for (int i = 0; i < tries; ++i) {
        drawn = &m_workflows[m_popularity.draw(random)];
        if (hour >= drawn->kind->firstHour && hour <= drawn->kind->lastHour)
            break;
    }
    return *drawn;
}

std::string Team::userName(std::size_t number)
{
    const std::size_t first = number % firstNames.size();
    const std::size_t last = (number / firstNames.size() + first) % lastNames.size();
    const std::size_t round = number / (firstNames.size() * lastNames.size());
    return fmt::format("{}.{}{}@example.com", firstNames[first], lastNames[last],
                       round > 0 ? std::to_string(round + 1) : "");
}

} // namespace farthing::sim
