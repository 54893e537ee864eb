// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Decimal.h"
#include "core/base/JsonTree.h"
#include "core/pricing/ModelName.h"
#include "core/pricing/PriceBookKeys.h"

#include <algorithm>
#include <map>

namespace farthing {

namespace {

/// Turns nodes into entries. The first thing wrong ends the reading: every function returns false from there
/// on, and `error` holds the place.
class BookReader
{
public:
    explicit BookReader(std::string_view text)
        : m_text(text)
    {}

    bool readBook(const JsonNode &root);

    Error error;
    std::string version;
    std::vector<PriceEntry> entries;

private:
    bool fail(const JsonNode &node, const std::string &message)
    {
        error = {message, placeInText(m_text, node.offset) + (m_entry.empty() ? "" : ", entry " + m_entry)};
        return false;
    }

    bool readEntry(const JsonNode &node);
    bool readField(const std::string &key, const JsonNode &node, PriceEntry &entry);
    bool readString(const JsonNode &node, const std::string &key, std::string &out);
    bool readAliases(const JsonNode &node, PriceEntry &entry);
    bool readValidFrom(const JsonNode &node, PriceEntry &entry);
    bool readServiceTiers(const JsonNode &node, PriceEntry &entry);
    bool readLongContext(const JsonNode &node, PriceEntry &entry);
    bool readRates(const JsonNode &node, Rates &rates);
    bool readPrice(const JsonNode &node, const std::string &key, int scale, std::optional<PicoUsd> &out);
    bool readRate(const std::string &key, const JsonNode &node, Rates &rates, bool &known);
    bool readBatchFactor(const JsonNode &node, PriceEntry &entry);
    bool checkAliases(const JsonNode &node, const PriceEntry &entry);
    bool add(const JsonNode &node, PriceEntry &&entry);
    bool checkKeysOnce(const JsonNode &node);

    struct Seen
    {
        std::string written;
        std::size_t offset;
        std::size_t index;
    };

