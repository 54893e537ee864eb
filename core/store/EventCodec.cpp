// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventCodec.h"

#include "core/store/ByteReader.h"
#include "core/store/ByteWriter.h"
#include "core/store/DetailLimits.h"
#include "core/store/EventRow.h"
#include "core/store/UsageFields.h"

#include <algorithm>
#include <cstring>

namespace farthing {

namespace {

constexpr std::uint8_t formatVersion = 1;
constexpr std::size_t usualEvent = 1024; ///< bytes, so that few buffers grow

/// Adds the types of an event to a writer of bytes.
class Writer
{
public:
    explicit Writer(std::string &out)
        : m_out(out, usualEvent)
    {}

    void integer(auto value) { m_out.integer(value); }
    void enumeration(auto value, auto last) { m_out.enumeration(value, last); }
    void flag(bool value) { m_out.flag(value); }
    void text(std::string_view value, std::size_t most = limit::textBytes)
    {
        m_out.text(limit::cut(value, most));
    }
    void hash(std::uint64_t value) { m_out.fixed(value); }
    void uuid(const Uuid &id) { m_out.uuid(id); }
    void time(Timestamp t) { integer(toMicros(t)); }
    void money(Money m) { integer(m.nanoUsd()); }
    void optionalMoney(const std::optional<Money> &m)
    {
        flag(m.has_value());
        if (m)
            money(*m);
    }
    void length(std::size_t n) { m_out.unsignedInt(n); }

private:
    ByteWriter m_out;
};

class Reader
{
public:
    explicit Reader(std::string_view in)
        : m_in(in)
    {}
    [[nodiscard]] bool ok() const { return m_in.ok(); }
    [[nodiscard]] bool atEnd() const { return m_in.atEnd(); }

    void integer(auto &value) { m_in.integer(value); }
    void enumeration(auto &value, auto last) { m_in.enumeration(value, last); }
    void flag(bool &value) { m_in.flag(value); }
    void text(std::string &value) { value = m_in.text(); }
    void hash(std::uint64_t &value) { value = m_in.fixed(); }
    void uuid(Uuid &id) { m_in.uuid(id); }
    void time(Timestamp &t) { t = fromMicros(m_in.integer()); }
    void money(Money &m) { m = Money::fromNanoUsd(m_in.integer()); }
    void optionalMoney(std::optional<Money> &m)
    {
        bool there = false;
        flag(there);
        m.reset();
        if (there)
            money(m.emplace());
    }
    /// A list's length: each entry has at least one byte.
    std::size_t length()
    {
        const std::uint64_t n = m_in.unsignedInt();
        if (n > limit::listLength)
            m_in.fail();
        return m_in.ok() ? n : 0;
    }

private:
    ByteReader m_in;
};

/// One description of the order for both directions.
template <class Archive, class Event>
void rowFields(Archive &a, Event &e)
{
    a.uuid(e.eventId);
    a.uuid(e.callId);
    a.integer(e.attempt);
    a.time(e.time);
    for (auto *text : {&e.provider, &e.endpoint, &e.workflow, &e.feature, &e.user, &e.session,
                       &e.requestModel, &e.sentModel, &e.responseModel, &e.error, &e.client})
        a.text(*text);
    a.integer(e.ruleVersion);
    a.integer(e.status);
    a.flag(e.stream);
    a.flag(e.priced);
    a.flag(e.batch);
    usageFields(a, e.usage);
    a.optionalMoney(e.cost);
    a.optionalMoney(e.listCost);
    for (auto *part :
         {&e.savings.responseCache, &e.savings.tiering, &e.savings.batching, &e.savings.promptCache})
        a.money(*part);
    a.integer(e.latencyUs);
    a.integer(e.ttftUs);
    a.integer(e.overheadUs);
}

template <class Archive, class Event>
void enumerations(Archive &a, Event &e)
{
    a.enumeration(e.tier, Tier::Batch);
    a.enumeration(e.cache, CacheKind::Coalesced);
    a.enumeration(e.usageSource, UsageSource::Provider);
}

template <class Archive, class Event>
void detailTexts(Archive &a, Event &e)
{
    for (auto *text : {&e.serviceTier, &e.listModel, &e.priceVersion, &e.instance})
        a.text(*text);
}

template <class Archive, class Anatomy>
void segmentFields(Archive &a, Anatomy &anatomy)
{
    for (auto &segment : anatomy.segments) {
        a.integer(segment.tokens);
        a.hash(segment.hash);
    }
}

void writeDetail(Writer &w, const CostEvent &e)
{
    w.text(limit::rawUsage(e), limit::rawUsageBytes);
    detailTexts(w, e);
    const auto writeParts = [&w](const std::vector<UsagePart> &parts) {
        w.length(parts.size());
        for (const UsagePart &part : parts) {
            w.text(part.model, limit::listTextBytes);
            usageFields(w, part.usage);
        }
    };
    if (e.parts.size() <= limit::listLength)
        writeParts(e.parts);
    else
        writeParts(limit::parts(e.parts));
    const std::size_t tags = std::min<std::size_t>(e.tags.size(), limit::listLength);
    w.length(tags);
    for (std::size_t i = 0; i < tags; ++i) {
        w.text(e.tags[i].first, limit::listTextBytes);
        w.text(e.tags[i].second, limit::listTextBytes);
    }
    const bool anatomy = !e.anatomy.prefix.empty() || e.anatomy.segments != PromptAnatomy{}.segments;
    w.flag(anatomy);
    if (!anatomy)
        return;
    segmentFields(w, e.anatomy);
    const std::size_t marks = std::min<std::size_t>(e.anatomy.prefix.size(), limit::listLength);
    w.length(marks);
    for (std::size_t i = 0; i < marks; ++i) {
        w.integer(e.anatomy.prefix[i].tokens);
        w.hash(e.anatomy.prefix[i].hash);
    }
}

void readDetail(Reader &r, CostEvent &e)
{
    r.text(e.rawUsage);
    detailTexts(r, e);
    e.parts.resize(r.length());
    for (UsagePart &part : e.parts) {
        r.text(part.model);
        usageFields(r, part.usage);
    }
    e.tags.resize(r.length());
    for (auto &[key, value] : e.tags) {
        r.text(key);
        r.text(value);
    }
    e.anatomy.segments = {};
    e.anatomy.prefix.clear();
    bool anatomy = false;
    r.flag(anatomy);
    if (!anatomy)
        return;
    segmentFields(r, e.anatomy);
    e.anatomy.prefix.resize(r.length());
    for (auto &mark : e.anatomy.prefix) {
        r.integer(mark.tokens);
        r.hash(mark.hash);
    }
}

} // namespace

void encodeEvent(const CostEvent &event, std::string &out)
{
    out.push_back(static_cast<char>(formatVersion));
    Writer w(out);
    rowFields(w, event);
    enumerations(w, event);
    writeDetail(w, event);
}

std::uint64_t arrivalOf(std::string_view bytes)
{
    std::uint64_t arrival = 0;
    for (const char byte : bytes.substr(std::min<std::size_t>(1, bytes.size()), sizeof arrival))
        arrival = arrival << 8 | static_cast<std::uint8_t>(byte);
    return arrival;
}

bool decodeEvent(std::string_view bytes, CostEvent &event)
{
    if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) != formatVersion)
        return false;
    Reader r(bytes.substr(1));
    rowFields(r, event);
    enumerations(r, event);
    readDetail(r, event);
    return r.ok() && r.atEnd();
}

