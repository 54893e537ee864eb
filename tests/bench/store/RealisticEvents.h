// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <random>
#include <vector>

namespace farthing {

/// A busy day in the order in which its calls end: 20 workflows, 500 users, 30 models of three providers,
/// 20 calls a session, half of them streams, each with the provider's usage JSON, tags and a prompt's
/// anatomy. System prompt and tools are a workflow's own, so their hashes come again; a session's calls carry
/// its earlier messages, and so its earlier marks; what is new in a call has hashes that never come again.
class RealisticEvents
{
public:
    explicit RealisticEvents(unsigned seed, double callsPerSecond = 100)
        : m_random(seed)
        , m_gap(1e6 / callsPerSecond)
    {
        for (std::size_t i = 0; i < std::size(m_system); ++i) {
            m_system[i] = mark(400 + number(1200));
            m_tools[i] = mark(200 + number(900));
        }
    }

    std::vector<CostEvent> make(std::size_t count)
    {
        std::vector<CostEvent> events;
        events.reserve(count);
        for (std::size_t i = 0; i < count; ++i)
            events.push_back(makeOne());
        std::ranges::stable_sort(events, {}, [](const CostEvent &e) { return e.time + Micros(e.latencyUs); });
        return events;
    }

private:
    struct Session
    {
        std::string name;
        std::size_t workflow = 0;
        std::size_t user = 0;
        std::size_t model = 0;
        int calls = 0;
        std::int32_t history = 0;
        std::vector<PromptAnatomy::PrefixMark> marks;
    };
    static constexpr std::array providers = {"openai", "anthropic", "gemini"};

    std::int64_t number(std::int64_t below)
    {
        return static_cast<std::int64_t>(m_random() % static_cast<std::uint64_t>(below));
    }
    PromptAnatomy::Segment mark(std::int64_t tokens)
    {
        return {static_cast<std::int32_t>(tokens), m_random()};
    }

    Session begin()
    {
        Session s;
        s.name =
            fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", m_random() & 0xffffffff, m_random() & 0xffff,
                        m_random() & 0xfff, m_random() & 0xfff, m_random() & 0xffffffffffff);
        s.workflow = m_random() % std::size(m_system);
        s.user = m_random() % 500;
        s.model = m_random() % 30;
        s.marks = {{m_system[s.workflow].tokens, m_system[s.workflow].hash},
                   {m_system[s.workflow].tokens + m_tools[s.workflow].tokens, m_random()}};
        s.marks[1].hash = m_system[s.workflow].hash ^ m_tools[s.workflow].hash;
        return s;
    }

