// SPDX-License-Identifier: GPL-3.0-or-later
// How a journal finds room, and keeps some for the outcomes of the calls that it has accepted.
#include "core/store/JournalParts.h"
#include "core/store/MappedJournal.h"

#include <algorithm>

namespace farthing {

using namespace journal;

namespace {

using Kind = JournalSegment::Kind;

/// Bytes that an outcome may have beyond its intent: an error, names of models and prices, figures.
constexpr std::size_t beyondIntent = 2048;

} // namespace

/// For the outcome of an intent with a payload of that size.
std::uint64_t MappedJournal::keptFor(std::size_t intentPayload)
{
    return JournalSegment::recordSize(intentPayload + beyondIntent);
}

std::uint64_t MappedJournal::keptForTicket(std::uint64_t ticket) const
{
    if (ticket == 0 || !m_openIntents.contains(segmentNumberOf(ticket)))
        return 0;
    return keptFor(segmentOf(ticket)->payloadSize(offsetOf(ticket)));
}

/// Segments for so many bytes of outcomes, none of which spans two.
std::uint64_t MappedJournal::segmentsFor(std::uint64_t outcomes) const
{
    const std::uint64_t segment = m_options.segmentBytes - JournalSegment::firstOffset;
    const std::uint64_t filled = std::max(segment / 2, segment - std::min(segment, m_longestKept));
    return (outcomes + filled - 1) / filled;
}

/// `others`: what has to be left for outcomes; nothing where the record's own room is kept.
Result<void> MappedJournal::makeRoom(std::size_t payload, std::optional<std::uint64_t> others)
{
    const bool fits = m_segments.rbegin()->second->fits(payload);
    const std::uint64_t needed = (fits ? 0U : 1U) + (others ? segmentsFor(*others) : 0U);
    if (needed > 0 && !m_takingOver && bytesHeld() + needed * m_options.segmentBytes > m_options.maxBytes)
        return refuse({"the journal is full: " + std::to_string(m_options.maxBytes) +
                           " bytes wait for the store, or for calls to end",
                       m_dir.string()});
    if (!fits)
        if (auto rolled = roll(others.has_value()); !rolled)
            return refuse(rolled.error());
    const JournalSegment &segment = *m_segments.rbegin()->second;
    if (!segment.fits(payload))
        return Error{"an event of " + std::to_string(payload) + " bytes does not fit into the journal"};
    if (!others)
        return {};
    // The same on a disk that has no room for another segment.
    while (!segment.fits(payload + *others) && m_spares.size() < segmentsFor(*others)) {
        auto spare = makeSegmentInACall(true);
        if (!spare)
            return refuse(spare.error());
        m_spares.push_back(*std::move(spare));
    }
    m_fullSince.reset();
    return {};
}

Error MappedJournal::refuse(Error error)
{
    if (!m_fullSince)
        m_fullSince = SystemClock().now();
    return error;
}

/// A disk that took none is not asked again by each call that begins: the reader's thread looks for a spare
/// meanwhile.
Result<std::shared_ptr<JournalSegment>> MappedJournal::makeSegmentInACall(bool mayWait)
{
    if (mayWait && m_noSegment && std::chrono::steady_clock::now() < m_noSegmentUntil)
        return *m_noSegment;
    m_noSegment.reset();
    auto made = makeSegment(++m_lastNumber);
    if (!made)
        noteNoSegment(made.error());
    return made;
}

void MappedJournal::noteNoSegment(const Error &error)
{
    m_noSegment = error;
    m_noSegmentUntil = std::chrono::steady_clock::now() + std::chrono::seconds(1);
}

/// The spare where there is one; else, the reader's thread being behind, a new file made here and now.
Result<void> MappedJournal::roll(bool mayWait)
{
    std::shared_ptr<JournalSegment> next;
    if (!m_spares.empty()) {
        next = std::move(m_spares.front());
        m_spares.pop_front();
    } else {
        auto made = makeSegmentInACall(mayWait);
        if (!made)
            return made.error();
        next = *std::move(made);
    }
    m_segments.emplace(next->number(), std::move(next));
    return {};
}

/// Where the intent of that ticket lies now.
std::uint64_t MappedJournal::whereNow(std::uint64_t ticket) const
{
    for (auto moved = m_moved.find(ticket); moved != m_moved.end(); moved = m_moved.find(ticket))
        ticket = moved->second;
    return ticket;
}

/// It has its outcome, or lies elsewhere.
void MappedJournal::closeIntent(std::uint64_t ticket)
{
    JournalSegment *const segment = segmentOf(ticket);
    if (segment == nullptr)
        return;
    segment->close(offsetOf(ticket));
    if (const auto open = m_openIntents.find(segmentNumberOf(ticket)); open != m_openIntents.end())
        if (--open->second == 0)
            m_openIntents.erase(open);
}

/// A few long calls must not fill the journal with what has been drained: once it is half full, the intents
/// that keep a segment from being used again are written once more at the end. Who dies in between leaves one
/// twice, and its event is one all the same.
void MappedJournal::moveOpenIntents(Position upTo)
{
    std::vector<std::shared_ptr<JournalSegment>> pinned;
    {
        const std::lock_guard lock(m_mutex);
        if (bytesHeld() > m_options.maxBytes / 2)
            for (const auto &[number, segment] : m_segments)
                if (number < upTo.segment && m_openIntents.contains(number))
                    pinned.push_back(segment);
    }
    for (const auto &segment : pinned) {
        std::vector<JournalSegment::Record> open;
        std::uint64_t bytes = 0;
        for (auto record = segment->from(JournalSegment::firstOffset, JournalSegment::Trust::Intents); record;
             record = segment->from(record->next, JournalSegment::Trust::Intents))
            if (record->kind == Kind::Intent && !record->closed) {
                bytes += JournalSegment::recordSize(record->payload.size());
                open.push_back(*record);
            }
        if (bytes > m_options.segmentBytes / 4)
            continue;
        for (const JournalSegment::Record &intent : open)
            moveIntent(*segment, intent);
    }
}

void MappedJournal::moveIntent(JournalSegment &segment, const JournalSegment::Record &intent)
{
    const std::lock_guard lock(m_mutex);
    const auto now = segment.from(intent.offset, JournalSegment::Trust::Intents);
    if (!now || now->offset != intent.offset || now->closed)
        return;
    const auto moved = append(Kind::Intent, 0, intent.payload, std::nullopt);
    if (!moved)
        return;
    const auto [number, offset] = *moved;
    m_segments.at(number)->setProgress(offset, now->progress);
    ++m_openIntents[number];
    const std::uint64_t before = ticketOf(segment.number(), intent.offset);
    m_moved.emplace(before, ticketOf(number, offset));
    closeIntent(before);
}

} // namespace farthing
