// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/PriceDiff.h"

#include "core/pricing/ModelName.h"
#include "core/pricing/PriceBookKeys.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace farthing {

namespace {

using Fields = std::map<std::string, std::string>;
using EntryId = std::tuple<std::string, std::string, std::optional<Timestamp>>;

void addRates(Fields &fields, const std::string &prefix, const Rates &rates)
{
    for (const auto &[name, member] : pricekeys::rates)
        if (const auto &price = rates.*member)
            fields[prefix + std::string(name)] = pricekeys::perMillionText(*price);
}

Fields fieldsOf(const PriceEntry &entry)
{
    Fields fields;
    addRates(fields, "", entry.standard);
    for (const auto &[name, rates] : entry.serviceTiers)
        addRates(fields, name + ".", rates);
    for (const LongContextTier &tier : entry.longContext) {
        const std::string serviceTier = tier.serviceTier.empty() ? "" : tier.serviceTier + ".";
        addRates(fields, serviceTier + "above_" + std::to_string(tier.aboveInputTokens) + ".", tier.rates);
    }
    if (entry.batchPermille)
        fields["batch_factor"] = pricekeys::factorText(*entry.batchPermille);
    if (entry.perServerToolCall)
        fields["server_tool_call"] = pricekeys::perCallText(*entry.perServerToolCall);
    std::vector<std::string> aliases = entry.aliases;
    std::sort(aliases.begin(), aliases.end());
    for (const std::string &alias : aliases) {
        std::string &all = fields["aliases"];
        all += (all.empty() ? "" : ", ") + alias;
    }
    return fields;
}

/// In the order of find(): of two entries with one name and date, the first counts.
std::map<EntryId, Fields> byEntry(const PriceBook &book)
{
    std::map<EntryId, Fields> all;
    for (const PriceEntry &entry : book.entries())
        all.try_emplace({entry.provider, splitModelName(entry.model).name, entry.validFrom}, fieldsOf(entry));
    return all;
}

PriceChange change(const EntryId &id, PriceChange::Kind kind)
{
    PriceChange result;
    result.kind = kind;
    std::tie(result.provider, result.model, result.validFrom) = id;
    return result;
}

void compare(const EntryId &id, const Fields &before, const Fields &after, std::vector<PriceChange> &out)
{
    Fields keys = before;
    keys.insert(after.begin(), after.end());
    for (const auto &[key, ignored] : keys) {
        const auto was = before.find(key);
        const auto is = after.find(key);
        if (was != before.end() && is != after.end() && was->second == is->second)
            continue;
        PriceChange changed = change(id, PriceChange::Kind::Changed);
        changed.field = key;
        changed.before = was == before.end() ? "" : was->second;
        changed.after = is == after.end() ? "" : is->second;
        out.push_back(std::move(changed));
    }
}

/// The entry that held until this one begins.
std::map<EntryId, Fields>::const_iterator formerOf(const EntryId &id, const std::map<EntryId, Fields> &all)
{
    auto at = all.lower_bound(id);
    if (at == all.begin())
        return all.end();
    --at;
    const bool sameModel =
        std::get<0>(at->first) == std::get<0>(id) && std::get<1>(at->first) == std::get<1>(id);
    return sameModel ? at : all.end();
}

} // namespace

std::vector<PriceChange> diffPrices(const PriceBook &before, const PriceBook &after)
{
    const auto old = byEntry(before);
    const auto fresh = byEntry(after);
    std::vector<PriceChange> changes;
    auto all = old;
    all.insert(fresh.begin(), fresh.end());
    for (const auto &[id, ignored] : all) {
        const auto was = old.find(id);
        const auto is = fresh.find(id);
        if (was == old.end()) {
            const std::size_t soFar = changes.size();
            if (const auto former = formerOf(id, old); former != old.end())
                compare(id, former->second, is->second, changes);
            if (changes.size() == soFar)
                changes.push_back(change(id, PriceChange::Kind::Added));
        } else if (is == fresh.end())
            changes.push_back(change(id, PriceChange::Kind::Removed));
        else
            compare(id, was->second, is->second, changes);
    }
    return changes;
}

} // namespace farthing
