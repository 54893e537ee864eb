// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/EventIntake.h"

#include "core/base/Utf8.h"
#include "core/ingest/ForeignCall.h"
#include "core/model/EventJson.h"
#include "core/model/JsonRows.h"
#include "core/providers/WireText.h"
#include "core/store/EventRow.h"
#include "core/store/NamedCalls.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace farthing {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int retryAfterS = 2;
constexpr auto commitAtMost = 2000ms;
/// What a request may bring, a megabyte of memory for each thousand.
constexpr std::size_t mostEvents = 50'000;
/// How long a name is remembered without a time: as long as a client may still send again what it sent.
constexpr auto remembered = std::chrono::hours(24);

std::string textOf(const json &body)
{
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

IngestReply refusal(int status, const std::string &message)
{
    return {status, "application/json", textOf({{"error", {{"message", message}}}}),
            status == 503 ? retryAfterS : 0};
}

/// `index` counts from 0, as a program does; the message from 1, as people and `import` do.
IngestReply badEvent(const Error &error, std::size_t index, int status = 400)
{
    json said = {{"message", error.at("event " + std::to_string(index + 1)).toString()}, {"index", index}};
    std::string field = error.place.substr(0, error.place.find(": "));
    std::erase(field, '\'');
    if (!field.empty())
        said["field"] = field;
    return {status, "application/json", textOf({{"error", said}})};
}

bool isLines(std::string_view contentType)
{
    return isMediaType(contentType, "application/x-ndjson") ||
           isMediaType(contentType, "application/jsonl") ||
           isMediaType(contentType, "application/x-jsonlines");
}

} // namespace

struct EventIntake::Posted
{
    EventDraft draft;
    std::string key;       ///< what names it; empty where nothing does, or its event_id
    std::string_view kind; ///< of key
    bool timeless = false;

    [[nodiscard]] bool has(std::string_view field) const { return isGiven(draft.given, field); }
    /// How its sender calls it.
    [[nodiscard]] Error other(std::string_view requestKey) const
    {
        const std::string as =
            " has come before, of another workflow or model or with other counts of tokens";
        if (kind == "key")
            return {"'" + excerpt(draft.key) + "'" + as, "'idempotency_key'"};
        if (kind == "call")
            return {draft.event.callId.toString() + as, "'call_id'"};
        return {"'" + excerpt(requestKey) + "'" + as, "Idempotency-Key"};
    }
    [[nodiscard]] Uuid idAt(Timestamp time) const { return eventIdOfKey(time, key, kind); }

    void name(std::string_view requestKey, std::size_t index)
    {
        if (has("event_id"))
            return;
        if (!draft.key.empty()) {
            key = draft.key;
            kind = "key";
        } else if (has("call_id")) {
            key = draft.event.callId.toString() + '\x1f' + std::to_string(draft.event.attempt);
            kind = "call";
        } else if (!requestKey.empty()) {
            key = std::string(requestKey) + '\x1f' + std::to_string(index);
            kind = "request";
        }
    }

    /// What a callback leaves out, since it is the same for all of its calls or follows from the rest.
    void complete(const CostEvent &sender)
    {
        CostEvent &event = draft.event;
        for (const auto member : {&CostEvent::workflow, &CostEvent::feature, &CostEvent::user,
                                  &CostEvent::client, &CostEvent::instance})
            if ((event.*member).empty())
                event.*member = sender.*member;
        event.tags.insert(event.tags.end(), sender.tags.begin(), sender.tags.end());
        completeForeignCall(event, draft.given);
        timeless = !has("time") && !has("event_id");
        if (timeless) {
            event.time = sender.time - Micros(event.latencyUs);
            markGiven(draft.given, *eventField("time"));
        }
    }
};

