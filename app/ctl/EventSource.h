// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/EventCsv.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace farthing {

/// A file of events, as CSV, JSON lines or a JSON array; it can be read more than once, so what comes out of
/// a pipe is kept in a file of its own meanwhile.
class EventSource
{
public:
    using OnBadRow = EventCsvReader::OnBadRow;
    /// Gets the events read so far, and empties the vector when it has used them.
    using Take = std::function<Result<void>(std::vector<CostEvent> &events)>;

    /// `name` is a path, or "-" for standard input.
    static Result<std::unique_ptr<EventSource>> open(const std::string &name);
    ~EventSource();
    EventSource(const EventSource &) = delete;
    EventSource &operator=(const EventSource &) = delete;

    /// From the beginning to the end; errors name the line, or the place in the array. At most a row is held
    /// beside the events, and a row of more than 1 MiB is an error.
    Result<void> read(const OnBadRow &onBadRow, const Take &take) const;

private:
    EventSource(std::string path, bool temporary)
        : m_path(std::move(path))
        , m_temporary(temporary)
    {}

    std::string m_path;
    bool m_temporary;
};

} // namespace farthing
