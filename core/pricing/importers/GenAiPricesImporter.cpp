// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Decimal.h"
#include "core/pricing/ModelName.h"
#include "core/pricing/importers/ImportTools.h"

#include <algorithm>
#include <array>

namespace farthing {

namespace importing {

namespace {

using RateMember = std::optional<PicoUsd> Rates::*;

constexpr int perMillion = -6;
constexpr int perThousand = -3;

constexpr std::array<std::pair<std::string_view, RateMember>, 9> priceKeys{{
    {"input_mtok", &Rates::input},
    {"cache_read_mtok", &Rates::cachedInput},
    {"cache_write_mtok", &Rates::cacheWrite5m},
    {"cache_write_1h_mtok", &Rates::cacheWrite1h},
    {"output_mtok", &Rates::output},
    {"output_reasoning_mtok", &Rates::reasoning},
    {"input_audio_mtok", &Rates::inputAudio},
    {"cache_audio_read_mtok", &Rates::cachedInputAudio},
    {"output_audio_mtok", &Rates::outputAudio},
}};

RateMember memberOf(std::string_view key)
{
    for (const auto &[name, member] : priceKeys)
        if (name == key)
            return member;
    return nullptr;
}

/// Names that a match tree accepts by themselves; false where some of it has no counterpart here.
bool namesOf(const JsonNode &match, std::vector<std::string> &names)
{
    bool whole = match.members.size() == 1;
    for (const auto &[rule, value] : match.members) {
        if ((rule == "equals" || rule == "starts_with") && value.isString()) {
            std::string name = value.text;
            // "gpt-4o-" and "claude-3-haiku@" accept dates behind them; so does the name itself here.
            if (rule == "starts_with")
                name.erase(name.find_last_not_of("-@:") + 1);
            if (!name.empty() && name.find('\0') == std::string::npos)
                names.push_back(name);
        } else if (rule == "or" && value.isArray()) {
            for (const JsonNode &item : value.items)
                whole = namesOf(item, names) && whole;
        } else {
            whole = false;
        }
    }
    return whole;
}

struct TieredPrice
{
    RateMember member = nullptr;
    std::vector<std::pair<std::int64_t, PicoUsd>> steps; ///< from 0
};

struct PriceSet
{
    std::vector<TieredPrice> prices;
    std::optional<PicoUsd> perSearch;
    bool more = false; ///< there were prices beyond tokens and web searches
};

bool readTiers(const JsonNode &node, TieredPrice &price, PriceReader &reader)
{
    const JsonNode *const base = node.find("base");
    const JsonNode *const tiers = node.find("tiers");
    const auto first = base != nullptr ? reader.read(*base, perMillion) : std::nullopt;
    if (!first || tiers == nullptr)
        return false;
    price.steps.emplace_back(0, *first);
    for (const JsonNode &tier : tiers->items) {
        const JsonNode *const start = tier.find("start");
        const JsonNode *const figure = tier.find("price");
        if (start == nullptr || figure == nullptr || !start->isNumber())
            return false;
        const ScaledDecimal from = parseScaledDecimal(start->text, 0);
        const auto pico = reader.read(*figure, perMillion);
        if (from.status != DecimalStatus::Ok || from.value <= 0 || !pico)
            return false;
        price.steps.emplace_back(from.value, *pico);
    }
    std::stable_sort(price.steps.begin(), price.steps.end(),
                     [](auto a, auto b) { return a.first < b.first; });
    return true;
}

PriceSet readPrices(const JsonNode &node, PriceReader &reader)
{
    PriceSet set;
    for (const auto &[key, value] : node.members) {
        if (key == "web_searches_kcount" && value.isNumber()) {
            set.perSearch = reader.read(value, perThousand);
            continue;
        }
        TieredPrice price;
        price.member = memberOf(key);
        if (price.member == nullptr) {
            set.more = true;
        } else if (value.isNumber()) {
            if (const auto pico = reader.read(value, perMillion)) {
                price.steps.emplace_back(0, *pico);
                set.prices.push_back(std::move(price));
            }
        } else if (value.isObject() && readTiers(value, price, reader)) {
            set.prices.push_back(std::move(price));
        } else {
            reader.bad = true;
        }
    }
    return set;
}

void fill(PriceEntry &entry, const PriceSet &set)
{
    std::set<std::int64_t> thresholds;
    for (const TieredPrice &price : set.prices)
        for (const auto &[start, pico] : price.steps)
            thresholds.insert(start);
    for (const std::int64_t threshold : thresholds) {
        Rates rates;
        for (const TieredPrice &price : set.prices)
            for (const auto &[start, pico] : price.steps)
                if (start <= threshold)
                    rates.*price.member = pico;
        if (threshold == 0)
            entry.standard = rates;
        else
            entry.longContext.push_back({threshold, rates, {}});
    }
    entry.perServerToolCall = set.perSearch;
}

class ModelReader
{
public:
    ModelReader(const std::string &provider, const JsonNode &model, const std::string &shown, Collector &out)
        : m_model(model)
        , m_shown(shown)
        , m_out(out)
    {
        m_entry.provider = provider;
        m_entry.source = "genai-prices";
    }

