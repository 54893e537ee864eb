// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ControlApi.h"

#include "core/model/EventCsv.h"
#include "core/proxy/IngestApi.h"
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
    return {status, "application/json", body.dump(-1, ' ', false, json::error_handler_t::replace), 0};
}

json timeOrNull(const std::optional<Timestamp> &t)
{
    return t ? json(formatRfc3339(*t)) : json(nullptr);
}

json fileJson(const FileStatus &file)
{
    return {{"ok", file.error.empty()}, {"error", file.error}, {"since", timeOrNull(file.since)}};
}

json faultJson(const UpstreamFaults::Fault &fault)
{
    return {{"error", fault.error},
            {"since", formatRfc3339(fault.since)},
            {"last", formatRfc3339(fault.last)},
            {"calls", fault.calls}};
}

json bodiesJson(const BodyKeeper::Health &bodies)
{
    return {{"on", bodies.on},
            {"ok", bodies.error.empty()},
            {"error", bodies.error},
            {"since", timeOrNull(bodies.since)},
            {"kept", bodies.kept},
            {"dropped", bodies.dropped},
            {"queued_bytes", bodies.queuedBytes}};
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
        state.store = {false, services.journalError, services.journalErrorSince, services.journalError, 1, 0,
                       {}};
    if (services.journal != nullptr)
        state.journal = services.journal->stats();
    state.ok = state.store.ok && !state.journal.fullSince && !services.counters.losesCalls;
    return state;
}

ControlReply health(const ProxyServices &services)
{
    const State state = stateOf(services);
    const ProxyCounters &counters = services.counters;
    const auto config = services.config.get();
    json upstreams = json::object();
    for (const auto &[name, upstream] : config->upstreams) {
        upstreams[name] = {{"base_url", upstream.baseUrl}, {"wire", nameOf(upstream.wire)}};
        if (const auto fault = services.upstreamFaults.all().find(name);
            fault != services.upstreamFaults.all().end())
            upstreams[name]["fault"] = faultJson(fault->second);
    }
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
        {"ingested",
         {{"events", services.ingested.events.load()},
          {"rejected", services.ingested.rejected.load()},
          {"spans_metered_here", services.ingested.passedHere.load()}}},
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
          {"full", state.journal.fullSince.has_value()},
          {"full_since", timeOrNull(state.journal.fullSince)},
          {"unreadable_records", state.journal.unreadableRecords},
          {"unreadable_files", state.journal.unreadableFiles}}},
        {"bodies", bodiesJson(services.bodies.health())},
        {"prices", services.prices.get()->version()},
        {"upstreams", upstreams},
        {"config_file", fileJson(*services.configStatus.get())},
        {"prices_file", fileJson(*services.pricesStatus.get())},
        {"token_file", fileJson(*services.tokenStatus.get())},
    };
    return {200, "application/json", body.dump(-1, ' ', false, json::error_handler_t::replace), 0};
}

void metric(std::string &out, const char *name, const char *type, const char *help, auto value)
{
    out += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n" + name + " " +
           std::to_string(value) + "\n";
}

/// Whole seconds of the Unix time since when something is wrong; 0 while it is well.
std::string sinceSeconds(const std::optional<Timestamp> &since)
{
    return std::to_string(since ? toMicros(*since) / 1'000'000 : 0);
}

