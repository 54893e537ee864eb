// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace farthing {

class DataDir;
struct BodyOptions;

enum class Verdict { Ok, Warning, Failed };

/// One thing that was looked at, and what came of it.
struct Finding
{
    std::string what;
    Verdict verdict;
    std::string text;
};

/// What a proxy's report of its health says is wrong, and since when. Members that are missing, or of another
/// kind, say nothing.
std::vector<Finding> troublesOf(const nlohmann::ordered_json &health);

/// How many bodies are kept, and where the key to them is.
Finding bodiesFinding(const DataDir &dir, const BodyOptions &options);

/// Whether the rollups are what the events add up to, after they were made anew if that is asked for.
Finding rollupsFinding(const std::filesystem::path &database, bool rebuild);

} // namespace farthing
