// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventExport.h"

#include "core/base/HandOver.h"
#include "core/model/EventCsv.h"

#include <string>
#include <thread>

namespace farthing {

namespace {

constexpr std::size_t pieceBytes = std::size_t(1) << 18;
constexpr std::size_t piecesAhead = 4;

struct Piece
{
    std::string text;
    std::uint64_t events = 0; ///< up to its end
};

} // namespace

Result<QueryService::Visited> EventExport::run(QueryService &store, const QueryService::Cancel *cancel) const
{
    const auto snapshot = store.holdSnapshot();
    std::uint64_t all = 0;
    if (progress) {
        const auto counted = store.groups({.by = {Dimension::Day}, .filter = filter}, cancel);
        if (!counted)
            return counted.error();
        all = static_cast<std::uint64_t>(counted->total.requests);
    }
    HandOver<Piece> pieces(piecesAhead);
    std::thread writing([&] {
        while (const auto piece = pieces.take()) {
            if (!write(piece->text)) {
                pieces.leave();
                return;
            }
            if (progress)
                progress(piece->events, all);
        }
    });
    const bool csv = form == Form::Csv;
    Piece piece;
    if (csv)
        appendCsvHeader(piece.text);
    auto visited = store.forEach(
        filter,
        [&](const CostEvent &event) {
            if (csv)
                appendCsvRow(piece.text, event);
            else
                piece.text.append(toJson(event, true)).push_back('\n');
            ++piece.events;
            if (piece.text.size() < pieceBytes)
                return true;
            Piece next;
            next.text.reserve(pieceBytes + 4096);
            next.events = piece.events;
            return pieces.put(std::exchange(piece, std::move(next)));
        },
        cancel, csv ? QueryService::Parts::Row : QueryService::Parts::All);
    if (visited)
        pieces.put(std::move(piece));
    pieces.finish();
    writing.join();
    return visited;
}

} // namespace farthing
