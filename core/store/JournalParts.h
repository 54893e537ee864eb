// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventCodec.h"
#include "core/store/JournalSegment.h"

#include <algorithm>
#include <cstdint>

/// What the parts of MappedJournal agree on.
namespace farthing::journal {

constexpr const char *unreadableSuffix = ".unreadable";
constexpr const char *setAsideName = "unreadable-records";

constexpr unsigned offsetBits = 32;

inline std::uint64_t ticketOf(std::uint64_t segment, std::uint64_t offset)
{
    return (segment << offsetBits) | offset;
}
inline std::uint64_t segmentNumberOf(std::uint64_t ticket)
{
    return ticket >> offsetBits;
}
inline std::uint64_t offsetOf(std::uint64_t ticket)
{
    return ticket & ((std::uint64_t(1) << offsetBits) - 1);
}

constexpr unsigned tokenBits = 48;

inline std::uint64_t packProgress(int status, std::int64_t tokens)
{
    const auto limit = (std::uint64_t(1) << tokenBits) - 1;
    return (static_cast<std::uint64_t>(status) << tokenBits) |
           std::min(static_cast<std::uint64_t>(tokens), limit);
}

/// Of a progress, the output tokens.
inline std::int64_t tokensOf(std::uint64_t progress)
{
    return static_cast<std::int64_t>(progress & ((std::uint64_t(1) << tokenBits) - 1));
}

inline std::uint64_t outcomesIn(const JournalSegment::Record &record)
{
    return record.kind == JournalSegment::Kind::Intent    ? 0
           : record.kind == JournalSegment::Kind::Outcome ? 1
                                                          : countOfEvents(record.payload);
}

} // namespace farthing::journal
