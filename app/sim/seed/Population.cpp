// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/seed/Population.h"

#include "app/sim/ModelCatalog.h"
#include "app/sim/seed/UsageText.h"
#include "core/pricing/CostCalculator.h"
#include "core/store/EventRow.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace farthing::sim {

namespace {

using namespace std::chrono_literals;

// When levers are switched on, as shares of the period.
constexpr double cachingFrom = 0.25;
constexpr double routingFrom = 0.4;
constexpr double answersKeptFrom = 0.6;
constexpr double batchesFrom = 0.75;

constexpr int callsOfASession = 10;
constexpr Micros lengthOfASession = 25min;
constexpr std::int64_t longestPrompt = 180'000;
constexpr std::int64_t leastCached = 1024; ///< tokens

constexpr std::array clients = {"OpenAI/JS 6.9.1", "OpenAI/Python 2.8.0", "Anthropic/Python 0.75.0",
                                "Anthropic/JS 0.71.2", "google-genai-sdk/1.52.0"};

Wire wireOf(CallStyle style)
{
    switch (style) {
    case CallStyle::Messages:
        return Wire::Anthropic;
    case CallStyle::Content:
        return Wire::Gemini;
    default:
        return Wire::OpenAi;
    }
}

std::string_view endpointOf(CallStyle style)
{
    return style == CallStyle::Embeddings ? "embeddings"
           : style == CallStyle::Content  ? "generate_content"
                                          : "chat";
}

std::size_t sessionsAtATime(const PopulationOptions &options)
{
    const auto period = std::chrono::duration<double>(options.until - options.since);
    const double inOne = static_cast<double>(options.events) * (lengthOfASession / period);
    return std::max<std::size_t>(4, static_cast<std::size_t>(inOne / callsOfASession));
}

} // namespace

Population::Population(const PopulationOptions &options, std::shared_ptr<const PriceBook> prices)
    : m_options(options)
    , m_prices(std::move(prices))
    , m_random(options.seed)
    , m_team(options.workflows, options.users, options.seed)
    , m_rhythm(options.since, options.until, options.events)
    , m_latencies(*LatencyProfile::named("typical", 1))
    , m_sessions(sessionsAtATime(options))
{}

bool Population::next(CostEvent &event)
{
    if (m_made == m_options.events)
        return false;
    ++m_made;
    event = {};
    event.time = m_rhythm.next(m_random.uniform());
    m_progress = std::chrono::duration<double>(event.time - m_options.since) /
                 std::chrono::duration<double>(m_options.until - m_options.since);
    constexpr std::uint64_t variant = 0x8000000000000000ULL;
    event.eventId = event.callId =
        eventIdOf(event.time, static_cast<std::int64_t>((m_random.next() >> 2) | variant));
    Session &session = sessionAt(event.time);
    name(session, event);
    ask(session, event);
    if (chance(0.02))
        fail(event);
    else
        answer(session, event);
    priceEvent(event, *m_prices);
    return true;
}

Population::Session &Population::sessionAt(Timestamp time)
{
    const auto hour = static_cast<int>(
        std::chrono::floor<std::chrono::hours>(time - std::chrono::floor<std::chrono::days>(time)).count());
    Session &session = m_sessions[m_random.below(m_sessions.size())];
    const bool ended = session.callsLeft == 0 || hour < session.workflow->kind->firstHour ||
                       hour > session.workflow->kind->lastHour;
    if (ended)
        begin(session, hour);
    --session.callsLeft;
    return session;
}

void Population::begin(Session &session, int hour)
{
    const TeamWorkflow &workflow = m_team.drawWorkflow(m_random, hour);
    session.workflow = &workflow;
    session.model = chance(0.06) ? workflow.otherModel : workflow.model;
    session.user = Team::userName(m_team.drawUser(m_random));
    session.name = fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", m_random.next() & 0xffffffff,
                               m_random.next() & 0xffff, m_random.next() & 0xfff, m_random.next() & 0xfff,
                               m_random.next() & 0xffffffffffff);
    session.feature =
        workflow.features.empty() ? "" : workflow.features[m_random.below(workflow.features.size())];
    session.callsLeft = 1 + static_cast<int>(below(2 * callsOfASession - 1));
    session.history = 0;
    session.marks = {{workflow.systemTokens, workflow.systemHash}};
    if (workflow.toolsTokens > 0)
        session.marks.push_back(
            {workflow.systemTokens + workflow.toolsTokens, workflow.systemHash ^ workflow.toolsHash});
}