    CostEvent makeOne()
    {
        m_time += Micros(static_cast<std::int64_t>(std::exponential_distribution(1 / m_gap)(m_random)) + 1);
        Session s = nextSession();
        ++s.calls;

        CostEvent e;
        e.time = m_time;
        e.eventId = e.callId = m_ids.make(e.time);
        e.provider = providers[s.model % 3];
        e.endpoint = e.provider == "gemini" ? "generate_content" : "chat";
        e.workflow = fmt::format("workflow-{}", s.workflow);
        e.feature = s.workflow % 2 == 0 ? fmt::format("feature-{}", s.workflow % 7) : "";
        e.user = fmt::format("user_{:04}@example.com", s.user);
        e.session = s.name;
        e.requestModel = e.sentModel = e.listModel = fmt::format("{}-model-{}", e.provider, s.model);
        e.responseModel = e.requestModel + "-2025-08-06";
        e.status = m_random() % 50 == 0 ? 429 : 200;
        e.stream = m_random() % 2 == 0;
        e.usageSource = UsageSource::Provider;
        e.client = s.user % 2 == 0 ? "OpenAI/JS 6.9.1" : "Anthropic/Python 0.75.0";
        e.instance = "127.0.0.1:4141";
        e.tags = {{"team", fmt::format("team-{}", s.user % 9)}, {"env", "production"}};
        anatomy(s, e);
        usage(e);
        e.overheadUs = 150 + number(900);
        e.ttftUs = 200'000 + number(1'500'000);
        e.latencyUs = e.ttftUs + (e.stream ? e.usage.output * 9000 + number(100'000) : number(2000));
        // The next call of a session comes when this one has ended and somebody, or a program, has read it.
        if (s.calls < 20)
            m_waiting.emplace(m_time + Micros(e.latencyUs + 100'000 + number(5'000'000)), std::move(s));
        return e;
    }

    Session nextSession()
    {
        if (m_waiting.empty() || m_waiting.begin()->first > m_time)
            return begin();
        return std::move(m_waiting.extract(m_waiting.begin()).mapped());
    }

    void anatomy(Session &s, CostEvent &e)
    {
        const PromptAnatomy::Segment turn = mark(20 + number(600));
        e.anatomy[PromptSegment::System] = m_system[s.workflow];
        e.anatomy[PromptSegment::Tools] = m_tools[s.workflow];
        if (s.workflow % 4 == 0)
            e.anatomy[PromptSegment::Context] = mark(800 + number(3000));
        if (s.calls > 1)
            e.anatomy[PromptSegment::History] = mark(s.history);
        e.anatomy[PromptSegment::User] = turn;
        s.marks.push_back({s.marks.back().tokens + turn.tokens, m_random()});
        e.anatomy.prefix = s.marks;
        const auto answer = static_cast<std::int32_t>(50 + number(400));
        s.marks.push_back({s.marks.back().tokens + answer, m_random()});
        s.history += turn.tokens + answer;
    }

    void usage(CostEvent &e)
    {
        if (!e.delivered()) {
            e.usageSource = UsageSource::None;
            e.priced = true;
            e.cost = Money();
            e.error = "rate_limit_exceeded: try again later";
            return;
        }
        TokenUsage &u = e.usage;
        u.input = e.anatomy.prefix.back().tokens + e.anatomy[PromptSegment::Context].tokens;
        u.cachedInput = m_random() % 3 == 0 ? 0 : u.input / 128 * 128;
        u.output = 40 + number(800);
        if (e.provider == "openai") {
            u.reasoning = m_random() % 2 == 0 ? 0 : u.output / 3;
            e.rawUsage = fmt::format(
                R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},"prompt_tokens_details":{{"cached_tokens":{},"audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":{},"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}})",
                u.input, u.output, u.input + u.output, u.cachedInput, u.reasoning);
        } else if (e.provider == "anthropic") {
            u.cacheWrite5m = u.cachedInput == 0 ? u.input / 2 : 0;
            e.rawUsage = fmt::format(
                R"({{"input_tokens":{},"cache_creation_input_tokens":{},"cache_read_input_tokens":{},"cache_creation":{{"ephemeral_5m_input_tokens":{},"ephemeral_1h_input_tokens":0}},"output_tokens":{},"service_tier":"standard"}})",
                u.input - u.cachedInput - u.cacheWrite5m, u.cacheWrite5m, u.cachedInput, u.cacheWrite5m,
                u.output);
            e.serviceTier = "standard";
        } else {
            e.rawUsage = fmt::format(
                R"({{"promptTokenCount":{},"candidatesTokenCount":{},"totalTokenCount":{},"cachedContentTokenCount":{},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":{}}}]}})",
                u.input, u.output, u.input + u.output, u.cachedInput, u.input);
        }
        e.priced = true;
        e.priceVersion = "2026-09-23:" + e.provider + "/" + e.requestModel;
        const std::int64_t price = 150 + 10 * static_cast<std::int64_t>(e.requestModel.back());
        e.savings.promptCache = Money::fromNanoUsd(u.cachedInput * price / 2);
        e.cost = Money::fromNanoUsd(u.input * price - u.cachedInput * price / 2 + u.output * price * 4);
        e.listCost = *e.cost + e.savings.total();
    }

    std::mt19937_64 m_random;
    UuidV7Generator m_ids;
    Timestamp m_time = fromMicros(1'760'000'000'000'000);
    double m_gap;
    std::array<PromptAnatomy::Segment, 20> m_system;
    std::array<PromptAnatomy::Segment, 20> m_tools;
    std::multimap<Timestamp, Session> m_waiting;
};

} // namespace farthing
