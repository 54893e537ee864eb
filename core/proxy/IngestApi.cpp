// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/IngestApi.h"

#include "core/proxy/Secrets.h"
#include "core/proxy/TagReader.h"
#include "core/store/retention/Retention.h"

namespace farthing {

namespace {

IngestRequest ingestRequest(const ProxyServices &services, const ControlRequest &request)
{
    IngestRequest ingest{.body = request.body,
                         .contentType = find(request.headers, "content-type"),
                         .contentEncoding = find(request.headers, "content-encoding"),
                         .idempotencyKey = find(request.headers, "idempotency-key"),
                         .mostBytes = services.config.get()->limits.maxBodyBytes,
                         .sender = {},
                         .mask = {}};
    readTags(ingest.sender, request.headers, {}, {});
    ingest.sender.time = request.time;
    ingest.sender.instance = services.listen;
    ingest.mask = [secrets = Secrets(request.headers, request.path)](CostEvent &event) {
        secrets.maskTags(event);
        secrets.maskReply(event);
        secrets.mask(event.error);
    };
    return ingest;
}

} // namespace

ControlJob ingestJob(ProxyServices &services, const ControlRequest &request)
{
    const bool isEvents = request.path == postedEventsPath;
    if (!isEvents && request.path != tracesPath)
        return nullptr;
    // The journal may come to be meanwhile; what a job sees of it is decided here, on the event loop.
    EventIntake intake(
        {.journal = services.journal,
         .journalError = services.journalError,
         .writer = services.writer,
         .database = services.dataDir.database(),
         .prices = services.prices.get(),
         .listen = services.listen,
         .keptSince = keptSince(services.config.get()->store.keepEventsDays, services.clock.now()),
         .counters = services.ingested});
    return [intake = std::move(intake), isEvents, ingest = ingestRequest(services, request)] {
        IngestReply reply = isEvents ? intake.takeEvents(ingest) : intake.takeSpans(ingest);
        return ControlReply{reply.status, std::move(reply.contentType), std::move(reply.body),
                            reply.retryAfterS};
    };
}

} // namespace farthing