std::optional<IngestReply> EventIntake::recallTimes(std::span<Posted> posted,
                                                    const IngestRequest &request) const
{
    const auto looksBack = [](const Posted &one) { return one.timeless && !one.key.empty(); };
    std::vector<std::int64_t> names;
    for (const Posted &one : posted)
        if (looksBack(one))
            names.push_back(lowBits(one.idAt(one.draft.event.time)));
    if (names.empty())
        return {};
    if (m_tools.writer == nullptr || !m_tools.writer->flushUnlessStuck(commitAtMost))
        return refusal(
            503, "events with a name but without a time can only be taken while the store can be written");
    auto calls = namedCalls(m_tools.database, request.sender.time - remembered, names);
    if (!calls)
        return refusal(503, calls.error().toString());
    for (Posted &one : posted) {
        if (!looksBack(one))
            continue;
        CostEvent &event = one.draft.event;
        const NamedCall sent = NamedCall::of(event);
        const NamedCall &first = calls->try_emplace(lowBits(one.idAt(event.time)), sent).first->second;
        if (!sent.isSameAs(first)) {
            m_tools.counters.rejected += posted.size();
            return badEvent(one.other(request.idempotencyKey), static_cast<std::size_t>(&one - posted.data()),
                            409);
        }
        event.time = first.time;
    }
    return {};
}

IngestReply EventIntake::takeEvents(const IngestRequest &request) const
{
    bool tooLong = false;
    const auto body = decodedBody(request, tooLong);
    if (!body)
        return refusal(tooLong ? 413 : 400, body.error().toString());

    std::vector<Posted> posted;
    std::optional<IngestReply> bad;
    std::size_t sent = 0;
    const auto take = [&](const Result<std::string_view> &row, std::size_t) -> Result<void> {
        auto draft = row ? readEventJson(*row) : Result<EventDraft>(row.error());
        const std::size_t index = sent++;
        if (!draft && !bad)
            bad = badEvent(draft.error(), index);
        if (bad || index >= mostEvents)
            return {};
        Posted &one = posted.emplace_back();
        one.draft = *std::move(draft);
        one.complete(request.sender);
        one.name(request.idempotencyKey, index);
        return {};
    };
    const std::size_t first = body->find_first_not_of(" \t\r\n");
    const bool isArray = first != std::string::npos && (*body)[first] == '[';
    Result<void> read;
    if (isArray || isLines(request.contentType)) {
        JsonRows rows(isArray ? JsonRows::Form::Array : JsonRows::Form::Lines, take);
        read = rows.feed(*body);
        if (read)
            read = rows.finish();
    } else {
        const bool isTooLong = body->size() > longestRow;
        read = take(isTooLong ? Result<std::string_view>(tooLongRow()) : std::string_view(*body), 0);
    }
    m_tools.counters.rejected += bad ? sent : 0;
    if (bad)
        return *bad;
    if (!read)
        return refusal(400, read.error().at("the body").toString());

    if (sent > mostEvents)
        return refusal(413, "more than " + std::to_string(mostEvents) + " events at once; send fewer");

    if (m_tools.journal == nullptr)
        return refusal(503, m_tools.journalError);
    if (auto refused = recallTimes(posted, request))
        return *refused;
    UuidV7Generator fresh;
    std::vector<CostEvent> events;
    json ids = json::array();
    bool repeatable = true;
    for (Posted &one : posted) {
        CostEvent &event = one.draft.event;
        if (event.eventId.isNull())
            event.eventId = one.key.empty() ? fresh.make(event.time) : one.idAt(event.time);
        auto settled = settleEvent(event, one.draft.given, one.draft.details, nullptr);
        if (settled)
            settled = checkKept(event);
        if (!settled) {
            m_tools.counters.rejected += posted.size();
            return badEvent(settled.error(), events.size());
        }
        repeatable = repeatable && (one.has("event_id") || !one.key.empty());
        ids.push_back(event.eventId.toString());
        events.push_back(std::move(event));
    }
    const Recording recording = record(events, request, repeatable);
    if (recording.taken != Taken::All)
        return refusal(recording.taken == Taken::TooMany ? 413 : 503, recording.why);
    return {200, "application/json", textOf({{"event_ids", ids}})};
}

} // namespace farthing
