// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/JsonTree.h"
#include "core/pricing/importers/PriceImport.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

/// What both importers need.
namespace farthing::importing {

constexpr std::string_view notByTokens = "is not priced by tokens";
constexpr std::string_view zeroThroughout = "is priced at zero throughout, which means free or unknown";
constexpr std::string_view outOfRange = "has a price that is not between 0 and 1 USD a token or call";
constexpr std::string_view sameModel = "names the same model as an earlier entry";
constexpr std::string_view rounded = "has a price of more than twelve decimal places, which was rounded";

constexpr std::string_view unread = "has a price that is no number, which was left out";
constexpr std::string_view wentBack =
    "has the price of a former time again: where the file is old, say --as-of its date";

/// A price in pico-USD; `node` holds USD times 10^-scale10, as a number or a text of one. Rounding sets
/// `inexact`; a price out of range is empty and sets `bad`, a text that is no number is empty and sets
/// `noNumber`.
struct PriceReader
{
    bool inexact = false;
    bool bad = false;
    bool noNumber = false;
    std::optional<PicoUsd> read(const JsonNode &node, int scale10);
};

/// Fills what `rates` lacks from `base`: both sources mean the base price where a tier names none.
void completeFrom(Rates &rates, const Rates &base);
bool isZero(const Rates &rates);

/// Gathers entries and notes, and keeps names apart: an alias that is a model, or another model's alias, is
/// dropped.
class Collector
{
public:
    void add(std::vector<PriceEntry> entriesOfOneModel, const std::string &shownName);
    void skip(const std::string &shownName, std::string_view reason);
    void warn(const std::string &shownName, std::string_view reason);
    PriceImport finish();

private:
    PriceImport m_import;
    std::set<std::pair<std::string, std::string>> m_models;
};

Result<PriceImport> readLiteLlm(const JsonNode &root);
Result<PriceImport> readGenAiPrices(const JsonNode &root);

} // namespace farthing::importing