    void read()
    {
        const JsonNode *const id = m_model.find("id");
        const JsonNode *const prices = m_model.find("prices");
        m_entry.model = id->text;
        if (const JsonNode *const match = m_model.find("match");
            match == nullptr || !namesOf(*match, m_entry.aliases))
            m_out.warn(
                m_shown,
                "is also found by rules that have no counterpart here (contains, ends_with, regex, and)");
        if (prices == nullptr || !(prices->isObject() || prices->isArray()))
            return m_out.skip(m_shown, "has no prices");
        if (prices->isObject())
            addEntry(*prices, std::nullopt);
        for (const JsonNode &conditional : prices->items)
            readConditional(conditional);
        if (m_reader.bad)
            return m_out.skip(m_shown, outOfRange);
        if (m_entries.empty())
            return m_out.skip(m_shown, m_reader.noNumber ? unread : notByTokens);
        const bool zero = std::all_of(m_entries.begin(), m_entries.end(),
                                      [](const PriceEntry &e) { return isZero(e.standard); });
        if (zero && !m_entry.model.ends_with(":free"))
            return m_out.skip(m_shown, zeroThroughout);
        if (m_reader.inexact)
            m_out.warn(m_shown, rounded);
        if (m_reader.noNumber)
            m_out.warn(m_shown, unread);
        if (m_more)
            m_out.warn(m_shown, "has prices beyond tokens and web searches, which were left out");
        m_out.add(std::move(m_entries), m_shown);
    }

private:
    void readConditional(const JsonNode &conditional)
    {
        const JsonNode *const prices = conditional.find("prices");
        if (prices == nullptr)
            return;
        const JsonNode *const constraint = conditional.find("constraint");
        if (constraint == nullptr || !constraint->isObject())
            return addEntry(*prices, std::nullopt);
        const JsonNode *const start = constraint->find("start_date");
        const auto from = start != nullptr ? parseRfc3339(start->text) : Result<Timestamp>(Error{"no date"});
        if (!from)
            return m_out.warn(m_shown, "has prices by time of day, which were left out");
        addEntry(*prices, *from);
    }

    void addEntry(const JsonNode &prices, std::optional<Timestamp> validFrom)
    {
        const PriceSet set = readPrices(prices, m_reader);
        m_more = m_more || set.more;
        PriceEntry entry = m_entry;
        entry.validFrom = validFrom;
        fill(entry, set);
        const bool twice = std::any_of(m_entries.begin(), m_entries.end(),
                                       [&](const PriceEntry &e) { return e.validFrom == validFrom; });
        if ((entry.standard.input || entry.standard.output) && !twice)
            m_entries.push_back(std::move(entry));
    }

    const JsonNode &m_model;
    const std::string &m_shown;
    Collector &m_out;
    PriceEntry m_entry;
    std::vector<PriceEntry> m_entries;
    PriceReader m_reader;
    bool m_more = false;
};

} // namespace

Result<PriceImport> readGenAiPrices(const JsonNode &root)
{
    if (!root.isArray())
        return Error{"expected an array of providers"};
    Collector out;
    for (std::size_t i = 0; i < root.items.size(); ++i) {
        const JsonNode *const id = root.items[i].find("id");
        const JsonNode *const models = root.items[i].find("models");
        const std::string place = "provider " + std::to_string(i + 1);
        if (id == nullptr || !id->isString() || id->text.empty() || models == nullptr || !models->isArray())
            return Error{"expected an object with 'id' and 'models'", place};
        for (std::size_t j = 0; j < models->items.size(); ++j) {
            const JsonNode *const model = models->items[j].find("id");
            if (model == nullptr || !model->isString() || model->text.empty() ||
                model->text.find('\0') != std::string::npos)
                return Error{"expected an object with 'id'",
                             place + " (" + id->text + "), model " + std::to_string(j + 1)};
            ModelReader(priceProviderOf(id->text), models->items[j], id->text + "/" + model->text, out)
                .read();
        }
    }
    return out.finish();
}

} // namespace importing

Result<PriceImport> importGenAiPrices(std::string_view json)
{
    const Result<JsonNode> root = parseJsonTree(json);
    return root ? importing::readGenAiPrices(*root) : Result<PriceImport>(root.error());
}

Result<PriceImport> importPrices(std::string_view json)
{
    const Result<JsonNode> root = parseJsonTree(json);
    if (!root)
        return root.error();
    if (root->isArray())
        return importing::readGenAiPrices(*root);
    if (root->find("entries") == nullptr)
        return importing::readLiteLlm(*root);
    const Result<PriceBook> book = parsePriceBook(json);
    if (!book)
        return book.error();
    return PriceImport{book->entries(), {}, {}, true};
}

} // namespace farthing
