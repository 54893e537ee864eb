// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/CallMeter.h"

#include "core/base/TextSearch.h"
#include "core/model/endpoints.h"
#include "core/model/semconv.h"
#include "core/pricing/CostCalculator.h"
#include "core/providers/WireText.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace farthing {

namespace {

constexpr std::size_t longestMarker = 32;
constexpr std::size_t encodedAtOnce = std::size_t{4} << 10;
constexpr std::size_t readInAMoment = std::size_t{1} << 20; ///< a millisecond or two
constexpr int firstErrorStatus = 400;

// An event has to fit into a journal segment, and a provider's error may quote a prompt.
constexpr std::size_t maxNameBytes = 256;
constexpr std::size_t maxErrorBytes = 300;
constexpr std::size_t maxErrorRead = 1024;
constexpr std::size_t maxRawUsageBytes = std::size_t{64} << 10;

/// What the chunk with a stream's terminal event has in it, so that the others need no look before they are
/// relayed.
bool containsEndMarker(EndpointKind kind, std::string_view text)
{
    const auto has = [text](std::string_view marker) { return containsText(text, marker); };
    switch (kind) {
    case EndpointKind::ChatCompletions:
    case EndpointKind::Completions:
        return has("[DONE]");
    case EndpointKind::Responses:
    case EndpointKind::FetchedResponse:
        return has("response.completed") || has("response.incomplete") || has("response.failed") ||
               has("response.cancelled");
    case EndpointKind::Messages:
        return has("message_stop");
    case EndpointKind::CohereChat:
        return has("message-end") || has("stream-end");
    case EndpointKind::OllamaChat:
    case EndpointKind::OllamaGenerate:
        return has("\"done\":true");
    default:
        return false;
    }
}

/// Models of all makers answer in forms of their own here, or without text.
bool hasManyForms(EndpointKind kind)
{
    constexpr std::array kinds = {EndpointKind::InvokeModel,  EndpointKind::OpenAiEmbeddings,
                                  EndpointKind::EmbedContent, EndpointKind::CohereEmbed,
                                  EndpointKind::CohereRerank, EndpointKind::OllamaEmbed};
    return std::ranges::find(kinds, kind) != kinds.end();
}

/// Its answers are vectors or ranks, which nobody bills.
bool isWithoutText(const Endpoint &asked)
{
    return asked.name() == semconv::operation::embeddings || asked.name() == endpoint::rerank;
}

std::int64_t microseconds(std::chrono::steady_clock::duration d)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
}

/// For what is left if the process dies: an event of a stream carries a token, or a few.
std::int64_t countEvents(StreamForm form, std::string_view text)
{
    const std::string_view mark = form == StreamForm::AwsEvents   ? ":event-type"
                                  : form == StreamForm::JsonLines ? "\n"
                                                                  : "data:";
    std::int64_t count = 0;
    for (auto at = findText(text, mark); at != text.npos; at = findText(text, mark, at + mark.size()))
        ++count;
    return count;
}

/// Whether a chunk of a JSON array may be the last.
bool endsInBracket(std::string_view chunk)
{
    const std::size_t last = chunk.find_last_not_of(" \t\r\n");
    return last != std::string_view::npos && chunk[last] == ']';
}

} // namespace

CallMeter::CallMeter(ProxyServices &services, Endpoint endpoint, CostEvent draft, const RequestFacts &facts,
                     std::chrono::steady_clock::time_point arrived, Secrets secrets)
    : m_services(services)
    , m_endpoint(std::move(endpoint))
    , m_event(std::move(draft))
    , m_secrets(std::move(secrets))
    , m_promptBytes(facts.promptTextBytes)
    , m_promptTokens(facts.promptTokens)
    , m_arrived(arrived)
{
    m_secrets.maskTags(m_event);
    keepTidy();
    m_number = ++m_services.counters.requests;
    ++m_services.counters.inFlight;
}

CallMeter::~CallMeter()
{
    if (!m_concluded)
        finishBroken(status::clientClosed, "the connection was given up", true);
    --m_services.counters.inFlight;
}

