// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/PriceBookKeys.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

namespace farthing {

namespace {

std::string jsonString(std::string_view text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string scaledText(std::int64_t value, std::size_t places)
{
    std::string digits = std::to_string(value);
    if (digits.size() <= places)
        digits.insert(0, places + 1 - digits.size(), '0');
    std::string fraction = digits.substr(digits.size() - places);
    digits.resize(digits.size() - places);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return fraction.empty() ? digits : digits + '.' + fraction;
}

void appendRates(std::string &out, const Rates &rates)
{
    for (const auto &[name, member] : pricekeys::rates)
        if (const auto &price = rates.*member)
            out += ",\"" + std::string(name) + "\":" + pricekeys::perMillionText(*price);
}

std::string dateText(Timestamp t)
{
    const std::string text = formatRfc3339(t);
    return text.ends_with("T00:00:00.000000Z") ? text.substr(0, 10) : text;
}

std::string entryText(const PriceEntry &entry)
{
    std::string out = "{\"provider\":" + jsonString(entry.provider) + ",\"model\":" + jsonString(entry.model);
    if (!entry.aliases.empty()) {
        out += ",\"aliases\":[";
        for (const std::string &alias : entry.aliases)
            out += jsonString(alias) + ',';
        out.back() = ']';
    }
    if (entry.validFrom)
        out += ",\"valid_from\":\"" + dateText(*entry.validFrom) + '"';
    appendRates(out, entry.standard);
    if (!entry.longContext.empty()) {
        out += ",\"long_context\":[";
        for (const LongContextTier &tier : entry.longContext) {
            out += "{\"above_input_tokens\":" + std::to_string(tier.aboveInputTokens);
            if (!tier.serviceTier.empty())
                out += ",\"service_tier\":" + jsonString(tier.serviceTier);
            appendRates(out, tier.rates);
            out += "},";
        }
        out.back() = ']';
    }
    if (!entry.serviceTiers.empty()) {
        out += ",\"service_tiers\":{";
        for (const auto &[name, rates] : entry.serviceTiers) {
            std::string prices;
            appendRates(prices, rates);
            out += jsonString(name) + ":{" + prices.substr(prices.empty() ? 0 : 1) + "},";
        }
        out.back() = '}';
    }
    if (entry.batchPermille)
        out += ",\"batch_factor\":" + pricekeys::factorText(*entry.batchPermille);
    if (entry.perServerToolCall)
        out += ",\"server_tool_call\":" + pricekeys::perCallText(*entry.perServerToolCall);
    if (!entry.source.empty())
        out += ",\"source\":" + jsonString(entry.source);
    return out + '}';
}

} // namespace

namespace pricekeys {

std::string perMillionText(PicoUsd pico)
{
    return scaledText(pico, 6);
}
std::string perCallText(PicoUsd pico)
{
    return scaledText(pico, 12);
}
std::string factorText(std::int32_t permille)
{
    return scaledText(permille, 3);
}

} // namespace pricekeys

std::string serializePriceBook(const PriceBook &book)
{
    std::vector<const PriceEntry *> sorted;
    for (const PriceEntry &entry : book.entries())
        sorted.push_back(&entry);
    std::stable_sort(sorted.begin(), sorted.end(), [](const PriceEntry *a, const PriceEntry *b) {
        return std::tie(a->provider, a->model, a->validFrom) < std::tie(b->provider, b->model, b->validFrom);
    });
    std::string out = "{\n\"version\":" + jsonString(book.version()) +
                      ",\n\"unit\":\"USD per million tokens\",\n\"entries\":[";
    for (std::size_t i = 0; i < sorted.size(); ++i)
        out += (i == 0 ? "\n" : ",\n") + entryText(*sorted[i]);
    return out + "\n]\n}\n";
}

} // namespace farthing
