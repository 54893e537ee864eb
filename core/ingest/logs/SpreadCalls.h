// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <cstdint>
#include <string>

namespace farthing {

/// Many calls of which only the sum is known, such as a provider tells of an hour.
struct CallSum
{
    CostEvent event; ///< what holds of each, with the tokens of all
    std::uint64_t calls = 0;
    Timestamp start; ///< of the time in which they were
    Timestamp end;
    std::string key; ///< what names them, beside the time
};

/// Makes one event of each call. The tokens are shared evenly, the remainder one by one, so that the sums are
/// exact and the parts of each event stay within their whole. The times lie evenly in the span (by halves:
/// gaps differ by a factor of 2 at most), each event's wherever others are added: a sum that has grown gives
/// the same events and further ones. So do the ids, which come from the key and the event's number.
class SpreadCalls
{
public:
    explicit SpreadCalls(CallSum sum);

    /// In the order of time; false at the end.
    bool next(CostEvent &event);

private:
    [[nodiscard]] CostEvent call(std::uint64_t number, Timestamp time) const;

    CallSum m_sum;
    int m_bits;               ///< the span is cut into 2^m_bits moments
    std::uint64_t m_next = 0; ///< moment
};

} // namespace farthing