void faultMetrics(std::string &out, const ProxyServices &services, const State &state)
{
    const ProxyCounters &counters = services.counters;
    const FileStatus config = *services.configStatus.get();
    const FileStatus prices = *services.pricesStatus.get();
    const FileStatus token = *services.tokenStatus.get();
    const std::optional<Timestamp> well;
    out += "# HELP farthing_fault_since_timestamp_seconds Since when it fails, 0 while it is well.\n"
           "# TYPE farthing_fault_since_timestamp_seconds gauge\n";
    for (const auto &[what, since] : {std::pair("store", state.store.since),
                                      {"journal", state.journal.fullSince},
                                      {"records", counters.losesCalls ? counters.unrecordedSince : well},
                                      {"config_file", config.error.empty() ? well : config.since},
                                      {"prices_file", prices.error.empty() ? well : prices.since},
                                      {"token_file", token.error.empty() ? well : token.since},
                                      {"bodies", services.bodies.health().since}})
        out += std::string("farthing_fault_since_timestamp_seconds{what=\"") + what + "\"} " +
               sinceSeconds(since) + "\n";
    out += "# HELP farthing_upstream_fault_since_timestamp_seconds Since when calls to it fail, 0 while they "
           "do not.\n# TYPE farthing_upstream_fault_since_timestamp_seconds gauge\n";
    const auto &faults = services.upstreamFaults.all();
    for (const auto &[name, upstream] : services.config.get()->upstreams) {
        const auto fault = faults.find(name);
        out += "farthing_upstream_fault_since_timestamp_seconds{upstream=\"" + name + "\"} " +
               sinceSeconds(fault == faults.end() ? well : std::optional(fault->second.since)) + "\n";
    }
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
    metric(out, "farthing_buffered_bytes", "gauge", "Bytes set aside for large request bodies.",
           services.bodyRoom.taken());
    metric(out, "farthing_store_up", "gauge", "1 while the store takes events.", state.store.ok ? 1 : 0);
    metric(out, "farthing_events_committed_total", "counter", "Events committed.",
           state.store.committedEvents);
    metric(out, "farthing_ingested_events_total", "counter", "Events taken that others metered.",
           services.ingested.events.load());
    metric(out, "farthing_ingest_rejected_total", "counter", "Events and spans that were refused.",
           services.ingested.rejected.load());
    metric(out, "farthing_ingest_spans_metered_here_total", "counter",
           "Spans of calls that passed through this proxy.", services.ingested.passedHere.load());
    metric(out, "farthing_journal_bytes", "gauge", "Bytes the journal holds.", state.journal.bytes);
    metric(out, "farthing_journal_pending_events", "gauge", "Events not yet committed.",
           state.journal.pendingEvents);
    metric(out, "farthing_journal_unreadable_records_total", "counter", "Records that could not be read.",
           state.journal.unreadableRecords);
    metric(out, "farthing_journal_unreadable_files", "gauge", "Files of the journal that cannot be read.",
           state.journal.unreadableFiles);
    const BodyKeeper::Health bodies = services.bodies.health();
    metric(out, "farthing_bodies_kept_total", "counter", "Bodies of requests and replies kept.", bodies.kept);
    metric(out, "farthing_bodies_dropped_total", "counter",
           "Bodies not kept for want of memory, key or disk; their calls passed and are recorded.",
           bodies.dropped);
    metric(out, "farthing_bodies_queued_bytes", "gauge", "Memory of bodies that are not yet kept.",
           bodies.queuedBytes);
    faultMetrics(out, services, state);
    metric(out, "farthing_overhead_p50_microseconds", "gauge", "Median time inside the proxy.",
           services.overheadUs.percentile(50));
    metric(out, "farthing_overhead_p99_microseconds", "gauge",
           "99th percentile of the time inside the proxy.", services.overheadUs.percentile(99));
    return {200, "text/plain; version=0.0.4; charset=utf-8", out, 0};
}

/// Posted events wait behind it.
constexpr auto commitAtMost = 500ms;

Result<std::optional<CostEvent>> eventInStore(const ProxyServices &services, const Uuid &id)
{
    auto queries = QueryService::open(services.dataDir.database());
    if (!queries)
        return queries.error();
    return (*queries)->event(id);
}

ControlReply eventReply(const ProxyServices &services, const std::string &text)
{
    const auto id = Uuid::parse(text);
    if (!id)
        return error(400, "'" + text + "' is not an event id");
    for (const bool flushed : {false, true}) {
        if (StoreWriter *const writer = services.writer; flushed && writer != nullptr)
            writer->flushUnlessStuck(commitAtMost);
        const auto event = eventInStore(services, *id);
        if (event && *event)
            return {200, "application/json", toJson(**event, true), 0};
        if (!event && flushed) // before, the store may be about to be made
            return error(503, event.error().toString());
    }
    return error(404, "no event has the id " + text);
}

} // namespace

bool isControlPath(std::string_view path)
{
    return path.starts_with("/farthing/") || path == "/metrics" || isForSpans(path);
}

ControlReply controlReply(const ProxyServices &services, std::string_view method, std::string_view path)
{
    if (path == postedEventsPath || path == tracesPath)
        return error(405, "only POST is answered here");
    if (isForSpans(path))
        return error(404, "spans are taken at /otlp/v1/traces; metrics and logs are not");
    if (method != "GET" && method != "HEAD")
        return error(405, "only GET is answered here");
    if (path == "/metrics")
        return metrics(services);
    if (path == "/farthing/v1/health")
        return health(services);
    return error(404, "Farthing answers /farthing/v1/health, /farthing/v1/events, /farthing/v1/events/ID, "
                      "/otlp/v1/traces and /metrics");
}

ControlJob controlJob(ProxyServices &services, const ControlRequest &request)
{
    const bool isGet = request.method == "GET" || request.method == "HEAD";
    if (isGet && request.path.starts_with(eventsPrefix))
        return [&services, id = std::string(request.path.substr(eventsPrefix.size()))] {
            return eventReply(services, id);
        };
    return request.method == "POST" ? ingestJob(services, request) : nullptr;
}

} // namespace farthing
