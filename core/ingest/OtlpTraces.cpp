// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/EventIntake.h"
#include "core/ingest/OtlpReply.h"
#include "core/ingest/SpanEvent.h"

#include "core/providers/WireText.h"

namespace farthing {

namespace {

/// Spans keep their ids, so that a request need not be held as a whole.
constexpr std::size_t eventsAtOnce = 1024;
constexpr std::size_t reasonsSaid = 3;

/// Bad spans, and why the first of them are.
struct Rejected
{
    std::uint64_t spans = 0;
    std::string reasons;

    void add(const Error &error)
    {
        if (spans++ < reasonsSaid)
            reasons += (reasons.empty() ? "" : "; ") + error.toString();
        else if (spans == reasonsSaid + 1)
            reasons += "; …";
    }
};

} // namespace

IngestReply EventIntake::takeSpans(const IngestRequest &request) const
{
    const bool isJson = isMediaType(request.contentType, "application/json");
    const OtlpEncoding encoding = isJson ? OtlpEncoding::Json : OtlpEncoding::Protobuf;
    if (!isJson && !isMediaType(request.contentType, "application/x-protobuf"))
        return otlpRefused(OtlpEncoding::Json, 415,
                           "spans come as application/x-protobuf or application/json");
    bool tooLong = false;
    const auto body = decodedBody(request, tooLong);
    if (!body)
        return otlpRefused(encoding, tooLong ? 413 : 400, body.error().toString());

    Rejected rejected;
    Recording recording;
    std::uint64_t passedHere = 0;
    std::uint64_t number = 0;
    std::vector<CostEvent> events;
    const auto recordThem = [&] {
        if (recording.taken == Taken::All)
            recording = record(events, request, true);
        events.clear();
    };
    const auto read = (isJson ? readJsonSpans : readProtobufSpans)(*body, [&](const auto &span) {
        ++number;
        auto made = span ? eventOfSpan(**span, request.sender, m_tools.listen) : span.error();
        if (!made)
            return rejected.add(made.error().at("span " + std::to_string(number)));
        if (made->kind == SpanEvent::Kind::PassedHere)
            ++passedHere;
        else if (made->kind == SpanEvent::Kind::Call) {
            if (const auto kept = checkKept(made->event); !kept)
                return rejected.add(kept.error().at("span " + std::to_string(number)));
            events.push_back(std::move(made->event));
        }
        if (events.size() == eventsAtOnce)
            recordThem();
    });
    recordThem();
    if (recording.taken != Taken::All)
        return otlpRefused(encoding, recording.taken == Taken::TooMany ? 413 : 503, recording.why);
    m_tools.counters.rejected += rejected.spans;
    m_tools.counters.passedHere += passedHere;
    if (!read)
        return otlpRefused(encoding, 400, read.error().toString());
    return otlpTaken(encoding, rejected.spans, rejected.reasons);
}

} // namespace farthing
