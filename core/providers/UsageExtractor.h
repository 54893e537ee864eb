// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"
#include "core/providers/Endpoint.h"
#include "core/providers/StreamForm.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// What a reply says it consumed.
struct UsageReport
{
    TokenUsage usage;      ///< in the event's whole-and-parts rule; sum of `parts` where those are present
    bool reported = false; ///< the provider gave a usage object
    bool complete = false; ///< the whole body, or all that a stream has to say about its usage, was seen
    bool failed = false;   ///< it says that the call failed: an error, a failed response
    std::vector<UsagePart> parts; ///< Anthropic `usage.iterations` where they ran on more than one model
    bool pending = false;         ///< a background response: its usage is told when it is fetched
    bool background = false;      ///< the provider says that it is the reply of background work
    std::string responseId;       ///< of the Responses API
    std::string responseModel;
    std::string serviceTier;
    std::string rawUsage; ///< the provider's usage JSON as it came (a stream: the last one, merged with
                          ///< message_start)
    std::string error;    ///< the provider's "code: message", in a body or as a stream event
    std::int64_t outputTextBytes =
        0; ///< text, tool arguments and reasoning received, for an estimate of what was not reported
};

/// Reads a reply as it passes, in any cut. One per call; fed with decoded bytes (see ContentDecoder), never
/// throws, tolerates anything, bounded memory: a stream keeps one event, a body is kept whole up to the
/// limit.
class UsageExtractor
{
public:
    UsageExtractor() = default;
    virtual ~UsageExtractor() = default;
    UsageExtractor(const UsageExtractor &) = delete;
    UsageExtractor &operator=(const UsageExtractor &) = delete;

    /// Takes one of the reply's headers, ahead of the body: Bedrock reports tokens there.
    virtual void readHeader(std::string_view name, std::string_view value)
    {
        (void)name;
        (void)value;
    }
    virtual void feed(std::string_view decoded) = 0;
    /// True once a stream's own end has been fed: nothing that changes the usage can follow. Wires whose last
    /// event looks like those before it have none but the end of the transfer.
    [[nodiscard]] virtual bool sawEnd() const = 0;
    /// How many bytes finish() has to read before it can tell; where they are many, it is first called on a
    /// thread that may be held up.
    [[nodiscard]] virtual std::size_t unread() const { return 0; }
    /// The report of what was fed so far; valid after any cut.
    [[nodiscard]] virtual UsageReport finish() = 0;
};

std::unique_ptr<UsageExtractor> makeUsageExtractor(const Endpoint &endpoint, int httpStatus, StreamForm form);

} // namespace farthing
