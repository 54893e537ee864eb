// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/FastHash.h"
#include "core/model/TokenUsage.h"
#include "core/store/ByteReader.h"
#include "core/store/ByteWriter.h"
#include "core/store/Database.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace farthing {

/// A provider's usage JSON without its figures, and where each figure is expected to come from: a place in
/// the row's own usage, or nowhere (then 0). The table `usage_forms` numbers them. Any text can be taken
/// apart and comes back byte for byte; nothing here needs it to be JSON.
struct UsageForm
{
    std::string text;                  ///< with a placeholder for each figure
    std::vector<std::uint8_t> sources; ///< one a figure

    [[nodiscard]] std::uint64_t expected(std::size_t figure, const TokenUsage &usage) const;
};

/// Takes usage JSON apart and numbers forms, inside the caller's transaction.
class UsageFormDictionary
{
public:
    static Result<UsageFormDictionary> open(Database &database);
    /// The form's number and the figures that are not as expected; 0 and the text itself where it has no
    /// form.
    Result<void> write(Database &database, std::string_view json, const TokenUsage &usage, ByteWriter &out);
    /// After a rollback: numbers given since the last commit never were.
    void forget();

private:
    struct Numbered
    {
        std::int64_t number = 0;
        UsageForm form;
    };

    UsageFormDictionary(Statement all, Statement insert)
        : m_all(std::move(all))
        , m_insert(std::move(insert))
    {}
    Result<void> load(Database &database);
    bool takeApart(std::string_view json);
    Result<const Numbered *> formFor(Database &database, const TokenUsage &usage);
    Result<void> number(Database &database, Numbered &numbered);

    Statement m_all;
    Statement m_insert;
    std::unordered_map<std::string, Numbered, TextHash, std::equal_to<>> m_forms; ///< the newest of each text
    std::size_t m_count = 0;
    bool m_loaded = false;
    std::string m_text;                   ///< of what was taken apart last
    std::vector<std::uint64_t> m_figures; ///< and its figures
};

/// Puts usage JSON together again.
class UsageFormTable
{
public:
    static Result<UsageFormTable> open(Database &database);
    bool read(ByteReader &in, const TokenUsage &usage, std::string &json);

private:
    explicit UsageFormTable(Statement find)
        : m_find(std::move(find))
    {}
    const UsageForm *form(std::int64_t number);

    Statement m_find;
    std::unordered_map<std::int64_t, UsageForm> m_forms;
};

} // namespace farthing
