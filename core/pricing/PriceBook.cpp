// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/PriceBook.h"

#include "core/pricing/ModelName.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace farthing {

namespace {

constexpr std::size_t soldByMany = std::numeric_limits<std::size_t>::max();

std::string key(std::string_view provider, std::string_view name)
{
    std::string text;
    text.reserve(provider.size() + 1 + name.size());
    text.append(provider).push_back('\0');
    return text.append(name);
}

std::string lower(std::string_view s)
{
    return splitModelName(s).name;
}

bool newer(const PriceEntry &a, const PriceEntry &b)
{
    return a.validFrom && (!b.validFrom || *a.validFrom > *b.validFrom);
}

} // namespace

PriceBook::PriceBook(std::string version, std::vector<PriceEntry> entries)
    : m_version(std::move(version))
    , m_entries(std::move(entries))
{
    m_labels.reserve(m_entries.size());
    for (const PriceEntry &entry : m_entries) {
        const std::string since = entry.validFrom ? "@" + formatRfc3339(*entry.validFrom).substr(0, 10) : "";
        m_labels.push_back(m_version + ':' + entry.provider + '/' + entry.model + since);
    }
    for (std::size_t i = 0; i < m_entries.size(); ++i)
        indexEntry(i);
    for (const bool makers : {true, false})
        for (std::size_t model = 0; model < m_models.size(); ++model)
            if (isMade(model) == makers)
                indexForAnyone(model, makers);
    for (std::vector<std::size_t> &model : m_models)
        std::stable_sort(model.begin(), model.end(),
                         [this](std::size_t a, std::size_t b) { return newer(m_entries[a], m_entries[b]); });
}

void PriceBook::indexEntry(std::size_t entry)
{
    const PriceEntry &e = m_entries[entry];
    const std::string name = lower(e.model);
    const auto [it, fresh] = m_byName.try_emplace(key(e.provider, name), m_models.size());
    if (fresh)
        m_models.emplace_back();
    const std::size_t model = it->second;
    m_models[model].push_back(entry);
    for (const std::string &alias : e.aliases) {
        m_byAlias.try_emplace(key(e.provider, lower(alias)), model);
    }
}

bool PriceBook::isMade(std::size_t model) const
{
    const PriceEntry &entry = m_entries[m_models[model].front()];
    return isMakerOf(entry.provider, splitModelName(entry.model).name);
}

void PriceBook::indexForAnyone(std::size_t model, bool maker)
{
    // A name with two makers, or with none and two sellers, says nothing about its price.
    const auto claim = [&](Index &index, const std::string &name) {
        const auto [it, fresh] = index.try_emplace(key({}, lower(name)), model);
        if (fresh || it->second == model)
            return;
        const bool made = it->second == soldByMany || isMade(it->second);
        if (maker || !made)
            it->second = soldByMany;
    };
    for (const std::size_t entry : m_models[model]) {
        claim(m_byName, m_entries[entry].model);
        for (const std::string &alias : m_entries[entry].aliases)
            claim(m_byAlias, alias);
    }
}

std::optional<std::size_t> PriceBook::modelByName(std::string_view provider, std::string_view name) const
{
    const std::string wanted = key(provider, name);
    for (const Index *index : {&m_byName, &m_byAlias})
        if (const auto it = index->find(wanted); it != index->end())
            return it->second == soldByMany ? std::nullopt : std::optional(it->second);
    return std::nullopt;
}

std::optional<std::size_t> PriceBook::modelByDatedName(std::string_view provider, std::string_view name) const
{
    if (const auto model = modelByName(provider, name))
        return model;
    for (const std::string &prefix : datedPrefixes(name))
        if (const auto model = modelByName(provider, prefix))
            return model;
    return std::nullopt;
}

const PriceEntry *PriceBook::inForce(std::size_t model, Timestamp at) const
{
    for (const std::size_t entry : m_models[model])
        if (!m_entries[entry].validFrom || *m_entries[entry].validFrom <= at)
            return &m_entries[entry];
    return nullptr;
}

const PriceEntry *PriceBook::find(std::string_view provider, std::string_view model, Timestamp at) const
{
    if (model.empty())
        return nullptr;
    // Nearly every call names its model as the table does: one look, before the name is taken apart.
    const auto sellers = priceProvidersOf(provider);
    if (const auto known = modelByName(sellers.empty() ? provider : sellers.front(), model);
        known && !provider.empty())
        return inForce(*known, at);

    const ModelName wanted = splitModelName(model);
    const auto sold = [this](std::string_view seller, std::string_view name) {
        const auto providers = priceProvidersOf(seller);
        if (providers.empty())
            return seller.empty() ? std::nullopt : modelByDatedName(seller, name);
        for (const std::string_view candidate : providers)
            if (const auto found = modelByDatedName(candidate, name))
                return found;
        return std::optional<std::size_t>();
    };

    const std::string upstream = splitModelName(provider).name;
    std::optional<std::size_t> found = sold(upstream, wanted.name);
    if (!found && !sellsAtItsOwnPrices(upstream)) {
        if (!wanted.vendor.empty())
            found = sold(wanted.vendor, wanted.bare);
        if (!found)
            found = modelByDatedName({}, wanted.name);
        if (!found && !wanted.vendor.empty() && priceProvidersOf(wanted.vendor).empty())
            found = modelByDatedName({}, wanted.bare);
    }
    return found ? inForce(*found, at) : nullptr;
}

const std::string &PriceBook::labelOf(const PriceEntry &entry) const
{
    return m_labels[static_cast<std::size_t>(&entry - m_entries.data())];
}

std::shared_ptr<const PriceBook> overlay(const PriceBook &base, const PriceBook &local)
{
    constexpr Timestamp ever = Timestamp::min();
    std::map<std::pair<std::string, std::string>, Timestamp> replacedFrom;
    std::map<std::pair<std::string, std::string>, std::string> claimed; // a local alias, and whose it is
    for (const PriceEntry &entry : local.entries()) {
        const Timestamp from = entry.validFrom.value_or(ever);
        const auto [it, fresh] = replacedFrom.try_emplace({entry.provider, lower(entry.model)}, from);
        it->second = std::min(it->second, from);
        for (const std::string &alias : entry.aliases)
            claimed.try_emplace({entry.provider, lower(alias)}, lower(entry.model));
    }

    std::vector<PriceEntry> entries = local.entries();
    std::map<std::pair<std::string, std::string>, std::set<std::string>> aliases;
    for (PriceEntry entry : base.entries()) {
        std::erase_if(entry.aliases, [&](const std::string &alias) {
            const auto owner = claimed.find({entry.provider, lower(alias)});
            return owner != claimed.end() && owner->second != lower(entry.model);
        });
        const std::pair id(entry.provider, lower(entry.model));
        const auto replaced = replacedFrom.find(id);
        if (replaced == replacedFrom.end() || entry.validFrom.value_or(ever) < replaced->second)
            entries.push_back(std::move(entry));
        else
            aliases[id].insert(entry.aliases.begin(), entry.aliases.end());
    }
    for (std::size_t i = 0; i < local.entries().size(); ++i)
        if (const auto it = aliases.find({entries[i].provider, lower(entries[i].model)});
            it != aliases.end() && entries[i].aliases.empty())
            entries[i].aliases.assign(it->second.begin(), it->second.end());
    return std::make_shared<const PriceBook>(base.version() + "+local." + local.version(),
                                             std::move(entries));
}

} // namespace farthing
