// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/logs/TimeFormat.h"
#include "core/model/EventFields.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farthing {

/// What a column can be: an event's field by any of its names, `tag.NAME`, a free tag, or `idempotency_key`,
/// the file's own name for the call.
struct CsvTarget
{
    const EventField *field = nullptr;
    std::string tag;
    bool isKey = false;

    static Result<CsvTarget> named(std::string_view name);
    [[nodiscard]] bool isSame(const CsvTarget &other) const;
};

/// What the columns of somebody else's CSV mean. Whatever is wrong with it is said before a row is read.
class CsvMapping
{
public:
    /// Each fails where there is no such field, or the column or the field has come before.
    Result<void> map(std::string_view column, std::string_view field);
    /// The same of a JSON object {"column": "field", …}; an error names the line or the column.
    Result<void> mapAll(std::string_view json);
    /// Gives every event this value. It is no part of their ids, so that rows are found again under another.
    Result<void> set(std::string_view field, std::string_view value);
    void setTimes(TimeFormat times) { m_times = std::move(times); }
    /// Columns that are not mapped are left out, whatever they are called.
    void setOnlyMapped() { m_onlyMapped = true; }

    /// The mapping of one file.
    struct Bound
    {
        std::vector<std::optional<CsvTarget>> columns; ///< in the file's order; empty where one is left out
        std::vector<std::string> leftOut;              ///< their names
        CostEvent constants;
        GivenFields given; ///< of the constants
        TimeFormat times;
    };
    /// Fails where the header lacks a mapped column or has it twice, where columns that are not mapped have
    /// names of the same field, and where nothing says the time.
    [[nodiscard]] Result<Bound> bind(std::span<const std::string> header) const;

private:
    struct Constant
    {
        CsvTarget target;
        std::string value;
    };

    [[nodiscard]] Result<void> checkNew(const CsvTarget &target, std::string_view name) const;
    [[nodiscard]] Result<void> setConstants(Bound &bound) const;

    std::vector<std::pair<std::string, CsvTarget>> m_columns;
    std::vector<Constant> m_constants;
    TimeFormat m_times;
    bool m_onlyMapped = false;
};

/// Sets a field from a cell or from a constant: times as `times` has them, flags in any case, counts also as
/// "12.0". The error says what is wrong with the text.
Result<void> setFromText(CostEvent &event, const EventField &field, std::string_view text,
                         const TimeFormat &times);

} // namespace farthing
