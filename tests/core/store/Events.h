// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <random>

namespace farthing {

/// Events with every field filled by chance, a millisecond apart from `start`.
class EventMaker
{
public:
    explicit EventMaker(unsigned seed, Timestamp start = fromMicros(1'760'000'000'000'000))
        : m_random(seed)
        , m_time(start)
    {}

    CostEvent make()
    {
        CostEvent e;
        m_time += Micros(1 + m_random() % 2'000'000);
        e.time = m_time;
        e.eventId = m_ids.make(e.time);
        e.callId = m_random() % 4 == 0 ? m_ids.make(e.time) : e.eventId;
        e.attempt = static_cast<int>(1 + m_random() % 3);
        e.provider = pick({"openai", "anthropic", "gemini"});
        e.endpoint = pick({"chat", "embeddings"});
        e.workflow = pick({"summarise", "extract", "tag", "untagged", "größe"});
        e.feature = pick({"", "search", "draft"});
        e.user = "u_" + std::to_string(m_random() % 40);
        e.session = pick({"", "s1", "s2"});
        e.requestModel = e.sentModel = e.listModel = pick({"gpt-4o", "claude-sonnet-4-5"});
        e.responseModel = pick({"", "gpt-4o-2024-08-06"});
        e.tier = static_cast<Tier>(m_random() % 4);
        e.ruleVersion = m_random() % 5;
        e.status = m_random() % 10 == 0 ? 499 : 200;
        e.stream = m_random() % 2 == 0;
        e.cache = static_cast<CacheKind>(m_random() % 4);
        e.usage = {4200 + number(9000), number(4000), number(100), number(50), number(20),
                   300 + number(900),   number(300),  number(5),   number(3)};
        e.usageSource = static_cast<UsageSource>(m_random() % 3);
        e.priced = m_random() % 8 != 0;
        if (e.priced)
            e.cost = Money::fromNanoUsd(number(50'000'000));
        if (e.priced && e.delivered()) {
            e.savings = {Money::fromNanoUsd(number(300)), Money::fromNanoUsd(number(1000)),
                         Money::fromNanoUsd(number(400)), Money::fromNanoUsd(number(1000) - 500)};
            e.listCost = *e.cost + e.savings.total();
            if (e.listCost->nanoUsd() < 0)
                e.listCost.reset();
        }
        if (!e.listCost)
            e.savings = {};
        e.latencyUs = number(9'000'000);
        e.ttftUs = m_random() % 3 == 0 ? -1 : number(900'000);
        e.overheadUs = number(900);
        e.batch = m_random() % 9 == 0;
        e.error = e.delivered() ? "" : "the client went away";
        e.rawUsage = "{\"prompt_tokens\":1}";
        e.serviceTier = pick({"", "flex"});
        e.priceVersion = "2026-09-23:openai/gpt-4o";
        e.client = pick({"curl/7.88.1", "openai/js 6"});
        e.instance = "127.0.0.1:4141";
        e.tags = {{"team", "a"}, {"x", std::to_string(m_random() % 7)}};
        e.parts = {{"m", e.usage}};
        e.anatomy[PromptSegment::System] = {static_cast<std::int32_t>(number(500)), m_random()};
        e.anatomy.prefix = {{1024, m_random()}, {2048, m_random()}};
        return e;
    }

private:
    std::int64_t number(std::uint64_t below) { return static_cast<std::int64_t>(m_random() % below); }
    std::string pick(std::initializer_list<const char *> from)
    {
        return from.begin()[m_random() % from.size()];
    }

    std::mt19937_64 m_random;
    UuidV7Generator m_ids;
    Timestamp m_time;
};

/// Events of a few days, at this distance from each other.
inline std::vector<CostEvent> eventsApart(Micros distance, std::size_t count, unsigned seed)
{
    EventMaker maker(seed);
    UuidV7Generator ids;
    Timestamp time = *parseRfc3339("2026-10-30T21:47:11.5Z");
    std::vector<CostEvent> events;
    for (std::size_t i = 0; i < count; ++i) {
        CostEvent &event = events.emplace_back(maker.make());
        event.time = time += distance;
        event.eventId = ids.make(time);
    }
    return events;
}

} // namespace farthing
