// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/QueryService.h"

#include <functional>
#include <string_view>

namespace farthing {

/// Writes the events of a filter as text, oldest first, with constant memory.
struct EventExport
{
    enum class Form {
        Csv,      ///< eventColumns()
        JsonLines ///< an object a line, with what lies beside the row
    };
    EventFilter filter = {};
    Form form = Form::Csv;
    /// Takes some hundred kilobytes at a time; false where they cannot be written, which ends the export.
    std::function<bool(std::string_view text)> write;
    /// Told how many of how many events are written, ahead of each piece.
    std::function<void(std::uint64_t events, std::uint64_t of)> progress = {};

    /// Where `write` ended it, the answer is that of the events until then.
    Result<QueryService::Visited> run(QueryService &store,
                                      const QueryService::Cancel *cancel = nullptr) const;
};

} // namespace farthing
