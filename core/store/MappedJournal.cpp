// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/MappedJournal.h"

#include "core/base/Files.h"
#include "core/store/EventCodec.h"
#include "core/store/JournalParts.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace farthing {

using namespace journal;

namespace {

using Kind = JournalSegment::Kind;

constexpr std::size_t mostSpares = 3; ///< drained segments that are used again

/// Has the processor get from memory what is read next.
void fetch(std::string_view bytes)
{
    constexpr std::size_t line = 64;
    constexpr std::size_t most = 16 * line;
    for (std::size_t at = 0; at < std::min(bytes.size(), most); at += line)
        __builtin_prefetch(bytes.data() + at);
}

/// A maximum of one or two segments could not be drained: the last is written to and never released.
EventJournal::Options withSmallEnoughSegments(EventJournal::Options options)
{
    constexpr std::uint64_t page = 4096;
    options.segmentBytes =
        std::min(options.segmentBytes, std::max(options.maxBytes / 4 / page, std::uint64_t(1)) * page);
    return options;
}

} // namespace

MappedJournal::MappedJournal(std::filesystem::path dir, const Options &options)
    : m_dir(std::move(dir))
    , m_options(withSmallEnoughSegments(options))
{}

MappedJournal::~MappedJournal()
{
    // What was never written to is no loss.
    std::error_code ignored;
    for (const auto &spare : m_spares)
        std::filesystem::remove(spare->path(), ignored);
}

void MappedJournal::keepFile(const std::filesystem::path &path)
{
    std::error_code ignored;
    std::string name = path.string() + unreadableSuffix;
    for (int i = 2; std::filesystem::exists(name, ignored); ++i)
        name = path.string() + '.' + std::to_string(i) + unreadableSuffix;
    std::filesystem::rename(path, name, ignored);
    ++m_unreadableFiles;
}

void MappedJournal::noteUnreadable(const JournalSegment &segment, const JournalSegment::Record &record)
{
    m_toSetAside.push_back({segment.number(), record.offset, std::string(record.payload)});
    const std::lock_guard lock(m_mutex);
    ++m_unreadableRead;
}

/// A line that says where the record was, then its bytes as they are. What cannot be written stays where it
/// is.
void MappedJournal::setAside()
{
    if (m_toSetAside.empty())
        return;
    const auto path = m_dir / setAsideName;
    std::error_code ignored;
    const bool first = !std::filesystem::exists(path, ignored);
    std::ofstream file(path, std::ios::binary | std::ios::app);
    for (const Unreadable &record : m_toSetAside)
        file << JournalSegment::nameOf(record.segment) << ' ' << record.offset << ' ' << record.payload.size()
             << '\n'
             << record.payload << '\n';
    file.flush();
    const std::lock_guard lock(m_mutex);
    m_unreadableFiles += first && file ? 1 : 0;
    if (!file)
        for (const Unreadable &record : m_toSetAside)
            m_damaged.insert(record.segment);
    m_toSetAside.clear();
}

Result<std::shared_ptr<JournalSegment>> MappedJournal::makeSegment(std::uint64_t number) const
{
    auto segment = JournalSegment::create(m_dir, m_id, number, m_options.segmentBytes);
    if (!segment)
        return segment.error();
    return std::shared_ptr<JournalSegment>(*std::move(segment));
}

JournalSegment *MappedJournal::segmentOf(std::uint64_t ticket) const
{
    const auto found = m_segments.find(segmentNumberOf(ticket));
    return found == m_segments.end() ? nullptr : found->second.get();
}

std::uint64_t MappedJournal::bytesHeld() const
{
    std::uint64_t bytes = 0;
    for (const auto &[number, segment] : m_segments)
        bytes += segment->size();
    return bytes;
}

Result<std::uint64_t> MappedJournal::write(Kind kind, std::uint64_t ticket, const CostEvent &event)
{
    thread_local std::string payload;
    payload.clear();
    encodeEvent(event, payload);
    return write(kind, ticket, payload);
}

/// Where the disk does not take it into the segment that is written to, it may take it into the next.
Result<MappedJournal::Place> MappedJournal::append(Kind kind, std::uint64_t ticket, std::string_view payload,
                                                   std::optional<std::uint64_t> others)
{
    constexpr int tries = 2;
    for (int i = 0; i < tries; ++i) {
        if (auto room = makeRoom(payload.size(), others); !room)
            return room.error();
        const auto &[number, segment] = *m_segments.rbegin();
        if (const auto offset = segment->append(kind, ticket, payload))
            return Place{number, *offset};
    }
    const Error notTaken{"the disk takes no more of the journal", m_dir.string()};
    noteNoSegment(notTaken);
    return refuse(notTaken);
}

