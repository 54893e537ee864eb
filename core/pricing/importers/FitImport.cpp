// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/ModelName.h"
#include "core/pricing/PriceBookKeys.h"
#include "core/pricing/importers/ImportTools.h"

#include <algorithm>
#include <iterator>

namespace farthing {

namespace {

using importing::completeFrom;

bool startsBy(const PriceEntry &entry, Timestamp at)
{
    return !entry.validFrom || *entry.validFrom <= at;
}

/// Whether no price that both state is another.
bool agree(const Rates &a, const Rates &b)
{
    return std::all_of(pricekeys::rates.begin(), pricekeys::rates.end(), [&](const auto &key) {
        const auto &one = a.*key.second;
        const auto &other = b.*key.second;
        return !one || !other || *one == *other;
    });
}

bool hasTier(const PriceEntry &entry, std::string_view name)
{
    return std::any_of(entry.serviceTiers.begin(), entry.serviceTiers.end(),
                       [&](const auto &tier) { return tier.first == name; });
}

/// What the file does not state and the entry below does. A factor and the price of a search do not depend on
/// the tokens' price; amounts per token only hold on beside the same standard price.
void carryOver(PriceEntry &entry, const PriceEntry &below)
{
    if (!entry.batchPermille && !hasTier(entry, "batch"))
        entry.batchPermille = below.batchPermille;
    if (!entry.perServerToolCall)
        entry.perServerToolCall = below.perServerToolCall;
    if (!agree(entry.standard, below.standard))
        return;
    completeFrom(entry.standard, below.standard);
    const bool lengthStated = !entry.longContext.empty();
    for (const LongContextTier &tier : below.longContext)
        if (tier.serviceTier.empty() ? !lengthStated : !hasTier(entry, tier.serviceTier))
            entry.longContext.push_back(tier);
    std::stable_sort(entry.longContext.begin(), entry.longContext.end(),
                     [](const auto &a, const auto &b) { return a.aboveInputTokens < b.aboveInputTokens; });
    for (const auto &[name, rates] : below.serviceTiers)
        if (!hasTier(entry, name) && (name != "batch" || !entry.batchPermille))
            entry.serviceTiers.emplace_back(name, rates);
}

/// All entries of one model, by date.
using History = std::vector<const PriceEntry *>;

const PriceEntry *inForce(const History &history, Timestamp at)
{
    const PriceEntry *found = nullptr;
    for (const PriceEntry *entry : history)
        if (startsBy(*entry, at))
            found = entry;
    return found;
}

class Fitting
{
public:
    Fitting(const PriceBook &current, Timestamp asOf)
        : m_current(current)
        , m_asOf(asOf)
    {
        for (const PriceEntry &entry : current.entries())
            m_histories[{entry.provider, splitModelName(entry.model).name}].push_back(&entry);
        for (auto &[model, history] : m_histories)
            std::stable_sort(history.begin(), history.end(), [](const PriceEntry *a, const PriceEntry *b) {
                return a->validFrom < b->validFrom;
            });
    }

    /// `entries` are those of one model, by date.
    void fit(std::vector<PriceEntry> entries, PriceImport &out) const
    {
        const auto [history, known] = historyOf(entries.front());
        const bool alone = entries.size() == 1;
        for (PriceEntry &entry : entries)
            if (const PriceEntry *const below =
                    inForce(history, entry.validFrom.value_or(alone ? m_asOf : Timestamp::min())))
                carryOver(entry, *below);
        if (known == Known::Not) {
            std::move(entries.begin(), entries.end(), std::back_inserter(out.entries));
            return;
        }
        Timestamp last = m_asOf;
        if (alone && !entries.front().validFrom)
            keepPast(entries.front(), history, known, out);
        else
            last = std::max(last, entries.back().validFrom.value_or(m_asOf));
        const PriceEntry named = entries.front();
        std::move(entries.begin(), entries.end(), std::back_inserter(out.entries));
        for (const PriceEntry *const later : history)
            if (!startsBy(*later, last))
                keep(*later, named, known, out);
    }

private:
    /// By a name of its own, by an alias, or by a name that only a date tells from it.
    enum class Known { ByName, ByAlias, Not };

    [[nodiscard]] std::pair<History, Known> historyOf(const PriceEntry &entry) const
    {
        const std::string name = splitModelName(entry.model).name;
        if (const auto own = m_histories.find({entry.provider, name}); own != m_histories.end())
            return {own->second, Known::ByName};
        const PriceEntry *const found = m_current.find(entry.provider, entry.model, Timestamp::max());
        if (found == nullptr || found->provider != entry.provider)
            return {{}, Known::Not};
        const bool alias = std::any_of(found->aliases.begin(), found->aliases.end(),
                                       [&](const auto &other) { return splitModelName(other).name == name; });
        return {m_histories.at({found->provider, splitModelName(found->model).name}),
                alias ? Known::ByAlias : Known::Not};
    }

    /// A price without a date is today's: it goes on where it is the one known, else begins with the day.
    void keepPast(PriceEntry &entry, const History &history, Known known, PriceImport &out) const
    {
        const PriceEntry *const below = inForce(history, m_asOf);
        if (below == nullptr)
            return;
        const bool goesOn = agree(entry.standard, below->standard);
        entry.validFrom = goesOn ? below->validFrom : m_asOf;
        if (entry.aliases.empty() && known == Known::ByName)
            entry.aliases = below->aliases;
        for (const PriceEntry *const past : history) {
            if (!startsBy(*past, m_asOf) || past->validFrom == entry.validFrom)
                continue;
            if (!goesOn && agree(entry.standard, past->standard))
                out.warnings.push_back(
                    {entry.provider + "/" + entry.model, std::string(importing::wentBack)});
            if (known == Known::ByAlias) // under its own name it stays where it is
                keep(*past, entry, known, out);
        }
    }

    static void keep(const PriceEntry &entry, const PriceEntry &named, Known known, PriceImport &out)
    {
        PriceEntry copy = entry;
        if (known == Known::ByAlias) {
            copy.model = named.model;
            copy.aliases.clear();
        }
        out.entries.push_back(std::move(copy));
    }

    const PriceBook &m_current;
    Timestamp m_asOf;
    std::map<std::pair<std::string, std::string>, History> m_histories;
};

} // namespace

PriceImport fitImport(PriceImport imported, const PriceBook &current, Timestamp asOf)
{
    if (imported.wholeModels)
        return imported;
    const Fitting fitting(current, std::chrono::floor<std::chrono::days>(asOf));
    std::map<std::pair<std::string, std::string>, std::vector<PriceEntry>> models;
    for (PriceEntry &entry : imported.entries) {
        std::pair id(entry.provider, splitModelName(entry.model).name);
        models[std::move(id)].push_back(std::move(entry));
    }
    PriceImport fitted{{}, std::move(imported.skipped), std::move(imported.warnings)};
    for (auto &[model, entries] : models)
        fitting.fit(std::move(entries), fitted);
    return fitted;
}

} // namespace farthing