void Population::name(const Session &session, CostEvent &event)
{
    const TeamWorkflow &workflow = *session.workflow;
    const bool tagged = workflow.kind->tags != TagStyle::None;
    event.provider = nameOf(wireOf(session.model->style));
    event.endpoint = endpointOf(session.model->style);
    event.instance = "127.0.0.1:4141";
    event.requestModel = event.sentModel = event.listModel = session.model->name;
    event.stream = chance(workflow.kind->streamShare);
    const std::uint64_t person = hashBytes(session.user);
    event.client = clients[(person + static_cast<std::size_t>(session.model->style)) % clients.size()];
    if (!tagged)
        return;
    event.workflow = workflow.name;
    event.feature = session.feature;
    event.user = session.user;
    event.session = session.name;
    event.tags = {{"team", fmt::format("team-{}", person % 12 + 1)},
                  {"env", person % 10 == 0 ? "staging" : "production"}};
}

std::int64_t Population::tokens(const TokenSpread &spread)
{
    return std::max<std::int64_t>(1,
                                  static_cast<std::int64_t>(m_random.logNormal(spread.median, spread.sigma)));
}

void Population::ask(Session &session, CostEvent &event)
{
    const TeamWorkflow &workflow = *session.workflow;
    const auto mark = [this](std::int64_t size) {
        return PromptAnatomy::Segment{static_cast<std::int32_t>(size), m_random.next()};
    };
    const std::int64_t shared = workflow.systemTokens + workflow.toolsTokens;
    const bool isFirst = session.history == 0;
    std::int64_t turn = std::max<std::int64_t>(tokens(workflow.kind->input) - shared, 12);
    std::int64_t context = 0;
    if (turn > 4000) { // documents, not typed
        context = turn * 4 / 5;
        turn -= context;
    }
    if (!isFirst)
        turn = 12 + turn / 6;
    PromptAnatomy &anatomy = event.anatomy;
    anatomy[PromptSegment::System] = {workflow.systemTokens,
                                      workflow.kind->prefixBroken ? m_random.next() : workflow.systemHash};
    if (workflow.toolsTokens > 0)
        anatomy[PromptSegment::Tools] = {workflow.toolsTokens, workflow.toolsHash};
    if (context > 0)
        anatomy[PromptSegment::Context] = mark(context);
    if (!isFirst)
        anatomy[PromptSegment::History] = mark(session.history);
    anatomy[PromptSegment::User] = mark(turn);
    const std::int64_t before = session.marks.back().tokens;
    session.marks.push_back({static_cast<std::int32_t>(before + turn), m_random.next()});
    session.history += static_cast<std::int32_t>(turn);
    anatomy.prefix = session.marks;
    if (workflow.kind->prefixBroken)
        for (auto &one : anatomy.prefix)
            one.hash = m_random.next();
    event.usage.input = std::min(session.marks.back().tokens + context, longestPrompt);
    if (session.marks.back().tokens > longestPrompt)
        session.callsLeft = 0;

    // What the provider may still hold: the last prompt of this session, or what the workflow's calls share.
    const std::int64_t held = isFirst ? shared : before;
    if (workflow.kind->prefixBroken || held < leastCached)
        return;
    switch (session.model->style) {
    case CallStyle::Chat:
    case CallStyle::Responses:
        event.usage.cachedInput = chance(0.78) ? held / 128 * 128 : 0;
        break;
    case CallStyle::Content:
        event.usage.cachedInput = chance(0.5) ? held : 0;
        break;
    case CallStyle::Messages:
        if (!isUsed(cachingFrom) && workflow.systemHash % 5 > 1)
            break; // its code does not mark what is to be cached
        event.usage.cachedInput = chance(isFirst ? 0.6 : 0.92) ? held : 0;
        event.usage.cacheWrite5m =
            event.usage.cachedInput == 0 ? std::min(held + turn, event.usage.input) : turn;
        break;
    case CallStyle::Embeddings:
        break;
    }
    event.usage.cachedInput = std::min(event.usage.cachedInput, event.usage.input);
    event.usage.cacheWrite5m =
        std::min(event.usage.cacheWrite5m, event.usage.input - event.usage.cachedInput);
}

