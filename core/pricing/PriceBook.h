// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Money.h"
#include "core/base/Result.h"
#include "core/base/Time.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace farthing {

/// Prices of one rate class (a service tier, a long-context tier), pico-USD per token. An absent price falls
/// back as the comments say; `input` and `output` absent mean that class is not sold.
struct Rates
{
    std::optional<PicoUsd> input;
    std::optional<PicoUsd> cachedInput;  ///< absent: input
    std::optional<PicoUsd> cacheWrite5m; ///< absent: input
    std::optional<PicoUsd> cacheWrite1h; ///< absent: cacheWrite5m
    std::optional<PicoUsd> output;
    std::optional<PicoUsd> reasoning;        ///< absent: output
    std::optional<PicoUsd> inputAudio;       ///< absent: input
    std::optional<PicoUsd> cachedInputAudio; ///< absent: cachedInput
    std::optional<PicoUsd> outputAudio;      ///< absent: output

    bool operator==(const Rates &) const = default;
};

/// Rates of the WHOLE request once its input exceeds `aboveInputTokens`.
struct LongContextTier
{
    std::int64_t aboveInputTokens = 0;
    Rates rates;
    std::string serviceTier = {}; ///< empty: the standard tier
    bool operator==(const LongContextTier &) const = default;
};

/// One model's price from `validFrom` until the next entry of the same model.
struct PriceEntry
{
    std::string provider; ///< "openai", "anthropic", "google", …; the book maps an upstream's name to it
    std::string model;
    std::vector<std::string> aliases;
    std::optional<Timestamp> validFrom; ///< absent: since ever
    Rates standard;
    std::vector<LongContextTier> longContext; ///< ascending thresholds
    /// By the tier the response reports: "flex", "priority", "batch". A tier is priced at its own rates
    /// whatever the length of the input, unless `longContext` has rates for it.
    std::vector<std::pair<std::string, Rates>> serviceTiers;
    /// Batched calls pay this many thousandths of the token prices (500: half) where there are no "batch"
    /// rates. Absent, and no such rates: batches are not known to be cheaper.
    std::optional<std::int32_t> batchPermille = {};
    std::optional<PicoUsd> perServerToolCall; ///< pico-USD a call; absent: not billed by the piece
    std::string source = {};                  ///< where the figure comes from, for a person

    bool operator==(const PriceEntry &) const = default;
};

/// A versioned, immutable table of prices. Cheap to share; the proxy holds one in a SnapshotCell.
class PriceBook
{
public:
    /// `version` names the table ("2026-09-23", or that plus "+local.3" where a user's prices.json lies over
    /// it).
    PriceBook(std::string version, std::vector<PriceEntry> entries);

    [[nodiscard]] const std::string &version() const { return m_version; }
    [[nodiscard]] const std::vector<PriceEntry> &entries() const { return m_entries; }

    /// The entry in force at `at`: by exact name, then alias, then the longest dated prefix
    /// ("gpt-4o-2024-11-20" → "gpt-4o"; only a date may be dropped, so "gpt-4o-mini" is never "gpt-4o").
    /// `provider` is the upstream's name, see ModelName.h; a model that only one provider sells, or one maker
    /// beside resellers, is found under any upstream but those that host models at prices of their own.
    /// Letter case does not matter. Null where nothing is known, also where the first known price starts
    /// after `at`.
    [[nodiscard]] const PriceEntry *find(std::string_view provider, std::string_view model,
                                         Timestamp at) const;

    /// Names this book's entry for the record of an event: "2026-09-23:openai/gpt-5.6-sol@2026-08-21".
    [[nodiscard]] const std::string &labelOf(const PriceEntry &entry) const;

private:
    struct Hash
    {
        using is_transparent = void;
        std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
    };
    using Index = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;

    void indexEntry(std::size_t entry);
    [[nodiscard]] bool isMade(std::size_t model) const; ///< by the one who sells it
    void indexForAnyone(std::size_t model, bool maker);
    [[nodiscard]] const PriceEntry *inForce(std::size_t model, Timestamp at) const;
    [[nodiscard]] std::optional<std::size_t> modelByName(std::string_view provider,
                                                         std::string_view name) const;
    [[nodiscard]] std::optional<std::size_t> modelByDatedName(std::string_view provider,
                                                              std::string_view name) const;

    std::string m_version;
    std::vector<PriceEntry> m_entries;
    std::vector<std::string> m_labels;              ///< one an entry
    std::vector<std::vector<std::size_t>> m_models; ///< each model's entries, newest first
    Index m_byName;  ///< provider + '\0' + name → model; provider "" for names that only one provider sells
    Index m_byAlias; ///< the same for aliases
};

/// Reads the form of `prices.json`; an error names line and column, and the entry. A provider may be called
/// what upstreams are, see priceProviderOf().
Result<PriceBook> parsePriceBook(std::string_view json);
/// The table built into the program, dated. Read anew on each call: keep what you get.
std::shared_ptr<const PriceBook> builtInPriceBook();
/// What the file holds, null where there is none.
Result<std::shared_ptr<const PriceBook>> loadOwnPrices(const std::filesystem::path &file);
/// The built-in prices under those of the file, where there is one.
Result<std::shared_ptr<const PriceBook>> loadPriceBook(const std::filesystem::path &file);
/// The base table with the user's entries in front: from its earliest `valid_from` on, a model's local
/// entries replace the base's, and take over its aliases where they name none; an alias that a local entry
/// names is no other model's. The version is "BASE+local.LOCAL".
std::shared_ptr<const PriceBook> overlay(const PriceBook &base, const PriceBook &local);
/// The form of `prices.json`, entries sorted, one a line, so that a diff reads well.
std::string serializePriceBook(const PriceBook &book);

} // namespace farthing
