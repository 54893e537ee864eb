// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/SpreadCalls.h"

#include "core/model/EventJson.h"

#include <bit>

namespace farthing {

namespace {

__extension__ using Wide = __int128;

std::uint64_t reversed(std::uint64_t value, int bits)
{
    std::uint64_t mirrored = 0;
    for (int i = 0; i < bits; ++i)
        mirrored |= (value >> i & 1U) << (bits - 1 - i);
    return mirrored;
}

/// Keeps the order of counts: what is not more than another as a whole is not in any share.
struct Share
{
    std::uint64_t number;
    std::uint64_t calls;

    std::int64_t operator()(std::int64_t whole) const
    {
        const auto count = static_cast<std::uint64_t>(whole);
        return static_cast<std::int64_t>(count / calls + (number < count % calls ? 1 : 0));
    }
};

} // namespace

SpreadCalls::SpreadCalls(CallSum sum)
    : m_sum(std::move(sum))
    , m_bits(m_sum.calls == 0 ? 0 : static_cast<int>(std::bit_width(m_sum.calls - 1)))
{}

CostEvent SpreadCalls::call(std::uint64_t number, Timestamp time) const
{
    CostEvent event = m_sum.event;
    const TokenUsage &all = m_sum.event.usage;
    const Share share{number, m_sum.calls};
    TokenUsage &usage = event.usage;
    usage.input = share(all.input);
    usage.cachedInput = share(all.cachedInput);
    // Shares of sums, so that what was read and written together stays within the input.
    usage.cacheWrite5m = share(all.cachedInput + all.cacheWrite5m) - usage.cachedInput;
    usage.cacheWrite1h = share(all.cachedInput + all.cacheWrite5m + all.cacheWrite1h) -
                         share(all.cachedInput + all.cacheWrite5m);
    usage.inputAudio = share(all.inputAudio);
    usage.output = share(all.output);
    usage.reasoning = share(all.reasoning);
    usage.outputAudio = share(all.reasoning + all.outputAudio) - usage.reasoning;
    usage.serverToolCalls = share(all.serverToolCalls);
    event.time = time;
    event.eventId = eventIdOfKey(time, m_sum.key + '\x1f' + std::to_string(number), "spread");
    event.callId = event.eventId;
    return event;
}

bool SpreadCalls::next(CostEvent &event)
{
    const std::uint64_t moments = m_sum.calls == 0 ? 0 : std::uint64_t(1) << m_bits;
    while (m_next < moments) {
        const std::uint64_t moment = m_next++;
        const std::uint64_t number = reversed(moment, m_bits);
        if (number >= m_sum.calls)
            continue;
        const Wide offset = Wide((m_sum.end - m_sum.start).count()) * moment >> m_bits;
        event = call(number, m_sum.start + Micros(static_cast<std::int64_t>(offset)));
        return true;
    }
    return false;
}

} // namespace farthing