    std::string_view m_text;
    std::string m_entry;
    std::map<std::string, Seen> m_seen;
    std::map<std::string, std::string> m_aliasOf;
};

bool BookReader::checkKeysOnce(const JsonNode &node)
{
    const JsonMember *const again = node.repeated();
    return again == nullptr || fail(again->value, "'" + again->name + "' appears twice");
}

bool BookReader::readString(const JsonNode &node, const std::string &key, std::string &out)
{
    if (!node.isString() || node.text.empty() || node.text.find('\0') != std::string::npos)
        return fail(node, "'" + key + "' must be a string that is not empty");
    out = node.text;
    return true;
}

bool BookReader::readPrice(const JsonNode &node, const std::string &key, int scale,
                           std::optional<PicoUsd> &out)
{
    if (!node.isNumber())
        return fail(node, "'" + key + "' must be a number of USD");
    const Result<PicoUsd> price = parsePicoUsd(node.text, scale);
    if (!price)
        return fail(node, "'" + key + "': " + price.error().message);
    if (*price < 0 || *price > pricekeys::highestPrice)
        return fail(node, "'" + key + "' must lie between 0 and 1 USD a token or call");
    out = *price;
    return true;
}

bool BookReader::readRate(const std::string &key, const JsonNode &node, Rates &rates, bool &known)
{
    for (const auto &[name, member] : pricekeys::rates)
        if (name == key) {
            known = true;
            return readPrice(node, key, pricekeys::perMillion, rates.*member);
        }
    known = false;
    return true;
}

bool BookReader::readRates(const JsonNode &node, Rates &rates)
{
    if (!node.isObject())
        return fail(node, "expected an object of prices");
    for (const auto &[key, value] : node.members) {
        bool known = false;
        if (!readRate(key, value, rates, known))
            return false;
        if (!known)
            return fail(value, "unknown key '" + key + "' among the prices");
    }
    return checkKeysOnce(node);
}

bool BookReader::readAliases(const JsonNode &node, PriceEntry &entry)
{
    if (!node.isArray())
        return fail(node, "'aliases' must be an array of strings");
    for (const JsonNode &item : node.items) {
        std::string alias;
        if (!readString(item, "aliases", alias))
            return false;
        entry.aliases.push_back(alias);
    }
    return true;
}

bool BookReader::readValidFrom(const JsonNode &node, PriceEntry &entry)
{
    std::string text;
    if (!readString(node, "valid_from", text))
        return false;
    const Result<Timestamp> time = parseRfc3339(text);
    if (!time)
        return fail(node, "'valid_from' must be a date or an RFC 3339 time: " + time.error().message);
    entry.validFrom = *time;
    return true;
}

bool BookReader::readBatchFactor(const JsonNode &node, PriceEntry &entry)
{
    const ScaledDecimal factor = node.isNumber() ? parseScaledDecimal(node.text, 3) : ScaledDecimal();
    if (factor.status != DecimalStatus::Ok || factor.value < 0 || factor.value > 10'000)
        return fail(node, "'batch_factor' must be a number from 0 to 10 with at most three decimal places");
    entry.batchPermille = static_cast<std::int32_t>(factor.value);
    return true;
}

bool BookReader::readServiceTiers(const JsonNode &node, PriceEntry &entry)
{
    if (!node.isObject())
        return fail(node, "'service_tiers' must be an object of tiers");
    for (const auto &[name, value] : node.members) {
        if (name.empty())
            return fail(value, "a service tier needs a name");
        entry.serviceTiers.emplace_back(name, Rates());
        if (!readRates(value, entry.serviceTiers.back().second))
            return false;
    }
    return checkKeysOnce(node);
}

bool BookReader::readLongContext(const JsonNode &node, PriceEntry &entry)
{
    if (!node.isArray())
        return fail(node, "'long_context' must be an array of tiers");
    for (const JsonNode &item : node.items) {
        LongContextTier tier;
        const JsonNode *const above = item.find("above_input_tokens");
        const ScaledDecimal tokens =
            above != nullptr && above->isNumber() ? parseScaledDecimal(above->text, 0) : ScaledDecimal();
        if (tokens.status != DecimalStatus::Ok || tokens.value <= 0)
            return fail(above != nullptr ? *above : item,
                        "'above_input_tokens' must be a whole number above 0");
        tier.aboveInputTokens = tokens.value;
        for (const auto &[key, value] : item.members) {
            bool known = key == "above_input_tokens";
            if (key == "service_tier") {
                known = true;
                if (!readString(value, key, tier.serviceTier))
                    return false;
            } else if (!known && !readRate(key, value, tier.rates, known)) {
                return false;
            }
            if (!known)
                return fail(value, "unknown key '" + key + "' in a long-context tier");
        }
        if (!checkKeysOnce(item))
            return false;
        entry.longContext.push_back(std::move(tier));
    }
    std::stable_sort(entry.longContext.begin(), entry.longContext.end(),
                     [](const auto &a, const auto &b) { return a.aboveInputTokens < b.aboveInputTokens; });
    return true;
}

bool BookReader::readField(const std::string &key, const JsonNode &node, PriceEntry &entry)
{
    if (key == "provider") {
        if (!readString(node, key, entry.provider))
            return false;
        entry.provider = priceProviderOf(entry.provider);
        return true;
    }
    if (key == "model")
        return readString(node, key, entry.model);
    if (key == "source")
        return readString(node, key, entry.source);
    if (key == "aliases")
        return readAliases(node, entry);
    if (key == "valid_from")
        return readValidFrom(node, entry);
    if (key == "batch_factor")
        return readBatchFactor(node, entry);
    if (key == "service_tiers")
        return readServiceTiers(node, entry);
    if (key == "long_context")
        return readLongContext(node, entry);
    if (key == "server_tool_call")
        return readPrice(node, key, 0, entry.perServerToolCall);
    bool known = false;
    if (!readRate(key, node, entry.standard, known))
        return false;
    return known || fail(node, "unknown key '" + key + "'");
}

bool BookReader::checkAliases(const JsonNode &node, const PriceEntry &entry)
{
    const std::string model = splitModelName(entry.model).name;
    for (const std::string &alias : entry.aliases) {
        const auto [it, fresh] =
            m_aliasOf.try_emplace(entry.provider + '\0' + splitModelName(alias).name, model);
        if (!fresh && it->second != model)
            return fail(node, "alias '" + alias + "' belongs to '" + it->second + "' already");
    }
    return true;
}

/// A model can be written in several ways ("gemini" and "google", a fine-tuned one with its owners): they are
/// one entry, provided that they have one price.
bool BookReader::add(const JsonNode &node, PriceEntry &&entry)
{
    const std::string since = entry.validFrom ? formatRfc3339(*entry.validFrom) : "";
    const std::string key = entry.provider + '\0' + splitModelName(entry.model).name + '\0' + since;
    const auto [seen, fresh] = m_seen.try_emplace(key, Seen{m_entry, node.offset, entries.size()});
    if (fresh) {
        entries.push_back(std::move(entry));
        return true;
    }
    if (seen->second.written == m_entry)
        return fail(node, "this model has two entries" + (since.empty() ? "" : " valid from " + since));
    PriceEntry &first = entries[seen->second.index];
    first.aliases.insert(first.aliases.end(), entry.aliases.begin(), entry.aliases.end());
    entry.provider = first.provider;
    entry.model = first.model;
    entry.aliases = first.aliases;
    entry.source = first.source;
    const Seen &other = seen->second;
    return entry == first ||
           fail(node, "the same model as " + other.written + " at " + placeInText(m_text, other.offset) +
                          ", with another price" + (since.empty() ? "" : " from " + since));
}

bool BookReader::readEntry(const JsonNode &node)
{
    if (!node.isObject())
        return fail(node, "an entry must be an object");
    PriceEntry entry;
    const JsonNode *const provider = node.find("provider");
    const JsonNode *const model = node.find("model");
    if (provider == nullptr || model == nullptr)
        return fail(node, "an entry needs 'provider' and 'model'");
    m_entry = provider->text + "/" + model->text;
    for (const auto &[key, value] : node.members)
        if (!readField(key, value, entry))
            return false;
    if (!checkKeysOnce(node) || !checkAliases(node, entry))
        return false;
    if (!entry.standard.input && !entry.standard.output && !entry.perServerToolCall)
        return fail(node, "an entry needs 'input', 'output' or 'server_tool_call'");
    if (!add(node, std::move(entry)))
        return false;
    m_entry.clear();
    return true;
}

bool BookReader::readBook(const JsonNode &root)
{
    if (!root.isObject())
        return fail(root, "expected an object with 'version' and 'entries'");
    const JsonNode *list = nullptr;
    for (const auto &[key, value] : root.members) {
        if (key == "entries") {
            list = &value;
        } else if (key == "version") {
            if (value.type != JsonNode::Type::Number && !readString(value, key, version))
                return false;
            version = value.text;
        } else if (key == "unit") {
            if (value.text != "USD per million tokens")
                return fail(value, "'unit' must be \"USD per million tokens\"");
        } else {
            return fail(value, "unknown key '" + key + "'");
        }
    }
    if (version.empty() || list == nullptr || !list->isArray())
        return fail(list != nullptr ? *list : root, "expected a 'version' and an array 'entries'");
    if (!checkKeysOnce(root))
        return false;
    return std::all_of(list->items.begin(), list->items.end(),
                       [this](const JsonNode &n) { return readEntry(n); });
}

} // namespace

Result<PriceBook> parsePriceBook(std::string_view json)
{
    const Result<JsonNode> root = parseJsonTree(json);
    if (!root)
        return root.error();
    BookReader reader(json);
    if (!reader.readBook(*root))
        return reader.error;
    return PriceBook(std::move(reader.version), std::move(reader.entries));
}

} // namespace farthing
