// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/RealtimeEvents.h"
#include "core/providers/WebSocketReader.h"
#include "core/proxy/CallMeter.h"

#include <list>
#include <string>

namespace farthing {

/// Makes an event of each response on a connection to OpenAI's Realtime, and of each transcription of what
/// the user said: an intent when it begins, the outcome when it is done.
class RealtimeMeter final : public WebSocketTexts
{
public:
    /// `connection` is the handshake's event, whose tags and model hold for its responses.
    RealtimeMeter(ProxyServices &services, const CostEvent &connection, Secrets secrets);
    ~RealtimeMeter() override = default;

    bool wants(std::string_view head) override;
    void take(const Text &message) override;

    [[nodiscard]] bool hasOpenResponse() const { return !m_open.empty(); }
    /// The connection is over: what is open is recorded with `status`.
    void breakOff(int status, const std::string &reason);

private:
    struct Open
    {
        std::string id;
        RealtimeResponse *response = nullptr; ///< owned by the meter
        CallMeter meter;

        Open(ProxyServices &services, std::string responseId, CostEvent intent, const RequestFacts &facts,
             const Secrets &secrets);
    };
    using OpenResponses = std::list<Open>;

    void begin(const RealtimeEvent &event);
    void end(OpenResponses::iterator open);
    void meterTranscription(const RealtimeEvent &event, std::string_view message);
    void count(const RealtimeEventHead &head, std::uint64_t bytes);
    [[nodiscard]] OpenResponses::iterator find(std::string_view responseId);
    [[nodiscard]] CostEvent draft();

    ProxyServices &m_services;
    CostEvent m_connection;
    Secrets m_secrets;
    std::string m_transcriptionModel;
    std::string m_audioFormat;
    std::int64_t m_conversationTokens = 0; ///< that the last response read and wrote
    OpenResponses m_open;
};

} // namespace farthing