void CallMeter::begin()
{
    if (m_services.journal == nullptr)
        return unrecorded({m_services.journalError});
    const TokenUsage none = m_event.usage;
    if (m_endpoint.metered()) {
        m_event.usage.input = estimatedInput(m_event.sentModel);
        m_event.usageSource = UsageSource::Estimated;
    }
    const auto ticket = m_services.journal->begin(m_event);
    m_event.usage = none;
    m_event.usageSource = UsageSource::None;
    if (ticket)
        m_ticket = *ticket;
    else
        unrecorded(ticket.error());
}

void CallMeter::unrecorded(const Error &error)
{
    ProxyCounters &counters = m_services.counters;
    ++counters.unrecorded;
    counters.lastUnrecordedReason = error.toString();
    if (!counters.losesCalls)
        counters.unrecordedSince = m_event.time;
    counters.lastUnrecorded = std::max(counters.lastUnrecorded, m_number);
    counters.losesCalls = true;
}

/// A call that was under way before the loss says nothing about what comes after it.
void CallMeter::recorded()
{
    if (m_number > m_services.counters.lastUnrecorded)
        m_services.counters.losesCalls = false;
}

void CallMeter::onHead(const ReplyHead &head, bool hasBody)
{
    m_refused = head.status >= firstErrorStatus;
    m_event.status = head.status;
    const std::string_view contentType = find(head.headers, "content-type");
    m_form =
        streamFormOf(contentType, m_event.stream && !m_refused ? m_endpoint.streamForm() : StreamForm::None);
    m_isStream = m_form != StreamForm::None;
    m_event.stream = m_event.stream || m_isStream;
    if (const auto length = find(head.headers, "content-length"); !length.empty()) {
        std::uint64_t bytes = 0;
        if (std::from_chars(length.data(), length.data() + length.size(), bytes).ec == std::errc())
            m_bytesLeft = bytes;
    }
    m_isEncoded = !isPlain(head.headers);
    if (m_endpoint.mayReportUsage() || m_refused) {
        if (auto decoder = makeContentDecoder(listed(head.headers, "content-encoding"))) {
            m_decoder = *std::move(decoder);
            m_extractor = makeUsageExtractor(m_endpoint, head.status, m_form);
            if (m_endpoint.wire == Wire::Bedrock)
                for (const Header &header : head.headers)
                    m_extractor->readHeader(header.name, header.value);
        }
    }
    if (!hasBody || m_bytesLeft == 0U)
        finish();
}

void CallMeter::onStream(std::unique_ptr<UsageExtractor> extractor)
{
    constexpr int ok = 200;
    m_event.status = ok;
    m_event.stream = m_isStream = true;
    m_extractor = std::move(extractor);
}

void CallMeter::onProgress(std::int64_t outputTokens)
{
    if (m_ticket && !m_concluded)
        m_services.journal->progress(*m_ticket, m_event.status, outputTokens);
}

void CallMeter::onFirstBody()
{
    if (m_event.ttftUs < 0)
        m_event.ttftUs = microseconds(std::chrono::steady_clock::now() - m_arrived);
}

bool CallMeter::mayComplete(std::string_view chunk)
{
    if (m_concluded)
        return false;
    if (m_bytesLeft && chunk.size() >= *m_bytesLeft)
        return true;
    if (!isStreamed())
        return false;
    if (m_isEncoded)
        return true; // its end cannot be seen in the encoded bytes
    if (!m_isStream)
        return endsInBracket(chunk);
    std::string border = m_markerTail + std::string(chunk.substr(0, longestMarker));
    const bool found =
        containsEndMarker(m_endpoint.kind, border) || containsEndMarker(m_endpoint.kind, chunk);
    const std::string_view tail =
        chunk.size() >= longestMarker ? chunk.substr(chunk.size() - longestMarker) : border;
    m_markerTail = tail.size() > longestMarker ? tail.substr(tail.size() - longestMarker) : tail;
    return found;
}