void encodeEvents(std::span<const CostEvent> events, std::string &out)
{
    const auto put = [&out](std::size_t at, std::size_t value) {
        const auto number = static_cast<std::uint32_t>(value);
        out.replace(at, sizeof number, reinterpret_cast<const char *>(&number), sizeof number);
    };
    out.append(sizeof(std::uint32_t), '\0');
    put(out.size() - sizeof(std::uint32_t), events.size());
    for (const CostEvent &event : events) {
        const std::size_t at = out.size();
        out.append(sizeof(std::uint32_t), '\0');
        encodeEvent(event, out);
        put(at, out.size() - at - sizeof(std::uint32_t));
    }
}

std::uint32_t countOfEvents(std::string_view bytes)
{
    std::uint32_t count = 0;
    if (bytes.size() >= sizeof count)
        std::memcpy(&count, bytes.data(), sizeof count);
    return count;
}

std::optional<std::vector<std::string_view>> splitEvents(std::string_view bytes)
{
    std::vector<std::string_view> events;
    const std::uint32_t count = countOfEvents(bytes);
    bytes.remove_prefix(std::min(bytes.size(), sizeof count));
    while (events.size() < count) {
        const std::size_t size = countOfEvents(bytes);
        bytes.remove_prefix(std::min(bytes.size(), sizeof count));
        if (size == 0 || size > bytes.size())
            return std::nullopt;
        events.push_back(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    return bytes.empty() ? std::optional(std::move(events)) : std::nullopt;
}

bool decodeDetailOfSchema1(std::string_view bytes, CostEvent &event)
{
    if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) != formatVersion)
        return false;
    Reader r(bytes.substr(1));
    readDetail(r, event);
    if (r.ok() && !r.atEnd()) {
        std::int64_t moved = 0;
        r.integer(moved);
        if (moved <= 0 || Micros(moved) > mostMoved)
            return false;
        event.time -= Micros(moved);
    }
    return r.ok() && r.atEnd();
}

} // namespace farthing
