// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/RealtimeMeter.h"

#include "core/model/endpoints.h"
#include "core/providers/WireText.h"

#include <algorithm>

namespace farthing {

namespace {

constexpr std::size_t openAtMost = 256; ///< of one connection; more than any server runs at once
constexpr std::size_t longestTag = 256;

Endpoint responseEndpoint()
{
    return {.kind = EndpointKind::Responses, .model = {}};
}

void fill(std::string &tag, const std::string &value)
{
    if (!value.empty())
        tag = cleanText(value, longestTag);
}

} // namespace

RealtimeMeter::Open::Open(ProxyServices &services, std::string responseId, CostEvent intent,
                          const RequestFacts &facts, const Secrets &secrets)
    : id(std::move(responseId))
    , meter(services, responseEndpoint(), std::move(intent), facts, std::chrono::steady_clock::now(), secrets)
{}

RealtimeMeter::RealtimeMeter(ProxyServices &services, const CostEvent &connection, Secrets secrets)
    : m_services(services)
    , m_connection(connection)
    , m_secrets(std::move(secrets))
{}

bool RealtimeMeter::wants(std::string_view head)
{
    return RealtimeEventHead::read(head).isWorthReading();
}

void RealtimeMeter::take(const Text &message)
{
    using Kind = RealtimeEvent::Kind;
    const RealtimeEventHead head = RealtimeEventHead::read(message.text);
    if (!message.isWhole && !head.isWorthReading())
        return count(head, message.size);
    const RealtimeEvent event = RealtimeEvent::read(message.text);
    switch (event.kind) {
    case Kind::Session:
        fill(m_connection.responseModel, event.model);
        fill(m_transcriptionModel, event.transcriptionModel);
        fill(m_audioFormat, event.audioFormat);
        if (m_connection.session.empty())
            fill(m_connection.session, event.sessionId);
        break;
    case Kind::ResponseBegins:
        begin(event);
        if (const auto open = find(event.responseId); open != m_open.end())
            open->response->feed(message.text);
        break;
    case Kind::ResponseEnds:
        if (find(event.responseId) == m_open.end())
            begin(event); // before this connection joined the session
        if (const auto open = find(event.responseId); open != m_open.end()) {
            open->response->feed(message.text);
            end(open);
        }
        break;
    case Kind::Transcription:
        meterTranscription(event, message.text);
        break;
    case Kind::Other:
        break;
    }
}

CostEvent RealtimeMeter::draft()
{
    CostEvent event = m_connection;
    event.time = m_services.clock.now();
    event.eventId = m_services.ids.make(event.time);
    event.callId = event.eventId;
    return event;
}

void RealtimeMeter::begin(const RealtimeEvent &event)
{
    if (find(event.responseId) != m_open.end())
        return;
    if (m_open.size() >= openAtMost) {
        m_open.front().meter.finishBroken(status::upstreamBroke, "its end was not seen", true);
        m_open.pop_front();
    }
    CostEvent intent = draft();
    intent.endpoint = std::string(responseEndpoint().name());
    if (intent.workflow == "untagged")
        fill(intent.workflow, event.workflow);
    if (intent.feature.empty())
        fill(intent.feature, event.feature);
    if (intent.user.empty())
        fill(intent.user, event.user);
    RequestFacts facts;
    facts.promptTokens = m_conversationTokens;
    auto response = std::make_unique<RealtimeResponse>(m_audioFormat);
    Open &open = m_open.emplace_back(m_services, event.responseId, std::move(intent), facts, m_secrets);
    open.response = response.get();
    open.meter.begin();
    open.meter.onStream(std::move(response));
    open.meter.onProgress(0);
}

void RealtimeMeter::end(OpenResponses::iterator open)
{
    open->meter.finish();
    const TokenUsage &usage = open->meter.event().usage;
    if (open->meter.event().usageSource == UsageSource::Provider)
        m_conversationTokens = usage.input + usage.output;
    m_open.erase(open);
}

/// One that is billed by its length has no tokens, and no price that could be known.
void RealtimeMeter::meterTranscription(const RealtimeEvent &event, std::string_view message)
{
    CostEvent intent = draft();
    intent.endpoint = std::string(endpoint::audio);
    intent.requestModel = intent.sentModel = intent.listModel = m_transcriptionModel;
    intent.responseModel.clear();
    const EndpointKind kind = event.billsTokens ? EndpointKind::Responses : EndpointKind::Audio;
    CallMeter meter(m_services, {.kind = kind, .model = {}}, std::move(intent), RequestFacts(),
                    std::chrono::steady_clock::now(), m_secrets);
    meter.begin();
    auto extractor = std::make_unique<RealtimeResponse>(std::string_view());
    extractor->feed(message);
    meter.onStream(std::move(extractor));
    meter.finish();
}

void RealtimeMeter::count(const RealtimeEventHead &head, std::uint64_t bytes)
{
    if (m_open.empty() || !head.type.ends_with(".delta"))
        return;
    auto open = find(head.responseId);
    if (open == m_open.end())
        open = std::prev(m_open.end());
    open->meter.onFirstBody();
    open->response->count(head.type, bytes);
    open->meter.onProgress(open->response->outputTokens());
}

RealtimeMeter::OpenResponses::iterator RealtimeMeter::find(std::string_view responseId)
{
    return std::ranges::find_if(m_open, [responseId](const Open &open) { return open.id == responseId; });
}

void RealtimeMeter::breakOff(int status, const std::string &reason)
{
    for (Open &open : m_open)
        open.meter.finishBroken(status, reason, true);
    m_open.clear();
}

} // namespace farthing
