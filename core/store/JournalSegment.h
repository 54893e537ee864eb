// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/MappedFile.h"
#include "core/base/Uuid.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace farthing {

/// One mapped file of the journal. Records follow each other at multiples of eight bytes; a record counts
/// once its mark is set, which is stored last, so whatever a dying process leaves behind ends at the first
/// record without a mark.
class JournalSegment
{
public:
    enum class Kind : std::uint32_t {
        Intent = 1,
        Outcome = 2,
        Outcomes = 3, ///< of several calls without intents, see encodeEvents()
    };

    struct Record
    {
        Kind kind = Kind::Intent;
        std::uint64_t ticket = 0; ///< an intent's own, or the intent that an outcome ends; 0: there was none
        bool closed = false;      ///< an intent whose outcome is written
        std::uint64_t progress = 0;
        std::string_view payload;
        std::uint64_t offset = 0;
        std::uint64_t next = 0;    ///< offset of what follows
        std::uint64_t damaged = 0; ///< bytes before it that hold no record any more
    };

    static constexpr std::uint64_t firstOffset = 64;

    static Result<std::unique_ptr<JournalSegment>>
    create(const std::filesystem::path &dir, const Uuid &journal, std::uint64_t number, std::size_t size);
    /// Opens what an earlier process wrote and finds its end. Fails on a file that is no segment.
    static Result<std::unique_ptr<JournalSegment>> openExisting(const std::filesystem::path &path);

    [[nodiscard]] std::uint64_t number() const { return m_number; }
    [[nodiscard]] const Uuid &journal() const { return m_journal; }
    [[nodiscard]] const std::filesystem::path &path() const { return m_path; }
    [[nodiscard]] std::size_t size() const { return m_file->size(); }
    /// Everything before it is committed.
    [[nodiscard]] std::uint64_t end() const { return m_end.load(std::memory_order_acquire); }
    [[nodiscard]] bool fits(std::size_t payload) const;
    /// Bytes of a record with a payload of that size.
    static std::uint64_t recordSize(std::size_t payload);
    /// Of the record at that offset, which is there.
    [[nodiscard]] std::size_t payloadSize(std::uint64_t offset) const;
    static std::string nameOf(std::uint64_t number);
    /// What fits into an empty segment of that size.
    static std::size_t mostPayload(std::size_t size);

    /// Writes a record and marks it; the caller has checked that it fits and holds the journal's lock. Its
    /// offset; nothing where the disk did not take it: then it is not there, and nothing fits any more.
    std::optional<std::uint64_t> append(Kind kind, std::uint64_t ticket, std::string_view payload);
    void close(std::uint64_t intentOffset);
    void setProgress(std::uint64_t intentOffset, std::uint64_t value);

    /// Whoever does not want the intents need not read them to check them.
    enum class Trust : std::uint8_t { Nothing, Intents };
    /// The committed record at `offset`, or, where that one is damaged, the first sound one behind it;
    /// nothing at the end.
    [[nodiscard]] std::optional<Record> from(std::uint64_t offset, Trust trust = Trust::Nothing) const;
    /// Whether nothing was ever written to it.
    [[nodiscard]] bool isEmpty() const { return end() == firstOffset; }
    /// Whether the machine has run since it was begun: then what was written is in it, though no disk may
    /// have it.
    [[nodiscard]] bool isOfThisBoot() const;
    /// False where an earlier version began it: that is read, and not written to.
    [[nodiscard]] bool isOfThisFormat() const { return m_checksum == Checksum::Xxh3; }
    /// Empties a segment that nobody needs any more and makes it another, under another number.
    Result<void> renew(const std::filesystem::path &dir, std::uint64_t number);
    /// For going on behind what an earlier process wrote: whatever lies behind the end is wiped out.
    void reopen();

    /// Whether flags set here may be missing on the disk; records are there.
    [[nodiscard]] bool isLost() const { return m_file->isLost(); }

    /// Writes to every page once, so that appends do not meet a page fault each.
    void prefault();

private:
    enum class Checksum : std::uint8_t { Crc32, Xxh3 }; ///< format 1, format 2

    [[nodiscard]] std::optional<Record> at(std::uint64_t offset, Trust trust) const;
    [[nodiscard]] std::uint32_t checksumOf(std::uint32_t kind, std::uint64_t ticket,
                                           std::string_view payload) const;
    JournalSegment(std::unique_ptr<MappedFile> file, std::filesystem::path path, const Uuid &journal,
                   std::uint64_t number, Checksum checksum);

    std::unique_ptr<MappedFile> m_file;
    std::filesystem::path m_path;
    Uuid m_journal;
    std::uint64_t m_number;
    Checksum m_checksum;
    std::atomic<std::uint64_t> m_end = firstOffset;
};

} // namespace farthing
