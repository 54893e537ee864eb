// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/pricing/PriceBook.h"

#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// What another project's price file became.
struct PriceImport
{
    struct Note
    {
        std::string model;  ///< "provider/model" as the file names it
        std::string reason; ///< one of few fixed sentences, so that notes can be counted
        bool operator==(const Note &) const = default;
    };

    std::vector<PriceEntry> entries; ///< sorted; fit for a PriceBook
    std::vector<Note> skipped;       ///< models of the file that have no entry
    std::vector<Note> warnings;      ///< entries that say less than the file did, or were read with a doubt
    bool wholeModels = false;        ///< the file's form can state all of a model's prices and their dates
};

/// LiteLLM's `model_prices_and_context_window.json`: an object of models, USD per token. Prices beyond tokens
/// and web searches (images, seconds, characters, pages) are not carried; a model that has only those is
/// skipped, and so is one priced at zero throughout, which there means free or unknown. Suffixes
/// `_above_Nk_tokens`, `_flex`, `_priority` and
/// `_batches` and `tiered_pricing` become long-context and service tiers. The web search price is the medium
/// context's.
Result<PriceImport> importLiteLlm(std::string_view json);

/// genai-prices' `data.json` (version 1, version 2, and the data array of its npm package): an array of
/// providers, USD per million tokens. A model is found by its id and by what its `match` tree equals or
/// starts with (also inside `or`), and then by a date behind those; `contains`, `ends_with`, `regex` and
/// `and` have no counterpart here and are left out with a warning. Prices with `start_date` become entries of
/// their own; those by time of day are left out with a warning, and the price without a constraint stands. A
/// tier that starts at N tokens applies above N.
Result<PriceImport> importGenAiPrices(std::string_view json);

/// Either of these or Farthing's own form, told apart by its shape.
Result<PriceImport> importPrices(std::string_view json);

/// Fits another project's prices into those that are known, to be laid over them. A price without a date says
/// what holds on the day `asOf`: where it is the one known it refines that entry, otherwise it begins with
/// that day; what held before stays, and so does what is known to begin later than the file says anything
/// about. What the entry does not state is taken from the one it replaces: the batch factor and the price of
/// server tool calls always, service tiers, long context and further rates where the standard prices agree. A
/// price that the table has as a former one is warned of: the file may be old. Farthing's own form states all
/// of a model, and is left as it is.
PriceImport fitImport(PriceImport imported, const PriceBook &current, Timestamp asOf);

} // namespace farthing
