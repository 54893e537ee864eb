// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Json.h"
#include "app/sim/SimProvider.h"
#include "core/base/Time.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace farthing::sim::testing {

class ManualClock final : public Clock
{
public:
    [[nodiscard]] Timestamp now() const override { return m_now; }
    void advance(Micros by) { m_now += by; }

private:
    Timestamp m_now = fromMicros(1'790'000'000'000'000);
};

using Headers = std::map<std::string, std::string>;

/// A provider without latency, with a clock of its own.
struct Fixture
{
    ManualClock clock;
    SimProvider provider{clock, {}};

    Reply post(const std::string &target, const Json &body, Headers headers = {})
    {
        HttpCall call{"POST", target, {}, std::move(headers), dump(body)};
        if (const std::size_t question = target.find('?'); question != std::string::npos) {
            call.path = target.substr(0, question);
            call.query = target.substr(question + 1);
        }
        return provider.handle(call);
    }
    Reply get(const std::string &path, Headers headers = {})
    {
        return provider.handle({"GET", path, {}, std::move(headers), {}});
    }
    Json json(const std::string &target, const Json &body, Headers headers = {})
    {
        return Json::parse(post(target, body, std::move(headers)).body, nullptr, false);
    }
};

struct Event
{
    std::string name;
    Json data; ///< discarded where it is no JSON ("[DONE]")
    std::string raw;
};

/// The SSE events of a streamed reply.
inline std::vector<Event> eventsOf(const Reply &reply)
{
    std::string text;
    for (const Piece &piece : reply.pieces)
        text += piece.bytes;
    for (std::size_t at = 0; (at = text.find('\r', at)) != std::string::npos;)
        text.erase(at, 1);
    std::vector<Event> events;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find("\n\n", from), text.size());
        const std::string block = text.substr(from, end - from);
        from = end + 2;
        Event event;
        const std::size_t data = block.find("data: ");
        if (block.starts_with("event: "))
            event.name = block.substr(7, block.find('\n') - 7);
        event.raw = block.substr(data + 6);
        event.data = Json::parse(event.raw, nullptr, false);
        events.push_back(std::move(event));
    }
    return events;
}

/// The names of the events, each run of equal ones once, with spaces between them.
inline std::string sequenceOf(const std::vector<Event> &events)
{
    std::string sequence;
    std::string last;
    for (const Event &event : events) {
        if (event.name != last)
            sequence += (sequence.empty() ? "" : " ") + event.name;
        last = event.name;
    }
    return sequence;
}

inline Json weatherSchema()
{
    return Json::parse(R"({"type":"object","properties":{"city":{"type":"string"},"unit":{"enum":["c","f"]},
        "days":{"type":"integer"}},"required":["city"]})");
}

inline std::string words(std::size_t count, const std::string &word = " word")
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += word;
    return text;
}

} // namespace farthing::sim::testing