std::size_t CallMeter::lookedAtOnce() const
{
    return m_isEncoded && m_decoder && !m_concluded ? encodedAtOnce : std::string_view::npos;
}

bool CallMeter::hasMuchToRead() const
{
    return m_extractor && !m_concluded && m_extractor->unread() > readInAMoment;
}

void CallMeter::look(std::string_view chunk)
{
    if (m_bytesLeft)
        *m_bytesLeft -= std::min<std::uint64_t>(*m_bytesLeft, chunk.size());
    if (!m_extractor || !m_decoder || m_concluded)
        return;
    m_decoded.clear();
    if (const auto decoded = m_decoder->decode(chunk, m_decoded); !decoded) {
        // What cannot be decoded cannot be metered further; what was read before it counts.
        m_decoder.reset();
        m_event.error = "the reply's content encoding: " + decoded.error().message;
    }
    m_extractor->feed(m_decoded);
    if (m_isStream && m_ticket) {
        m_streamEvents += countEvents(m_form, m_decoded);
        m_services.journal->progress(*m_ticket, m_event.status, m_streamEvents);
    }
}

bool CallMeter::sawWhole() const
{
    return (m_bytesLeft && *m_bytesLeft == 0) || (m_extractor && m_extractor->sawEnd());
}

void CallMeter::finishIfSeenWhole()
{
    if (sawWhole())
        finish();
}

/// As events, or as a JSON array.
bool CallMeter::isStreamed() const
{
    return m_isStream || m_endpoint.kind == EndpointKind::StreamGenerateContent;
}

UsageReport CallMeter::report() const
{
    return m_extractor ? m_extractor->finish() : UsageReport();
}

void CallMeter::finish()
{
    if (m_concluded)
        return;
    UsageReport report = this->report();
    const bool failed = report.failed && isStreamed() && !m_refused;
    if (failed)
        m_event.status = status::upstreamBroke;
    takeUsage(std::move(report), failed);
    if (failed && m_event.error.empty())
        m_event.error = "the stream ended in an error";
    conclude();
}

void CallMeter::finishBroken(int status, std::string error, bool billed)
{
    if (m_concluded)
        return;
    m_event.error = std::move(error);
    m_event.status = status;
    if (billed)
        takeUsage(report(), true);
    conclude();
}

/// Of a reply that came whole: whether it may be what the endpoint answers with.
bool CallMeter::isOfTheWire(const UsageReport &report) const
{
    const bool isJson = report.complete || isStreamed();
    return isJson && (report.outputTextBytes > 0 || !m_event.responseModel.empty() ||
                      (hasManyForms(m_endpoint.kind) && !isStreamed()));
}

/// Reported usage where there is any, an estimate where the provider must have billed something and did not
/// say what.
void CallMeter::takeUsage(UsageReport report, bool broken)
{
    using Direction = TokenEstimator::Direction;
    m_secrets.maskName(report.responseId);
    if (!report.error.empty() && (m_event.error.empty() || m_event.status == status::upstreamBroke))
        m_event.error = std::move(report.error);
    if (m_endpoint.kind == EndpointKind::FetchedResponse)
        return takeFetched(std::move(report));
    if (!report.responseModel.empty())
        m_event.responseModel = std::move(report.responseModel);
    m_event.serviceTier = std::move(report.serviceTier);
    m_event.rawUsage = std::move(report.rawUsage);
    m_event.parts = std::move(report.parts);
    if (!m_endpoint.metered())
        return;
    if (report.pending) {
        m_unknownCost = true;
        return m_services.pendingResponses.add(report.responseId, m_event);
    }
    if (report.background && report.reported)
        m_services.pendingResponses.count(report.responseId, m_event.provider);

    const std::string &model = m_event.model();
    const auto output = [&]() -> std::int64_t {
        if (isWithoutText(m_endpoint))
            return 0;
        return m_services.estimator.estimate(model, Direction::Output, report.outputTextBytes);
    };
    if (report.reported) {
        m_event.usage = report.usage;
        m_event.usageSource = UsageSource::Provider;
        if (!report.complete && (broken || m_isStream)) {
            // What a stream reports at its start is not what it had put out when it ended early.
            const std::int64_t seen = output();
            if (seen > m_event.usage.output) {
                m_event.usage.output = seen;
                m_event.usageSource = UsageSource::Estimated;
            }
        } else {
            learn(report);
        }
    } else if (!m_refused && (broken || (m_event.status >= 200 && m_event.status < 300))) {
        if (!broken && m_decoder && !isOfTheWire(report)) {
            m_unknownCost = true;
            return;
        }
        m_event.usage = report.usage;
        m_event.usage.input = estimatedInput(model);
        m_event.usage.output += output();
        m_event.usageSource = UsageSource::Estimated;
    }
}

