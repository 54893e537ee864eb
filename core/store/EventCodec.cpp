// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventCodec.h"

#include "core/store/EventRow.h"

#include <algorithm>
#include <cstring>

namespace farthing {

namespace {

constexpr std::uint8_t formatVersion = 1;
// What outside bytes can make long is bounded when it is written, so that whatever was written can be read
// and an event always fits into a journal segment.
constexpr std::uint64_t maxListLength = 4096;
constexpr std::size_t maxTextBytes = std::size_t(32) * 1024;
constexpr std::size_t maxRawUsageBytes = std::size_t(256) * 1024;
constexpr std::size_t maxListTextBytes = 256;

/// The longest beginning of at most `most` bytes that ends between two characters.
std::string_view cut(std::string_view text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80)
        --most;
    return text.substr(0, most);
}

class Writer
{
public:
    explicit Writer(std::string &out)
        : m_out(out)
    {}

    void unsignedInt(std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7)
            m_out.push_back(static_cast<char>(value | 0x80));
        m_out.push_back(static_cast<char>(value));
    }
    template <class Int>
    void integer(Int value)
    {
        const auto wide = static_cast<std::int64_t>(value);
        unsignedInt((static_cast<std::uint64_t>(wide) << 1) ^ static_cast<std::uint64_t>(wide >> 63));
    }
    void enumeration(auto value) { m_out.push_back(static_cast<char>(value)); }
    void flag(bool value) { m_out.push_back(value ? 1 : 0); }
    void text(std::string_view value, std::size_t most = maxTextBytes)
    {
        value = cut(value, most);
        unsignedInt(value.size());
        m_out += value;
    }
    void hash(std::uint64_t value) { m_out.append(reinterpret_cast<const char *>(&value), sizeof value); }
    void uuid(const Uuid &id)
    {
        m_out.append(reinterpret_cast<const char *>(id.bytes.data()), id.bytes.size());
    }
    void time(Timestamp t) { integer(toMicros(t)); }
    void money(Money m) { integer(m.nanoUsd()); }
    void optionalMoney(const std::optional<Money> &m)
    {
        flag(m.has_value());
        if (m)
            money(*m);
    }
    void length(std::size_t n) { unsignedInt(n); }

private:
    std::string &m_out;
};

class Reader
{
public:
    explicit Reader(std::string_view in)
        : m_in(in)
    {}
    [[nodiscard]] bool ok() const { return m_ok; }
    [[nodiscard]] bool atEnd() const { return m_in.empty(); }

    std::uint64_t unsignedInt()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t byte = take();
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if ((byte & 0x80) == 0)
                return value;
        }
        m_ok = false;
        return 0;
    }
    template <class Int>
    void integer(Int &value)
    {
        const std::uint64_t raw = unsignedInt();
        const auto wide = static_cast<std::int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
        value = static_cast<Int>(wide);
        m_ok = m_ok && static_cast<std::int64_t>(value) == wide;
    }
    template <class Enum>
    void enumeration(Enum &value, Enum last)
    {
        const std::uint8_t byte = take();
        m_ok = m_ok && byte <= static_cast<std::uint8_t>(last);
        value = m_ok ? static_cast<Enum>(byte) : Enum{};
    }
    void flag(bool &value)
    {
        const std::uint8_t byte = take();
        m_ok = m_ok && byte <= 1;
        value = byte == 1;
    }
    void text(std::string &value)
    {
        const std::uint64_t size = unsignedInt();
        if (!m_ok || size > m_in.size()) {
            m_ok = false;
            return;
        }
        value.assign(m_in.data(), size);
        m_in.remove_prefix(size);
    }
    void hash(std::uint64_t &value) { bytes(&value, sizeof value); }
    void uuid(Uuid &id) { bytes(id.bytes.data(), id.bytes.size()); }
    void time(Timestamp &t)
    {
        std::int64_t us = 0;
        integer(us);
        t = fromMicros(us);
    }
    void money(Money &m)
    {
        std::int64_t nano = 0;
        integer(nano);
        m = Money::fromNanoUsd(nano);
    }
    void optionalMoney(std::optional<Money> &m)
    {
        bool there = false;
        flag(there);
        m.reset();
        if (there)
            money(m.emplace());
    }
    std::size_t length()
    {
        const std::uint64_t n = unsignedInt();
        m_ok = m_ok && n <= maxListLength;
        return m_ok ? n : 0;
    }

