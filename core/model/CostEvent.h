// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Money.h"
#include "core/base/Time.h"
#include "core/base/Uuid.h"
#include "core/model/PromptAnatomy.h"
#include "core/model/TokenUsage.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace farthing {

enum class Tier : std::uint8_t { Pass, Fast, Full, Batch };
enum class CacheKind : std::uint8_t { None, Exact, Semantic, Coalesced };
enum class UsageSource : std::uint8_t { None, Estimated, Provider };

namespace status {
constexpr int switchedProtocols = 101;
/// The others no HTTP server sends: the call broke off.
constexpr int clientClosed = 499;
constexpr int proxyDied = 598; ///< or was stopped before the reply was whole
constexpr int upstreamBroke = 599;
} // namespace status

/// List cost minus cost, split in the order in which the levers apply. The parts add up to it exactly.
struct Savings
{
    Money responseCache;
    Money tiering;
    Money batching;    ///< batch and service tier
    Money promptCache; ///< cached reads and cache writes; negative where writes cost more than reads saved

    bool operator==(const Savings &) const = default;
    [[nodiscard]] Money total() const { return responseCache + tiering + batching + promptCache; }
};

/// One call that reached an upstream, or was answered in its place. Times are UTC, durations microseconds.
struct CostEvent
{
    Uuid eventId; ///< version 7; its instant is `time`
    Uuid callId;  ///< shared by the attempts of one call
    std::int32_t attempt = 1;
    Timestamp time;       ///< when the request arrived
    std::string provider; ///< the upstream's name
    std::string
        endpoint; ///< semconv operation name, for instance "chat" or "embeddings"; see providers/Endpoint.h
    std::string workflow;
    std::string feature;
    std::string user;
    std::string session;
    std::string requestModel;
    std::string sentModel;
    std::string responseModel;
    Tier tier = Tier::Pass;
    std::int64_t ruleVersion = 0;
    std::int32_t status = 0; ///< what the client got, or one of farthing::status
    bool stream = false;
    CacheKind cache = CacheKind::None;
    TokenUsage usage;
    UsageSource usageSource = UsageSource::None;
    bool priced = false;
    std::optional<Money> cost;     ///< empty where no price is known
    std::optional<Money> listCost; ///< empty where unpriced, or where nothing was delivered
    Savings savings;               ///< zero where there is no list cost
    std::int64_t latencyUs = 0;    ///< request arrived to last byte
    std::int64_t ttftUs = -1;      ///< request arrived to first body byte; -1 where none came
    std::int64_t overheadUs = 0;   ///< inside Farthing, waiting excluded
    bool batch = false;
    std::string error;

    // Beside the row.
    std::string rawUsage;         ///< the provider's usage object as JSON; empty where it sent none
    std::vector<UsagePart> parts; ///< only where more than one model ran
    std::string serviceTier;      ///< as the response reports it
    std::string
        listModel; ///< the model that list cost is computed at: the rule's full model, else requestModel
    std::string priceVersion; ///< names the book and entry the event was billed at
    std::vector<std::pair<std::string, std::string>> tags; ///< free tags
    std::string client;                                    ///< User-Agent
    std::string instance;                                  ///< the proxy that metered it
    PromptAnatomy anatomy;

    bool operator==(const CostEvent &) const = default;

    /// False for errors, broken-off calls and superseded attempts: they have no list cost.
    [[nodiscard]] bool delivered() const
    {
        return (status >= 200 && status < 400) || status == status::switchedProtocols;
    }
    /// The model that answered, else the one sent, else the one asked for: what Dimension::Model groups by,
    /// and what the event is priced at.
    [[nodiscard]] const std::string &model() const
    {
        return !responseModel.empty() ? responseModel : !sentModel.empty() ? sentModel : requestModel;
    }
};

} // namespace farthing
