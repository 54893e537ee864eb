// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventCodec.h"

#include <cstring>

namespace farthing {

namespace {

constexpr std::uint8_t formatVersion = 1;
constexpr std::uint64_t maxListLength = 4096;

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
    void text(const std::string &value)
    {
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
    for (auto *text : {&e.rawUsage, &e.serviceTier, &e.listModel, &e.priceVersion, &e.instance})
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
    detailTexts(w, e);
    w.length(e.parts.size());
    for (const UsagePart &part : e.parts) {
        w.text(part.model);
        usageFields(w, part.usage);
    }
    w.length(e.tags.size());
    for (const auto &[key, value] : e.tags) {
        w.text(key);
        w.text(value);
    }
    const bool anatomy = e.anatomy != PromptAnatomy{};
    w.flag(anatomy);
    if (!anatomy)
        return;
    segmentFields(w, e.anatomy);
    w.length(e.anatomy.prefix.size());
    for (const auto &mark : e.anatomy.prefix) {
        w.integer(mark.tokens);
        w.hash(mark.hash);
    }
}

void readDetail(Reader &r, CostEvent &e)
{
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

void encodeDetail(const CostEvent &event, std::string &out)
{
    out.push_back(static_cast<char>(formatVersion));
    Writer w(out);
    writeDetail(w, event);
}

bool decodeDetail(std::string_view bytes, CostEvent &event)
{
    if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) != formatVersion)
        return false;
    Reader r(bytes.substr(1));
    readDetail(r, event);
    return r.ok() && r.atEnd();
}

} // namespace farthing