Result<std::uint64_t> MappedJournal::write(Kind kind, std::uint64_t ticket, std::string_view payload)
{
    const std::lock_guard lock(m_mutex);
    const std::uint64_t place = whereNow(ticket);
    const std::uint64_t own = kind == Kind::Intent ? keptFor(payload.size()) : keptForTicket(place);
    const bool isKept = m_takingOver || (ticket != 0 && JournalSegment::recordSize(payload.size()) <= own);
    const std::uint64_t others = kind == Kind::Intent ? m_kept + own : m_kept - own;
    const auto written = append(kind, place, payload, isKept ? std::nullopt : std::optional(others));
    if (!written)
        return written.error();
    const auto [number, offset] = *written;
    if (kind == Kind::Intent) {
        ++m_openIntents[number];
        m_kept += own;
        m_longestKept = std::max(m_longestKept, own);
    }
    m_outcomesWritten += outcomesIn({.kind = kind, .payload = payload});
    if (kind == Kind::Outcome && ticket != 0) {
        m_kept -= own;
        closeIntent(place);
        for (auto moved = m_moved.find(ticket); moved != m_moved.end(); moved = m_moved.find(ticket)) {
            ticket = moved->second;
            m_moved.erase(moved);
        }
    }
    if (kind != Kind::Intent && m_waiting) {
        m_waiting = false;
        m_more.notify_one();
    }
    return ticketOf(number, offset);
}

Result<EventJournal::Ticket> MappedJournal::begin(const CostEvent &intent)
{
    const auto ticket = write(Kind::Intent, 0, intent);
    if (!ticket)
        return ticket.error();
    return Ticket{*ticket};
}

void MappedJournal::progress(Ticket ticket, int status, std::int64_t outputTokens)
{
    const std::lock_guard lock(m_mutex);
    const std::uint64_t now = whereNow(ticket.value);
    if (JournalSegment *const segment = segmentOf(now))
        segment->setProgress(offsetOf(now), packProgress(status, outputTokens));
}

Result<void> MappedJournal::end(Ticket ticket, const CostEvent &outcome)
{
    auto written = write(Kind::Outcome, ticket.value, outcome);
    if (!written && ticket.value != 0) {
        // What is kept for it holds the event without what a provider may make long.
        CostEvent shorter = outcome;
        shorter.rawUsage.clear();
        shorter.parts.clear();
        written = write(Kind::Outcome, ticket.value, shorter);
    }
    return written ? Result<void>() : written.error();
}

Result<void> MappedJournal::append(const CostEvent &outcome)
{
    return end(Ticket{}, outcome);
}

Result<bool> MappedJournal::appendAll(std::span<const CostEvent> outcomes)
{
    std::string payload;
    encodeEvents(outcomes, payload);
    if (payload.size() > JournalSegment::mostPayload(m_options.segmentBytes))
        return false;
    const auto written = write(Kind::Outcomes, 0, payload);
    return written ? Result<bool>(true) : written.error();
}

EventJournal::Position MappedJournal::first() const
{
    return {m_segments.begin()->first, JournalSegment::firstOffset};
}

/// An earlier process's store had these; they lie in segments that could not be removed yet.
std::uint64_t MappedJournal::outcomesBefore(Position position) const
{
    std::uint64_t count = 0;
    for (const auto &[number, segment] : m_segments)
        for (auto record = segment->from(JournalSegment::firstOffset);
             record && Position{number, record->offset} < position; record = segment->from(record->next))
            count += outcomesIn(*record);
    return count;
}

Result<EventJournal::Taken> MappedJournal::read(Position from, std::size_t max, const Take &take)
{
    keepSpareReady();
    std::unique_lock lock(m_mutex);
    const std::vector<std::shared_ptr<JournalSegment>> segments = [this] {
        std::vector<std::shared_ptr<JournalSegment>> all;
        for (const auto &[number, segment] : m_segments)
            all.push_back(segment);
        return all;
    }();
    Taken taken{0, std::max(from, first())};
    if (!m_reading) {
        m_reading = true;
        m_outcomesRead = m_outcomesReleased = outcomesBefore(taken.next);
    } else if (taken.next < m_readNext) {
        m_outcomesRead = m_outcomesReleased; // what was read could not be committed
        m_unreadableRead = 0;
        m_toSetAside.clear();
    }
    lock.unlock();

    std::uint64_t outcomes = 0;
    m_outcomes.clear();
    for (const auto &segment : segments) {
        if (segment->number() < taken.next.segment)
            continue;
        if (segment->number() > taken.next.segment)
            taken.next = {segment->number(), JournalSegment::firstOffset};
        while (m_outcomes.size() < max) {
            const auto record = segment->from(taken.next.offset, JournalSegment::Trust::Intents);
            if (!record)
                break;
            taken.next.offset = record->next;
            if (record->damaged > 0) {
                const std::lock_guard counting(m_mutex);
                ++m_unreadableRead;
                m_damaged.insert(segment->number());
            }
            outcomes += outcomesIn(*record);
            if (record->kind == Kind::Outcome)
                m_outcomes.push_back({arrivalOf(record->payload), segment.get(), *record});
            else if (record->kind == Kind::Outcomes)
                findAmong(*segment, *record);
        }
        if (m_outcomes.size() >= max)
            break;
    }
    std::ranges::stable_sort(m_outcomes, {}, &FoundOutcome::arrival);
    for (std::size_t i = 0; i < m_outcomes.size(); ++i) {
        const FoundOutcome &outcome = m_outcomes[i];
        if (i + 1 < m_outcomes.size())
            fetch(m_outcomes[i + 1].record.payload);
        if (!decodeEvent(outcome.record.payload, m_event)) {
            noteUnreadable(*outcome.segment, outcome.record);
            continue;
        }
        ++taken.events;
        // Of an earlier boot's the store may have all, and may have changed them since.
        const bool metered = outcome.record.ticket != 0 && outcome.segment->isOfThisBoot();
        if (auto done = take(m_event, metered); !done)
            return done.error();
    }
    lock.lock();
    m_outcomesRead += outcomes;
    taken.more = m_outcomes.size() >= max;
    m_readNext = taken.next;
    return taken;
}