private:
    std::uint8_t take()
    {
        if (m_in.empty()) {
            m_ok = false;
            return 0;
        }
        const auto byte = static_cast<std::uint8_t>(m_in.front());
        m_in.remove_prefix(1);
        return byte;
    }
    void bytes(void *to, std::size_t size)
    {
        if (m_in.size() < size) {
            m_ok = false;
            return;
        }
        std::memcpy(to, m_in.data(), size);
        m_in.remove_prefix(size);
    }

    std::string_view m_in;
    bool m_ok = true;
};

/// One description of the order for both directions.
template <class Archive, class Usage>
void usageFields(Archive &a, Usage &u)
{
    a.integer(u.input);
    a.integer(u.cachedInput);
    a.integer(u.cacheWrite5m);
    a.integer(u.cacheWrite1h);
    a.integer(u.inputAudio);
    a.integer(u.output);
    a.integer(u.reasoning);
    a.integer(u.outputAudio);
    a.integer(u.serverToolCalls);
}

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

/// Those that fit; what is beyond is added to the last, so that the sum stays what was paid for.
std::vector<UsagePart> boundedParts(const std::vector<UsagePart> &parts)
{
    std::vector<UsagePart> bounded(
        parts.begin(), parts.begin() + std::min<std::ptrdiff_t>(std::ssize(parts), maxListLength));
    for (std::size_t i = bounded.size(); i < parts.size(); ++i)
        bounded.back().usage += parts[i].usage;
    return bounded;
}

void writeDetail(Writer &w, const CostEvent &e)
{
    // A piece of JSON would be no JSON.
    w.text(e.rawUsage.size() <= maxRawUsageBytes ? e.rawUsage : std::string(), maxRawUsageBytes);
    detailTexts(w, e);
    const auto writeParts = [&w](const std::vector<UsagePart> &parts) {
        w.length(parts.size());
        for (const UsagePart &part : parts) {
            w.text(part.model, maxListTextBytes);
            usageFields(w, part.usage);
        }
    };
    if (e.parts.size() <= maxListLength)
        writeParts(e.parts);
    else
        writeParts(boundedParts(e.parts));
    const std::size_t tags = std::min<std::size_t>(e.tags.size(), maxListLength);
    w.length(tags);
    for (std::size_t i = 0; i < tags; ++i) {
        w.text(e.tags[i].first, maxListTextBytes);
        w.text(e.tags[i].second, maxListTextBytes);
    }
    const bool anatomy = e.anatomy != PromptAnatomy{};
    w.flag(anatomy);
    if (!anatomy)
        return;
    segmentFields(w, e.anatomy);
    const std::size_t marks = std::min<std::size_t>(e.anatomy.prefix.size(), maxListLength);
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
    e.anatomy = {};
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
    w.enumeration(event.tier);
    w.enumeration(event.cache);
    w.enumeration(event.usageSource);
    writeDetail(w, event);
}

bool decodeEvent(std::string_view bytes, CostEvent &event)
{
    if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) != formatVersion)
        return false;
    Reader r(bytes.substr(1));
    rowFields(r, event);
    r.enumeration(event.tier, Tier::Batch);
    r.enumeration(event.cache, CacheKind::Coalesced);
    r.enumeration(event.usageSource, UsageSource::Provider);
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

bool decodeEvents(std::string_view bytes, std::vector<CostEvent> &events)
{
    const std::size_t before = events.size();
    const std::uint32_t count = countOfEvents(bytes);
    bytes.remove_prefix(std::min(bytes.size(), sizeof count));
    bool sound = true;
    for (std::uint32_t i = 0; i < count && sound; ++i) {
        const std::size_t size = countOfEvents(bytes);
        bytes.remove_prefix(std::min(bytes.size(), sizeof count));
        sound = size > 0 && size <= bytes.size() && decodeEvent(bytes.substr(0, size), events.emplace_back());
        bytes.remove_prefix(std::min(bytes.size(), size));
    }
    sound = sound && bytes.empty();
    if (!sound)
        events.resize(before);
    return sound;
}

void encodeDetail(const CostEvent &event, Micros moved, std::string &out)
{
    out.push_back(static_cast<char>(formatVersion));
    Writer w(out);
    writeDetail(w, event);
    if (moved != Micros::zero())
        w.integer(moved.count());
}

bool decodeDetail(std::string_view bytes, CostEvent &event)
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
