// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventJournal.h"
#include "core/store/JournalSegment.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace farthing {

/// EventJournal on a folder of JournalSegments, at least four to the maximum. A ticket is an intent's segment
/// and offset. Appends take one lock for the time of a copy; the files behind it are made and removed by the
/// reader's thread, which keeps a spare ready. Of what the maximum and the disk have room for, enough is kept
/// for the outcomes of the intents that were taken.
class MappedJournal final : public EventJournal
{
public:
    /// Takes over what is in the folder and closes the intents of dead processes.
    static Result<std::unique_ptr<MappedJournal>> open(const std::filesystem::path &dir,
                                                       const Options &options);

    ~MappedJournal() override;
    MappedJournal(const MappedJournal &) = delete;
    MappedJournal &operator=(const MappedJournal &) = delete;

    [[nodiscard]] Uuid id() const override { return m_id; }
    Result<Ticket> begin(const CostEvent &intent) override;
    void progress(Ticket ticket, int status, std::int64_t outputTokens) override;
    Result<void> end(Ticket ticket, const CostEvent &outcome) override;
    Result<void> append(const CostEvent &outcome) override;
    Result<bool> appendAll(std::span<const CostEvent> outcomes) override;
    Result<Taken> read(Position from, std::size_t max, const Take &take) override;
    void release(Position upTo) override;
    void waitForMore(Position from, std::chrono::milliseconds atMost) override;
    void wake() override;
    [[nodiscard]] Stats stats() const override;

private:
    using Segments = std::map<std::uint64_t, std::shared_ptr<JournalSegment>>;

    MappedJournal(std::filesystem::path dir, const Options &options);
    void noteUnreadable(const JournalSegment &segment, const JournalSegment::Record &record);
    void setAside();
    void keepFile(const std::filesystem::path &path);
    Result<void> takeOver();
    Result<void> closeDeadIntents();
    Result<std::uint64_t> write(JournalSegment::Kind kind, std::uint64_t ticket, const CostEvent &event);
    Result<std::uint64_t> write(JournalSegment::Kind kind, std::uint64_t ticket, std::string_view payload);
    struct Place
    {
        std::uint64_t segment = 0;
        std::uint64_t offset = 0;
    };
    Result<Place> append(JournalSegment::Kind kind, std::uint64_t ticket, std::string_view payload,
                         std::optional<std::uint64_t> others);
    Result<void> makeRoom(std::size_t payload, std::optional<std::uint64_t> others);
    Error refuse(Error error);
    static std::uint64_t keptFor(std::size_t intentPayload);
    [[nodiscard]] std::uint64_t keptForTicket(std::uint64_t ticket) const;
    [[nodiscard]] std::uint64_t segmentsFor(std::uint64_t outcomes) const;
    Result<void> roll(bool mayWait);
    [[nodiscard]] std::uint64_t whereNow(std::uint64_t ticket) const;
    void closeIntent(std::uint64_t ticket);
    void moveOpenIntents(Position upTo);
    void moveIntent(JournalSegment &segment, const JournalSegment::Record &intent);
    Result<std::shared_ptr<JournalSegment>> makeSegment(std::uint64_t number) const;
    Result<std::shared_ptr<JournalSegment>> makeSegmentInACall(bool mayWait);
    void noteNoSegment(const Error &error);
    void keepSpareReady();
    [[nodiscard]] bool hasRoomForSpare(std::size_t most) const;
    [[nodiscard]] std::uint64_t bytesHeld() const;
    [[nodiscard]] JournalSegment *segmentOf(std::uint64_t ticket) const;
    [[nodiscard]] Position first() const;
    [[nodiscard]] std::uint64_t outcomesBefore(Position position) const;
    bool keepDamaged(const JournalSegment &segment);
    void recycle(std::shared_ptr<JournalSegment> segment);
    void findAmong(const JournalSegment &segment, JournalSegment::Record record);
    void keepAsSpare(std::shared_ptr<JournalSegment> segment);

    const std::filesystem::path m_dir;
    const Options m_options;
    Uuid m_id;

    mutable std::mutex m_mutex;
    std::condition_variable m_more;
    Segments m_segments;                                            ///< by number; the last is written to
    std::deque<std::shared_ptr<JournalSegment>> m_spares;           ///< in order of their numbers
    std::unordered_map<std::uint64_t, std::uint32_t> m_openIntents; ///< segment number → intents open in it
    std::unordered_map<std::uint64_t, std::uint64_t> m_moved;       ///< tickets of intents that lie elsewhere
    std::uint64_t m_kept = 0;        ///< bytes, for the outcomes of all open intents
    std::uint64_t m_longestKept = 0; ///< for one
    std::uint64_t m_outcomesWritten = 0;
    std::uint64_t m_outcomesReleased = 0;
    std::uint64_t m_outcomesRead = 0;
    std::uint64_t m_lastNumber = 0; ///< the highest number given to a segment
    bool m_reading = false;
    bool m_waiting = false;
    bool m_woken = false;
    std::optional<Timestamp> m_fullSince;
    std::optional<Error> m_noSegment; ///< why there was none, and until when that is the answer
    std::chrono::steady_clock::time_point m_noSegmentUntil;
    bool m_takingOver = true; ///< what a dead process accepted finds room past the maximum

    struct FoundOutcome
    {
        std::uint64_t arrival = 0;
        const JournalSegment *segment = nullptr;
        JournalSegment::Record record;
    };
    struct Unreadable
    {
        std::uint64_t segment = 0; ///< its number
        std::uint64_t offset = 0;
        std::string payload;
    };
    std::vector<Unreadable> m_toSetAside;        ///< once what was read is committed
    std::vector<FoundOutcome> m_outcomes;        ///< of one reading
    CostEvent m_event;                           ///< the reader's, whose texts keep their room
    Position m_readNext;                         ///< where the last read ended
    std::unordered_set<std::uint64_t> m_damaged; ///< segments that are kept for a person to look at
    std::uint64_t m_unreadableRead = 0;          ///< since the last release
    std::uint64_t m_unreadableRecords = 0;       ///< before it
    std::uint64_t m_unreadableFiles = 0;
};

} // namespace farthing
