// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/config/DataDir.h"
#include "core/model/Filter.h"
#include "core/pricing/PriceBook.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace farthing {

/// What the program exits with.
enum class ExitCode { Ok = 0, Failed = 1, Usage = 2, NothingFound = 3 };

/// What every command shares: where the data is.
struct Context
{
    std::optional<std::filesystem::path> dataDir;

    [[nodiscard]] DataDir dir() const { return DataDir::resolve(dataDir); }
    /// The built-in table with the user's prices.json over it.
    [[nodiscard]] Result<std::shared_ptr<const PriceBook>> prices() const;
};

/// --since, --until and --filter, as every command that reads events takes them.
struct FilterOptions
{
    std::optional<std::string> since;
    std::optional<std::string> until;
    std::vector<std::string> filters;

    void addTo(CLI::App &command);
    [[nodiscard]] Result<EventFilter> resolve() const;
};

/// RFC 3339, a date, or a time ago: "7d", "24h", "30m".
Result<Timestamp> parseMoment(const std::string &text, Timestamp now);

/// Says what went wrong: on standard error, or where JSON was asked for, on standard output as
/// {"error": {"message": …, "where": …}}. Returns `code`.
ExitCode fail(const Error &error, ExitCode code = ExitCode::Failed);
/// From here on fail() writes JSON.
void failInJson();

} // namespace farthing