void Population::answer(Session &session, CostEvent &event)
{
    const TeamWorkflow &workflow = *session.workflow;
    const CallStyle style = session.model->style;
    event.status = 200;
    route(session, event);
    event.responseModel = snapshotOf(event.sentModel);
    event.usageSource = UsageSource::Provider;
    if (style != CallStyle::Embeddings) {
        event.usage.output = tokens(workflow.kind->output);
        if (reasonsByItself(wireOf(style), event.sentModel)) {
            event.usage.reasoning = tokens({260, 0.9});
            event.usage.output += event.usage.reasoning;
        }
        const auto said = static_cast<std::int32_t>(event.usage.output - event.usage.reasoning);
        session.marks.push_back({session.marks.back().tokens + said, m_random.next()});
        session.history += said;
    }
    if (style == CallStyle::Messages)
        event.serviceTier = "standard";
    else if (style == CallStyle::Chat || style == CallStyle::Responses)
        event.serviceTier = "default";
    writeUsage(style, event.usage, event.rawUsage);
    time(event);
    if (!answerFromCache(session, event) && event.batch) {
        event.stream = false;
        event.latencyUs =
            std::chrono::microseconds(3min).count() + below(std::chrono::microseconds(50min).count());
        event.ttftUs = event.latencyUs;
    }
}

void Population::route(const Session &session, CostEvent &event)
{
    const TeamWorkflow &workflow = *session.workflow;
    if (isUsed(batchesFrom) && workflow.nightly && chance(0.9)) {
        event.batch = true;
        event.tier = Tier::Batch;
        event.ruleVersion = 2;
    }
    if (!isUsed(routingFrom) || !workflow.routed || session.model->cheaper.empty())
        return;
    const bool isSimple = chance(0.7);
    event.ruleVersion = std::max<std::int64_t>(event.ruleVersion, 1);
    if (!event.batch)
        event.tier = isSimple ? Tier::Fast : Tier::Full;
    if (isSimple)
        event.sentModel = session.model->cheaper;
}

bool Population::answerFromCache(const Session &session, CostEvent &event)
{
    const int repeats = session.workflow->kind->repeatPercent;
    if (!isUsed(answersKeptFrom) || event.batch || !chance(repeats / 100.0))
        return false;
    const double kind = m_random.uniform();
    event.cache = kind < 0.7 ? CacheKind::Exact : kind < 0.95 ? CacheKind::Semantic : CacheKind::Coalesced;
    if (event.cache == CacheKind::Semantic)
        event.parts = {{"text-embedding-3-small", {.input = event.anatomy[PromptSegment::User].tokens}}};
    if (event.cache != CacheKind::Coalesced) {
        event.ttftUs = 600 + below(4000);
        event.latencyUs = event.ttftUs + 200 + below(1500);
    }
    return true;
}

void Population::fail(CostEvent &event)
{
    event.usage = {};
    time(event);
    const double kind = m_random.uniform();
    if (kind < 0.6) {
        event.status = 429;
        event.error = "rate_limit_exceeded";
    } else if (kind < 0.85) {
        event.status = event.provider == "anthropic" ? 529 : 503;
        event.error = "overloaded_error";
    } else {
        event.status = status::clientClosed;
        event.error = "the client closed the connection";
        event.usageSource = UsageSource::Estimated;
        event.usage.input = event.anatomy.prefix.back().tokens;
        event.usage.output = event.endpoint == "embeddings" ? 0 : below(200);
    }
}

void Population::time(CostEvent &event)
{
    const std::int64_t fresh = event.usage.input - event.usage.cachedInput;
    const Delay delay = m_latencies.draw(m_random, {fresh, event.usage.output});
    event.overheadUs = static_cast<std::int64_t>(m_random.logNormal(310, 0.4));
    event.latencyUs = (delay.first + delay.perToken * event.usage.output).count() + event.overheadUs;
    event.ttftUs = event.stream ? delay.first.count() + event.overheadUs : event.latencyUs - below(900);
}

} // namespace farthing::sim
