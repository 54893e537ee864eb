// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/base/Time.h"
#include "core/store/RowRange.h"

#include <cstdint>

namespace farthing {

class Database;

/// Since when a store has its events, and since when at least their sums: what is older was removed, see
/// Retention. Row ids at which days (UTC) begin; 0 where nothing was. Rows below may still be there for a
/// moment; nobody reads them any more, as their sums are all that is asked.
class Horizon
{
public:
    /// As the caller's snapshot has it. The database is of the present schema.
    static Result<Horizon> of(Database &database);

    [[nodiscard]] std::int64_t events() const { return m_events; }
    [[nodiscard]] std::int64_t sums() const { return m_sums; }
    /// Where the first events are of which anything is known, if they are no longer there themselves.
    [[nodiscard]] bool hasSumsAlone() const { return m_first < m_events; }
    [[nodiscard]] std::int64_t firstSum() const { return m_first; }

    /// What of a range can be told by sums of stretches of one length; 0 where there are none, and rows alone
    /// tell.
    struct Told
    {
        enum class How : std::uint8_t {
            AsAsked,
            Otherwise, ///< `range` instead
            Not        ///< of the part before events()
        } how = How::AsAsked;
        RowRange range; ///< the same events where it is as asked, perhaps within narrower bounds
    };
    /// Before events(), both edges move to the beginning of their stretch, so that ranges that follow each
    /// other still do; before sums() there is nothing.
    [[nodiscard]] Told told(RowRange asked, Micros stretch) const;

private:
    std::int64_t m_events = 0;
    std::int64_t m_sums = 0;
    std::int64_t m_first = 0; ///< the first hour that has sums, or m_events where it is not before that
};

} // namespace farthing
