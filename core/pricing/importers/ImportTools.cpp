// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/importers/ImportTools.h"

#include "core/base/Decimal.h"
#include "core/pricing/ModelName.h"
#include "core/pricing/PriceBookKeys.h"

#include <algorithm>
#include <tuple>

namespace farthing::importing {

std::optional<PicoUsd> PriceReader::read(const JsonNode &node, int scale10)
{
    if (!node.isNumber() && !node.isString())
        return std::nullopt;
    const ScaledDecimal price = parseScaledDecimal(node.text, 12 + scale10);
    if (price.status == DecimalStatus::Malformed) {
        noNumber = true;
        return std::nullopt;
    }
    const bool readable = price.status == DecimalStatus::Ok || price.status == DecimalStatus::Inexact;
    if (!readable || price.value < 0 || price.value > pricekeys::highestPrice) {
        bad = true;
        return std::nullopt;
    }
    inexact = inexact || price.status == DecimalStatus::Inexact;
    return price.value;
}

void completeFrom(Rates &rates, const Rates &base)
{
    for (const auto &[name, member] : pricekeys::rates)
        if (!(rates.*member))
            rates.*member = base.*member;
}

bool isZero(const Rates &rates)
{
    return std::all_of(pricekeys::rates.begin(), pricekeys::rates.end(),
                       [&](const auto &key) { return (rates.*key.second).value_or(0) == 0; });
}

void Collector::add(std::vector<PriceEntry> entries, const std::string &shownName)
{
    if (entries.empty())
        return;
    if (!m_models.emplace(entries.front().provider, splitModelName(entries.front().model).name).second)
        return skip(shownName, sameModel);
    for (PriceEntry &entry : entries)
        m_import.entries.push_back(std::move(entry));
}

void Collector::skip(const std::string &shownName, std::string_view reason)
{
    m_import.skipped.push_back({shownName, std::string(reason)});
}

void Collector::warn(const std::string &shownName, std::string_view reason)
{
    m_import.warnings.push_back({shownName, std::string(reason)});
}

PriceImport Collector::finish()
{
    std::map<std::pair<std::string, std::string>, std::string> owner;
    for (PriceEntry &entry : m_import.entries) {
        const std::string model = splitModelName(entry.model).name;
        std::set<std::string> seen;
        std::erase_if(entry.aliases, [&](const std::string &alias) {
            const std::string name = splitModelName(alias).name;
            return m_models.contains({entry.provider, name}) || !seen.insert(name).second ||
                   owner.try_emplace({entry.provider, name}, model).first->second != model;
        });
        std::sort(entry.aliases.begin(), entry.aliases.end());
    }
    std::stable_sort(m_import.entries.begin(), m_import.entries.end(), [](const auto &a, const auto &b) {
        return std::tie(a.provider, a.model, a.validFrom) < std::tie(b.provider, b.model, b.validFrom);
    });
    return std::move(m_import);
}

} // namespace farthing::importing
