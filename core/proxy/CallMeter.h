// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/ContentDecoder.h"
#include "core/providers/UsageExtractor.h"
#include "core/proxy/ProxyServices.h"
#include "core/proxy/Secrets.h"
#include "core/proxy/UpstreamClient.h"

#include <chrono>
#include <optional>
#include <tuple>

namespace farthing {

/// Turns one call into one event: the intent before it goes out, the outcome when it ends, exactly once. It
/// only looks; whatever goes wrong in here, the call goes on.
class CallMeter
{
public:
    /// `draft` holds ids, time, tags and models; `arrived` is when the request's head was read; `secrets`
    /// must not show in what is recorded.
    CallMeter(ProxyServices &services, Endpoint endpoint, CostEvent draft, const RequestFacts &facts,
              std::chrono::steady_clock::time_point arrived, Secrets secrets = {});
    ~CallMeter();
    CallMeter(const CallMeter &) = delete;
    CallMeter &operator=(const CallMeter &) = delete;

    [[nodiscard]] const CostEvent &event() const { return m_event; }

    /// Journals the intent. Nothing may go to the upstream before.
    void begin();
    /// `hasBody` is false where the head is all of the reply (HEAD, 204, 304, a length of 0): the outcome is
    /// journalled then.
    void onHead(const ReplyHead &head, bool hasBody);
    /// The reply is a part of what another call streams: `extractor` reads it, fed by its owner.
    void onStream(std::unique_ptr<UsageExtractor> extractor);
    /// What would be recorded if the process died now.
    void onProgress(std::int64_t outputTokens);
    void onFirstBody();
    /// True where this chunk may be what a client takes for the end of its reply. Such a chunk is looked at
    /// before it is relayed, all others after.
    [[nodiscard]] bool mayComplete(std::string_view chunk);
    void look(std::string_view chunk);
    /// How much of a chunk look() takes in a moment: an encoded one may stand for very much more.
    [[nodiscard]] std::size_t lookedAtOnce() const;
    /// All of the body, or a stream's own end.
    [[nodiscard]] bool sawWhole() const;
    /// Whether the outcome takes so long to read that other calls would wait for it; then readAhead() is
    /// called first, on any thread, with nothing else called meanwhile.
    [[nodiscard]] bool hasMuchToRead() const;
    void readAhead() { std::ignore = m_extractor->finish(); }
    /// Journals the outcome where the whole was seen, though the transfer goes on.
    void finishIfSeenWhole();
    /// The reply is whole; a stream that ended in an error is 599. Does nothing where the outcome is
    /// journalled already.
    void finish();
    /// The call broke off; `status` is one of farthing::status, or what the client got instead of a reply.
    /// `billed` where the upstream may have worked on it: then it costs what was reported so far, or an
    /// estimate.
    void finishBroken(int status, std::string error, bool billed);

    void addOverhead(std::chrono::steady_clock::duration time) { m_overhead += time; }

private:
    [[nodiscard]] bool isStreamed() const;
    [[nodiscard]] UsageReport report() const;
    [[nodiscard]] std::int64_t estimatedInput(const std::string &model) const;
    [[nodiscard]] bool isOfTheWire(const UsageReport &report) const;
    void takeUsage(UsageReport report, bool broken);
    void takeFetched(UsageReport report);
    void keepTidy();
    void learn(const UsageReport &report);
    void conclude();
    void unrecorded(const Error &error);
    void recorded();

    ProxyServices &m_services;
    Endpoint m_endpoint;
    CostEvent m_event;
    Secrets m_secrets;
    std::int64_t m_promptBytes;
    std::int64_t m_promptTokens;
    std::chrono::steady_clock::time_point m_arrived;
    std::chrono::steady_clock::duration m_overhead{};
    std::optional<EventJournal::Ticket> m_ticket;
    std::uint64_t m_number = 0; ///< among the calls of this process
    std::unique_ptr<ContentDecoder> m_decoder;
    std::unique_ptr<UsageExtractor> m_extractor;
    std::optional<std::uint64_t> m_bytesLeft; ///< of a reply with a length
    std::string m_decoded;
    std::string m_markerTail;
    std::int64_t m_streamEvents = 0;
    StreamForm m_form = StreamForm::None;
    bool m_isStream = false;
    bool m_isEncoded = false;
    bool m_refused = false;     ///< the head is an error's: nothing was billed but what is reported
    bool m_unknownCost = false; ///< nobody can tell what a reply consumed that succeeded: it is unpriced
    bool m_concluded = false;
};

} // namespace farthing
