// SPDX-License-Identifier: GPL-3.0-or-later
// How a journal takes over what the process before it has left.
#include "core/base/Files.h"
#include "core/store/JournalParts.h"
#include "core/store/MappedJournal.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <span>

namespace farthing {

using namespace journal;

namespace {

using Kind = JournalSegment::Kind;

/// False for a file whose maker died before it wrote anything.
bool hasContent(const std::filesystem::path &path)
{
    std::ifstream file(path, std::ios::binary);
    std::array<char, 65536> bytes;
    while (file) {
        file.read(bytes.data(), bytes.size());
        if (std::ranges::any_of(std::span(bytes).first(static_cast<std::size_t>(file.gcount())),
                                [](char byte) { return byte != 0; }))
            return true;
    }
    return false;
}

/// What a dead process left of a call.
CostEvent outcomeOfDeath(CostEvent intent, std::uint64_t progress)
{
    intent.status = status::proxyDied;
    intent.error = "the proxy died during the call";
    intent.usage.output = tokensOf(progress);
    return intent;
}

} // namespace

Result<std::unique_ptr<MappedJournal>> MappedJournal::open(const std::filesystem::path &dir,
                                                           const Options &options)
{
    if (auto created = createPrivateDirectory(dir); !created)
        return created.error();
    std::unique_ptr<MappedJournal> journal(new MappedJournal(dir, options));
    if (auto taken = journal->takeOver(); !taken)
        return taken.error();
    if (auto closed = journal->closeDeadIntents(); !closed)
        return closed.error();
    journal->m_takingOver = false;
    journal->keepSpareReady();
    return journal;
}

Result<void> MappedJournal::takeOver()
{
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto &entry : std::filesystem::directory_iterator(m_dir, error)) {
        if (entry.path().extension() == unreadableSuffix || entry.path().filename() == setAsideName)
            ++m_unreadableFiles;
        if (entry.path().extension() == ".journal")
            files.push_back(entry.path());
    }
    if (error)
        return Error{"cannot be listed: " + error.message(), m_dir.string()};
    for (const auto &path : files) {
        auto segment = JournalSegment::openExisting(path);
        if (segment) {
            const std::uint64_t number = (*segment)->number();
            m_segments.emplace(number, *std::move(segment));
        } else if (hasContent(path))
            keepFile(path);
        else
            std::filesystem::remove(path, error);
    }

    // Where the machine died, the end of the journal may be gone, and the store's place in it be behind that
    // end: under another name the journal is read again from its beginning, and what the store has is not
    // taken twice.
    const bool goesOn = !m_segments.empty() && m_segments.rbegin()->second->isOfThisBoot();
    m_id = goesOn ? m_segments.rbegin()->second->journal() : UuidV7Generator().make(SystemClock().now());
    m_lastNumber = m_segments.empty() ? 0 : m_segments.rbegin()->first;
    std::erase_if(m_segments, [&error](const auto &each) {
        return each.second->isEmpty() && std::filesystem::remove(each.second->path(), error);
    });
    // Half a segment's room is worth going on in it: restarts alone must not fill the journal. One of another
    // size, from before the maximum was changed, is drained and goes.
    if (goesOn && !m_segments.empty() && m_segments.rbegin()->second->isOfThisFormat() &&
        m_segments.rbegin()->second->size() == m_options.segmentBytes &&
        m_segments.rbegin()->second->end() < m_options.segmentBytes / 2) {
        m_segments.rbegin()->second->reopen();
        if (!m_segments.rbegin()->second->isLost())
            return {};
    }
    auto fresh = makeSegment(++m_lastNumber);
    if (!fresh)
        return fresh.error();
    m_segments.emplace(m_lastNumber, *std::move(fresh));
    return {};
}

Result<void> MappedJournal::closeDeadIntents()
{
    std::vector<std::pair<std::uint64_t, CostEvent>> dead;
    std::unordered_set<std::uint64_t> ended;
    for (const auto &[number, segment] : m_segments)
        for (auto record = segment->from(JournalSegment::firstOffset); record;
             record = segment->from(record->next)) {
            m_outcomesWritten += outcomesIn(*record);
            if (record->kind == Kind::Outcome)
                ended.insert(record->ticket);
            CostEvent intent;
            if (record->kind == Kind::Intent && !record->closed && decodeEvent(record->payload, intent))
                dead.emplace_back(ticketOf(number, record->offset),
                                  outcomeOfDeath(std::move(intent), record->progress));
        }
    if (m_options.onDeadCall)
        for (auto &[ticket, event] : dead)
            m_options.onDeadCall(event);
    for (const auto &[ticket, event] : dead) {
        if (!ended.contains(ticket))
            if (auto written = write(Kind::Outcome, ticket, event); !written)
                return written.error();
        segmentOf(ticket)->close(offsetOf(ticket));
    }
    return {};
}

} // namespace farthing
