// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/SpanEvent.h"

#include "core/ingest/ForeignCall.h"
#include "core/ingest/SpanAttributes.h"
#include "core/model/EventFields.h"
#include "core/model/EventLimits.h"
#include "core/model/Untagged.h"
#include "core/model/semconv.h"

#include <algorithm>
#include <optional>

namespace farthing {

namespace {

namespace attribute = semconv::attribute;

constexpr std::uint64_t nsPerUs = 1000;

/// The operation where it is a call of a model; nothing where it is anything else.
std::optional<std::string_view> callOf(const Span &span)
{
    using namespace semconv::operation;
    const std::string name = textOf(find(span.attributes, attribute::operationName));
    for (const std::string_view call : {chat, textCompletion, embeddings, generateContent})
        if (name == call)
            return call;
    const std::string legacy = textOf(find(span.attributes, attribute::legacyRequestType));
    if (!name.empty())
        return std::nullopt;
    if (legacy == "completion")
        return textCompletion;
    if (legacy == "embedding")
        return embeddings;
    const auto has = [&span](const auto &names) { return find(span.attributes, names) != nullptr; };
    const bool saysAll = has(attribute::providerName) && has(attribute::requestModel) &&
                         (has(attribute::inputTokens) || has(attribute::outputTokens));
    return legacy == chat || (legacy.empty() && saysAll) ? std::optional(chat) : std::nullopt;
}

bool isThisProxy(const Span &span, std::string_view listen)
{
    const auto withoutBrackets = [](std::string host) {
        std::erase_if(host, [](char c) { return c == '[' || c == ']'; });
        return host;
    };
    const std::string address =
        withoutBrackets(lowerCase(textOf(find(span.attributes, attribute::serverAddress))));
    const std::string port = textOf(find(span.attributes, attribute::serverPort));
    const std::string own = withoutBrackets(std::string(listen.substr(0, listen.rfind(':'))));
    const bool isHere = address == "localhost" || address == "::1" || address == "::" ||
                        address == "0.0.0.0" || address.starts_with("127.") ||
                        (!address.empty() && address == own);
    return isHere && !port.empty() && listen.substr(listen.rfind(':') + 1) == port;
}

bool passedHere(const Span &span, std::string_view listen)
{
    for (const AttributeValue *const id :
         {find(span.attributes, farthingAttribute::eventId), find(span.attributes, attribute::eventIdHeader)})
        if (id != nullptr && Uuid::parse(textOf(id)))
            return true;
    return isThisProxy(span, listen);
}

bool isId(std::string_view bytes, std::size_t size)
{
    return bytes.size() == size && bytes.find_first_not_of('\0') != std::string_view::npos;
}

Result<void> checkIds(const Span &span)
{
    if (!isId(span.traceId, traceIdBytes))
        return Error{"is not an id of 16 bytes", "trace id"};
    if (!isId(span.spanId, spanIdBytes))
        return Error{"is not an id of 8 bytes", "span id"};
    return {};
}

/// Of a machine whose clock was not set, or of a sender that counts in another unit.
Result<void> checkStart(const Span &span, Timestamp now)
{
    using namespace std::chrono_literals;
    if (span.startNs == 0)
        return Error{"is missing", "start time"};
    const Timestamp start = fromMicros(static_cast<std::int64_t>(span.startNs / nsPerUs));
    if (start < std::chrono::sys_days(2000y / 1 / 1) || start > now + 24h)
        return Error{formatRfc3339(start) + " is before the year 2000 or more than a day ahead",
                     "start time"};
    return {};
}

/// The first text that is there.
std::string firstOf(std::initializer_list<std::string> texts)
{
    for (const std::string &text : texts)
        if (!text.empty())
            return text;
    return {};
}

void readTags(const Span &span, const CostEvent &sender, CostEvent &event)
{
    const Attributes none;
    const Attributes &resource = span.resource != nullptr ? *span.resource : none;
    const auto own = [&span](const auto &names) { return textOf(find(span.attributes, names)); };
    const auto shared = [&resource](const auto &names) { return textOf(find(resource, names)); };
    std::string service = shared(attribute::serviceName);
    if (service.starts_with(semconv::unnamedService))
        service.clear();
    const std::string trace = hexOf(span.traceId);

    event.workflow = firstOf(
        {own(farthingAttribute::workflow), own(attribute::workflowName), shared(farthingAttribute::workflow),
         sender.workflow == untagged ? "" : sender.workflow, service, std::string(untagged)});
    event.feature = firstOf({own(farthingAttribute::feature), shared(farthingAttribute::feature),
                             own(attribute::agentName), sender.feature});
    event.user = firstOf(
        {own(farthingAttribute::user), own(attribute::user), shared(farthingAttribute::user), sender.user});
    event.session = firstOf({own(farthingAttribute::session), own(attribute::conversation), trace});
    event.client =
        firstOf({textOf(std::string(span.scopeName) + " " + std::string(span.scopeVersion)), sender.client});
    event.tags = sender.tags;
    for (const auto &[key, value] : {std::pair("trace_id", trace),
                                     {"span_id", hexOf(span.spanId)},
                                     {"environment", shared(attribute::environment)},
                                     {"service", service == event.workflow ? "" : service}})
        if (!value.empty())
            event.tags.emplace_back(key, value);
}

/// An error's type, as the convention has it, and never its message, which may quote a key or a prompt.
void readStatus(const Span &span, CostEvent &event)
{
    constexpr std::int64_t unknownFailure = 500;
    const std::string type = textOf(find(span.attributes, attribute::errorType));
    std::int64_t status = countOf(find(span.attributes, attribute::httpStatus)).value_or(0);
    if (status == 0 && type.size() == 3)
        status = countOf(AttributeValue(std::string_view(type))).value_or(0);
    const bool failed = span.failed || !type.empty() || status >= 400;
    const bool known = status >= 100 && status <= 599 && (status >= 400) == failed;
    event.status = static_cast<std::int32_t>(known ? status : failed ? unknownFailure : 200);
    if (failed)
        event.error = type.empty() ? "error" : type;
}

Result<void> readCount(const Span &span, std::span<const std::string_view> names, std::int64_t &count,
                       bool *given = nullptr)
{
    const AttributeValue *const value = find(span.attributes, names);
    if (value == nullptr)
        return {};
    const auto read = countOf(*value);
    if (!read || *read > mostTokens)
        return Error{"is not a count of tokens", std::string(names.front())};
    count = *read;
    if (given != nullptr)
        *given = true;
    return {};
}

Result<void> readUsage(const Span &span, CostEvent &event)
{
    TokenUsage &usage = event.usage;
    bool given = false;
    for (auto read : {readCount(span, attribute::inputTokens, usage.input, &given),
                      readCount(span, attribute::outputTokens, usage.output, &given),
                      readCount(span, attribute::cacheRead, usage.cachedInput),
                      readCount(span, attribute::cacheWrite, usage.cacheWrite5m),
                      readCount(span, attribute::reasoning, usage.reasoning)})
        if (!read)
            return read;
    if (usage.cachedInput + usage.cacheWrite5m > usage.input)
        usage.input += usage.cachedInput + usage.cacheWrite5m;
    if (usage.reasoning > usage.output)
        usage.output += usage.reasoning;
    event.usageSource = given ? UsageSource::Provider : UsageSource::None;
    return {};
}

void readTimes(const Span &span, CostEvent &event)
{
    constexpr double usPerSecond = 1e6;
    constexpr double usPerMs = 1e3;
    event.time = fromMicros(static_cast<std::int64_t>(span.startNs / nsPerUs));
    if (span.endNs > span.startNs)
        event.latencyUs = static_cast<std::int64_t>((span.endNs - span.startNs) / nsPerUs);
    const auto setFirst = [&event](double us) {
        if (us >= 0 && us <= static_cast<double>(event.latencyUs))
            event.ttftUs = static_cast<std::int64_t>(us);
    };
    if (const auto seconds = realOf(find(span.attributes, attribute::secondsToFirstChunk)))
        return setFirst(*seconds * usPerSecond);
    if (const auto ms = realOf(find(span.attributes, attribute::millisecondsToFirstChunk)))
        return setFirst(*ms * usPerMs);
    for (const Span::Event &mark : span.events)
        if (std::ranges::find(semconv::chunkEvents, mark.name) != semconv::chunkEvents.end() &&
            mark.timeNs >= span.startNs)
            return setFirst(static_cast<double>(mark.timeNs - span.startNs) / nsPerUs);
}

} // namespace

Result<SpanEvent> eventOfSpan(const Span &span, const CostEvent &sender, std::string_view listen)
{
    const auto operation = callOf(span);
    if (!operation)
        return SpanEvent{};
    if (passedHere(span, listen))
        return SpanEvent{.kind = SpanEvent::Kind::PassedHere};
    for (auto sound : {checkIds(span), checkStart(span, sender.time)})
        if (!sound)
            return sound.error();
    SpanEvent result{.kind = SpanEvent::Kind::Call};
    CostEvent &event = result.event;
    readTimes(span, event);
    event.eventId =
        makeDerivedUuidV7(event.time, std::string("span\x1f").append(span.traceId).append(span.spanId));
    event.provider = upstreamOfProvider(textOf(find(span.attributes, attribute::providerName)));
    event.endpoint = std::string(*operation);
    readTags(span, sender, event);
    event.responseModel = textOf(find(span.attributes, attribute::responseModel));
    event.requestModel = textOf(find(span.attributes, attribute::requestModel));
    if (event.requestModel.empty())
        event.requestModel = event.responseModel;
    event.sentModel = event.listModel = event.requestModel;
    event.stream = flagOf(find(span.attributes, attribute::requestStream));
    event.serviceTier = textOf(find(span.attributes, attribute::serviceTier));
    event.instance = sender.instance;
    readStatus(span, event);
    if (auto read = readUsage(span, event); !read)
        return read.error();
    if (auto settled = settleEvent(event, GivenFields().set(), {}, nullptr); !settled)
        return settled.error();
    return result;
}

} // namespace farthing
