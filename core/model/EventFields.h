// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"
#include "core/model/RowCounts.h"

#include <bitset>
#include <span>
#include <string>
#include <string_view>

namespace farthing {

/// One column of an exported event: how it reads as text and how text sets it.
struct EventField
{
    std::string_view name;
    /// Text is anybody's; a Word is of Farthing's own making: an id, a time, one of some names.
    enum class Kind { Text, Word, Integer, Decimal, Flag } kind;
    std::string_view expected; ///< what its text has to be
    /// Appends how it reads.
    void (*append)(std::string &, const CostEvent &);
    /// False where the text is not of the field's form.
    bool (*set)(CostEvent &, std::string_view);

    [[nodiscard]] std::string get(const CostEvent &event) const
    {
        std::string text;
        append(text, event);
        return text;
    }
};

/// All columns in their order; event_id, call_id and time first set what later ones need.
std::span<const EventField> eventFields();
/// Null where no column has that name. Also knows user_id, model and cache_hit, as applications' own
/// callbacks call them.
const EventField *eventField(std::string_view name);

/// What one value, and all of one event's text, may take: beyond it something has gone wrong in the file.
constexpr std::size_t longestCell = std::size_t(32) << 10;
constexpr std::size_t longestRow = std::size_t(1) << 20;
inline Error tooLongRow(std::size_t longest = longestRow)
{
    return {"is longer than " + std::to_string(longest) + " bytes"};
}

/// Sets a field from text of outside. The error says what is wrong with the text: too long, not UTF-8, or not
/// what is expected.
Result<void> setField(CostEvent &event, const EventField &field, std::string_view text);
/// The same of text that no field gets: a tag's.
Result<void> checkText(std::string_view text);

/// The columns that an event from outside came with, by their place in eventFields().
using GivenFields = std::bitset<64>;
void markGiven(GivenFields &given, const EventField &field);
bool isGiven(GivenFields given, std::string_view name);

/// Completes an event that came from outside, and checks it. Where it was not given, `status` is 200,
/// `priced` says whether there is a cost, tokens count as the provider's own, and the ids are derived from
/// the time, the values that were given, `details`, and how often these came in this file (`rows`; null:
/// once): not from the file's form, its line ends or its blanks. The error is at the column that is wrong: a
/// time that is missing or outside of 1970 to 2254, an event_id that is not the version 7 id of the time as
/// Farthing makes it, parts above their whole, a cost where `priced` is 0 or none where it is 1, a list cost
/// of what has no cost or was not delivered, savings that do not add up, figures that no call has. Savings
/// that were not given are zero and stay so, see completeSavings() in pricing/CostCalculator.h. What is given
/// `beside` the row, for all of its file, is no part of the id.
Result<void> settleEvent(CostEvent &event, GivenFields given, std::string_view details, RowCounts *rows,
                         GivenFields beside = {});

} // namespace farthing
