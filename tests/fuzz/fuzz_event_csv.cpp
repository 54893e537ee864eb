// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/EventCsv.h"

#include <cstdlib>

namespace {

using namespace farthing;

struct Read
{
    std::vector<CostEvent> events;
    std::string error;
    std::size_t bad = 0;
};

Read read(std::string_view text, std::size_t cut, bool skip)
{
    Read result;
    EventCsvReader reader(skip ? EventCsvReader::OnBadRow([&result](const Error &) {
        ++result.bad;
        return true;
    })
                               : EventCsvReader::OnBadRow());
    auto done = reader.feed(text.substr(0, cut), result.events);
    if (done)
        done = reader.feed(text.substr(cut), result.events);
    if (done)
        done = reader.finish(result.events);
    if (!done)
        result.error = done.error().toString();
    return result;
}

} // namespace

/// Any bytes as an exported CSV: the same however they are cut; what was read survives being written and
/// read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::string_view text(reinterpret_cast<const char *>(data) + 1, size - 1);
    const std::size_t cut = data[0] * text.size() / 255;
    for (const bool skip : {false, true}) {
        const Read whole = read(text, text.size(), skip);
        const Read pieces = read(text, cut, skip);
        if (whole.events != pieces.events || whole.error != pieces.error || whole.bad != pieces.bad)
            std::abort();
        std::string csv;
        appendCsvHeader(csv);
        for (const CostEvent &event : whole.events)
            appendCsvRow(csv, event);
        const Read again = read(csv, csv.size(), false);
        if (!again.error.empty() || again.events.size() != whole.events.size())
            std::abort();
    }
    return 0;
}
