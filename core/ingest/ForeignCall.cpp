// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/ForeignCall.h"

#include "core/model/semconv.h"
#include "core/pricing/CostCalculator.h"

#include <algorithm>

namespace farthing {

namespace {

constexpr const char *senderPrices = "sender";

void keepSendersCost(CostEvent &event, const PriceBook &book)
{
    if (event.priceVersion.empty())
        event.priceVersion = senderPrices;
    if (event.listCost) {
        completeSavings(event, book);
        return;
    }
    CostEvent priced = event;
    priceEvent(priced, book);
    if (priced.cost == event.cost) {
        event.listCost = priced.listCost;
        event.savings = priced.savings;
    }
}

/// An upstream's name for whose price it is.
std::string upstreamOf(const std::string &seller)
{
    return seller == "google" ? "gemini" : seller;
}

} // namespace

std::string lowerCase(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return text;
}

std::string upstreamOfProvider(std::string name)
{
    name = lowerCase(std::move(name));
    for (const auto &[known, upstream] : semconv::providers)
        if (name == known)
            return std::string(upstream);
    return name;
}

void completeForeignCall(CostEvent &event, GivenFields &given)
{
    if (event.endpoint.empty())
        event.endpoint = semconv::operation::chat;
    if (event.requestModel.empty())
        event.requestModel = event.model();
    if (event.sentModel.empty())
        event.sentModel = event.requestModel;
    if (event.listModel.empty())
        event.listModel = event.requestModel;
    if (!isGiven(given, "usage_source") &&
        (isGiven(given, "input_tokens") || isGiven(given, "output_tokens")))
        event.usageSource = UsageSource::Provider;
    if (isGiven(given, "error") && !isGiven(given, "status")) {
        constexpr int failed = 500;
        event.status = failed;
        markGiven(given, *eventField("status"));
    }
}

void priceIngested(CostEvent &event, const PriceBook &book)
{
    if (event.provider.empty())
        if (const PriceEntry *const entry = book.find({}, event.model(), event.time))
            event.provider = upstreamOf(entry->provider);
    if (event.cost)
        keepSendersCost(event, book);
    else if (event.usageSource != UsageSource::None || !event.delivered())
        priceEvent(event, book);
}

} // namespace farthing