/// The first fetch that tells what a background response consumed is the event of that work.
void CallMeter::takeFetched(UsageReport report)
{
    if (!report.reported || !report.complete || report.pending)
        return;
    PendingResponses &pending = m_services.pendingResponses;
    auto origin = pending.take(report.responseId, m_event.provider);
    if (!origin && !report.background)
        return; // its own call told its usage
    if (!pending.count(report.responseId, m_event.provider))
        return;
    m_event.endpoint = std::string(Endpoint{.kind = EndpointKind::Responses, .model = {}}.name());
    if (origin && m_event.workflow == "untagged") {
        m_event.workflow = std::move(origin->workflow);
        m_event.feature = std::move(origin->feature);
        m_event.user = std::move(origin->user);
        m_event.session = std::move(origin->session);
    }
    if (origin) {
        m_event.requestModel = std::move(origin->requestModel);
        m_event.sentModel = std::move(origin->sentModel);
        m_event.listModel = std::move(origin->listModel);
    }
    m_event.responseModel = std::move(report.responseModel);
    m_event.serviceTier = std::move(report.serviceTier);
    m_event.rawUsage = std::move(report.rawUsage);
    m_event.usage = report.usage;
    m_event.usageSource = UsageSource::Provider;
}

std::int64_t CallMeter::estimatedInput(const std::string &model) const
{
    return m_promptTokens +
           m_services.estimator.estimate(model, TokenEstimator::Direction::Input, m_promptBytes);
}

void CallMeter::learn(const UsageReport &report)
{
    using Direction = TokenEstimator::Direction;
    const std::string &model = m_event.model();
    m_services.estimator.learn(model, Direction::Input, m_promptBytes, report.usage.input);
    m_services.estimator.learn(model, Direction::Output, report.outputTextBytes, report.usage.output);
}

/// What came over the wire, as an event may hold it.
void CallMeter::keepTidy()
{
    m_secrets.maskReply(m_event);
    for (std::string *const name : {&m_event.requestModel, &m_event.sentModel, &m_event.listModel,
                                    &m_event.responseModel, &m_event.serviceTier})
        *name = cleanText(*name, maxNameBytes);
    for (UsagePart &part : m_event.parts)
        part.model = cleanText(part.model, maxNameBytes);
    if (m_event.rawUsage.size() > maxRawUsageBytes)
        m_event.rawUsage.clear(); // a part of it would be no JSON
    if (!m_event.error.empty())
        m_event.error = cleanText(m_secrets.masked(std::string_view(m_event.error).substr(0, maxErrorRead)),
                                  maxErrorBytes);
}

void CallMeter::conclude()
{
    m_concluded = true;
    keepTidy();
    const auto began = std::chrono::steady_clock::now();
    m_event.latencyUs = microseconds(began - m_arrived);
    if (!m_unknownCost)
        priceEvent(m_event, *m_services.prices.get());
    m_event.overheadUs = microseconds(m_overhead + (std::chrono::steady_clock::now() - began));
    m_services.overheadUs.add(m_event.overheadUs);
    if (!m_ticket)
        return;
    if (auto ended = m_services.journal->end(*m_ticket, m_event); !ended)
        unrecorded(ended.error());
    else
        recorded();
}

} // namespace farthing