/// Of what was appended together.
void MappedJournal::findAmong(const JournalSegment &segment, JournalSegment::Record record)
{
    const auto events = splitEvents(record.payload);
    if (!events)
        return noteUnreadable(segment, record);
    for (const std::string_view event : *events) {
        record.payload = event;
        m_outcomes.push_back({arrivalOf(event), &segment, record});
    }
}

void MappedJournal::release(Position upTo)
{
    setAside();
    moveOpenIntents(upTo);
    std::vector<std::shared_ptr<JournalSegment>> drained;
    {
        const std::lock_guard lock(m_mutex);
        m_outcomesReleased = m_outcomesRead;
        m_unreadableRecords += std::exchange(m_unreadableRead, 0);
        for (auto it = m_segments.begin(); it != std::prev(m_segments.end()) && it->first < upTo.segment;) {
            if (m_openIntents.contains(it->first)) {
                ++it;
                continue;
            }
            drained.push_back(it->second);
            it = m_segments.erase(it);
        }
        if (!drained.empty())
            m_fullSince.reset();
    }
    for (const auto &segment : drained)
        if (!keepDamaged(*segment))
            recycle(segment);
}

bool MappedJournal::keepDamaged(const JournalSegment &segment)
{
    const std::lock_guard lock(m_mutex);
    if (m_damaged.erase(segment.number()) == 0)
        return false;
    keepFile(segment.path());
    return true;
}

bool MappedJournal::hasRoomForSpare(std::size_t most) const
{
    return m_spares.size() < most &&
           bytesHeld() + (m_spares.size() + 1) * m_options.segmentBytes <= m_options.maxBytes;
}

/// A drained segment's pages are there already: emptied, it costs a fraction of a new file.
void MappedJournal::recycle(std::shared_ptr<JournalSegment> segment)
{
    std::error_code ignored;
    std::uint64_t number = 0;
    if (const std::lock_guard lock(m_mutex);
        segment->size() == m_options.segmentBytes && !segment->isLost() && hasRoomForSpare(mostSpares))
        number = ++m_lastNumber;
    if (number == 0 || !segment->renew(m_dir, number)) {
        std::filesystem::remove(segment->path(), ignored);
        return;
    }
    keepAsSpare(std::move(segment));
}

void MappedJournal::keepSpareReady()
{
    std::uint64_t number = 0;
    {
        const std::lock_guard lock(m_mutex);
        if (!hasRoomForSpare(1))
            return;
        number = ++m_lastNumber;
    }
    auto made = makeSegment(number);
    if (!made)
        return;
    (*made)->prefault();
    if ((*made)->isLost()) {
        std::error_code ignored;
        std::filesystem::remove((*made)->path(), ignored);
        return;
    }
    keepAsSpare(*std::move(made));
}

void MappedJournal::keepAsSpare(std::shared_ptr<JournalSegment> segment)
{
    const std::lock_guard lock(m_mutex);
    if (segment->number() >
        std::max(m_segments.rbegin()->first, m_spares.empty() ? 0 : m_spares.back()->number())) {
        m_spares.push_back(std::move(segment));
        return;
    }
    // The writer could not wait: it has rolled past it, or made one itself.
    std::error_code ignored;
    std::filesystem::remove(segment->path(), ignored);
}

void MappedJournal::waitForMore(Position from, std::chrono::milliseconds atMost)
{
    std::unique_lock lock(m_mutex);
    const auto &[number, segment] = *m_segments.rbegin();
    if (!m_woken && !(from < Position{number, segment->end()} && m_outcomesRead < m_outcomesWritten)) {
        m_waiting = true;
        m_more.wait_for(lock, atMost, [this] { return !m_waiting; });
    }
    m_waiting = false;
    m_woken = false;
}

void MappedJournal::wake()
{
    const std::lock_guard lock(m_mutex);
    m_waiting = false;
    m_woken = true;
    m_more.notify_one();
}

EventJournal::Stats MappedJournal::stats() const
{
    const std::lock_guard lock(m_mutex);
    Stats stats;
    stats.bytes = bytesHeld();
    for (const auto &[number, open] : m_openIntents)
        stats.openIntents += open;
    stats.pendingEvents = m_outcomesWritten - std::min(m_outcomesWritten, m_outcomesReleased);
    stats.fullSince = m_fullSince;
    stats.unreadableRecords = m_unreadableRecords + m_unreadableRead;
    stats.unreadableFiles = m_unreadableFiles;
    return stats;
}

} // namespace farthing
