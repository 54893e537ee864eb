// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ControlApi.h"

#include "core/model/EventCsv.h"
#include "core/store/QueryService.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace farthing {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view eventsPrefix = "/farthing/v1/events/";

/// Spans are for Farthing, never for an upstream.
bool isForSpans(std::string_view path)
{
    return path == "/otlp" || path.starts_with("/otlp/");
}

ControlReply error(int status, const std::string &message)
{
    const json body = {{"error", {{"message", message}}}};
    return {status, "application/json", body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

json timeOrNull(const std::optional<Timestamp> &t)
{
    return t ? json(formatRfc3339(*t)) : json(nullptr);
}

json fileJson(const FileStatus &file)
{
    return {{"ok", file.error.empty()}, {"error", file.error}, {"since", timeOrNull(file.since)}};
}

struct State
{
    StoreWriter::Health store;
    EventJournal::Stats journal;
    bool ok = false;
};

State stateOf(const ProxyServices &services)
{
    State state;
    if (StoreWriter *const writer = services.writer)
        state.store = writer->health();
    else
        state.store = {false, services.journalError, services.journalErrorSince, 0, std::nullopt};
    if (services.journal != nullptr)
        state.journal = services.journal->stats();
    state.ok = state.store.ok && !state.journal.full && !services.counters.losesCalls;
    return state;
}

ControlReply health(const ProxyServices &services)
{
    const State state = stateOf(services);
    const ProxyCounters &counters = services.counters;
    const auto config = services.config.get();
    json upstreams = json::object();
    for (const auto &[name, upstream] : config->upstreams)
        upstreams[name] = {{"base_url", upstream.baseUrl}, {"wire", nameOf(upstream.wire)}};
    const json body = {
        {"status", state.ok ? "ok" : "degraded"},
        {"version", services.version},
        {"listen", services.listen},
        {"pid", ::getpid()},
        {"started", formatRfc3339(services.started)},
        {"requests", counters.requests},
        {"in_flight", counters.inFlight},
        {"unrecorded_calls", counters.unrecorded},
        {"unrecorded_reason", counters.lastUnrecordedReason},
        {"unrecorded_since", timeOrNull(counters.unrecordedSince)},
        {"overhead_us_p50", services.overheadUs.percentile(50)},
        {"overhead_us_p99", services.overheadUs.percentile(99)},
        {"store",
         {{"ok", state.store.ok},
          {"error", state.store.error},
          {"since", timeOrNull(state.store.since)},
          {"committed_events", state.store.committedEvents},
          {"last_commit", timeOrNull(state.store.lastCommit)}}},
        {"journal",
         {{"bytes", state.journal.bytes},
          {"open_intents", state.journal.openIntents},
          {"pending_events", state.journal.pendingEvents},
          {"full", state.journal.full},
          {"unreadable_records", state.journal.unreadableRecords},
          {"unreadable_files", state.journal.unreadableFiles}}},
        {"prices", services.prices.get()->version()},
        {"upstreams", upstreams},
        {"config_file", fileJson(*services.configStatus.get())},
        {"prices_file", fileJson(*services.pricesStatus.get())},
        {"token_file", fileJson(*services.tokenStatus.get())},
    };
    return {200, "application/json", body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

void metric(std::string &out, const char *name, const char *type, const char *help, auto value)
{
    out += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n" + name + " " +
           std::to_string(value) + "\n";
}

ControlReply metrics(const ProxyServices &services)
{
    const State state = stateOf(services);
    const ProxyCounters &counters = services.counters;
    std::string out;
    metric(out, "farthing_requests_total", "counter", "Requests taken for an upstream.", counters.requests);
    metric(out, "farthing_requests_in_flight", "gauge", "Calls under way.", counters.inFlight);
    metric(out, "farthing_unrecorded_calls_total", "counter", "Calls that passed without a record.",
           counters.unrecorded);
    metric(out, "farthing_clients_gone_total", "counter", "Calls whose client hung up.",
           counters.clientsGone);
    metric(out, "farthing_upstream_failures_total", "counter", "Calls that broke off at the upstream.",
           counters.upstreamFailures);
    metric(out, "farthing_connections", "gauge", "Connections of clients.", counters.connections);
    metric(out, "farthing_limited_total", "counter", "Connections and requests refused for a limit.",
           counters.limited);
    metric(out, "farthing_buffered_bytes", "gauge", "Bytes of requests in memory.",
           services.bufferedBytes.bytes());
    metric(out, "farthing_store_up", "gauge", "1 while the store takes events.", state.store.ok ? 1 : 0);
    metric(out, "farthing_events_committed_total", "counter", "Events committed.",
           state.store.committedEvents);
    metric(out, "farthing_journal_bytes", "gauge", "Bytes the journal holds.", state.journal.bytes);
    metric(out, "farthing_journal_pending_events", "gauge", "Events not yet committed.",
           state.journal.pendingEvents);
    metric(out, "farthing_journal_unreadable_records_total", "counter", "Records that could not be read.",
           state.journal.unreadableRecords);
    metric(out, "farthing_overhead_p50_microseconds", "gauge", "Median time inside the proxy.",
           services.overheadUs.percentile(50));
    metric(out, "farthing_overhead_p99_microseconds", "gauge",
           "99th percentile of the time inside the proxy.", services.overheadUs.percentile(99));
    return {200, "text/plain; version=0.0.4; charset=utf-8", out};
}

} // namespace

bool isControlPath(std::string_view path)
{
    return path.starts_with("/farthing/") || path == "/metrics" || isForSpans(path);
}

ControlReply controlReply(const ProxyServices &services, std::string_view method, std::string_view path)
{
    if (isForSpans(path))
        return error(501, "this version takes no OTLP spans; what was sent here was dropped");
    if (method != "GET" && method != "HEAD")
        return error(405, "only GET is answered here");
    if (path == "/metrics")
        return metrics(services);
    if (path == "/farthing/v1/health")
        return health(services);
    return error(404, "Farthing answers /farthing/v1/health, /farthing/v1/events/ID and /metrics");
}

std::optional<std::string> eventIdOfPath(std::string_view path)
{
    if (!path.starts_with(eventsPrefix))
        return std::nullopt;
    return std::string(path.substr(eventsPrefix.size()));
}

ControlReply eventReply(const ProxyServices &services, const std::string &text)
{
    const auto id = Uuid::parse(text);
    if (!id)
        return error(400, "'" + text + "' is not an event id");
    for (const bool flushed : {false, true}) {
        if (StoreWriter *const writer = services.writer; flushed && writer != nullptr)
            writer->flush(2000ms);
        auto queries = QueryService::open(services.dataDir.database());
        if (!queries)
            return error(503, queries.error().toString());
        const auto event = (*queries)->event(*id);
        if (!event)
            return error(503, event.error().toString());
        if (*event)
            return {200, "application/json", toJson(**event, true)};
    }
    return error(404, "no event has the id " + text);
}

} // namespace farthing
