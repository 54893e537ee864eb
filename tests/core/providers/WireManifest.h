// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Files.h"
#include "core/providers/UsageExtractor.h"

#include <filesystem>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include <QByteArray>
#include <nlohmann/json.hpp>

/// The recorded provider replies of the shared data, and what an event must make of each.
namespace farthing::wire {

using nlohmann::json;

inline std::filesystem::path wireFolder()
{
    const QByteArray shared = qgetenv("FARTHING_SHARED_DATA");
    const std::filesystem::path root =
        shared.isEmpty() ? std::filesystem::path(FARTHING_SOURCE_DIR).parent_path() / "shared" / "data"
                         : std::filesystem::path(shared.toStdString());
    return root / "wire";
}

/// Why the event of an entry cannot say what the manifest says.
struct Deviation
{
    const char *reason;
    TokenUsage expected; ///< what the event's rule makes of the body
};

inline constexpr const char *endOfCohereStream =
    "the manifest reads no usage, but the stream's message-end has it: billed_units";

/// Entries whose body contradicts itself: the manifest copies what it says, an event has to be consistent. Or
/// whose usage the manifest does not see.
inline const std::map<std::string, Deviation> deviations = {
    {"d167",
     {"total_tokens 100 exceeds prompt 66 + completion 6: the 28 hidden thinking tokens are billed as output",
      {.input = 66, .output = 34, .reasoning = 28}}},
    {"d375",
     {"2,161 tokens reported both as read from and as written to the cache, of 2,168: reads first, writes "
      "the rest",
      {.input = 2168, .cachedInput = 2161, .cacheWrite5m = 7, .output = 100}}},
    {"d388",
     {"11 reasoning tokens in 10 completion tokens (total 53 = 43 + 10): a part cannot exceed its whole",
      {.input = 43, .output = 10, .reasoning = 10}}},
    {"d153", {endOfCohereStream, {.input = 7, .output = 109}}},
    {"d154", {endOfCohereStream, {.input = 62, .output = 28}}},
    {"d155", {endOfCohereStream, {.input = 12, .output = 64}}},
    {"d156", {endOfCohereStream, {.input = 12, .output = 65}}},
};

inline TokenUsage fromManifest(const json &u)
{
    const auto count = [&](const char *key) { return u.at(key).get<std::int64_t>(); };
    return {.input = count("input_total"),
            .cachedInput = count("cache_read"),
            .cacheWrite5m = count("cache_write_5m") + count("cache_write_unspecified"),
            .cacheWrite1h = count("cache_write_1h"),
            .inputAudio = count("audio_in"),
            .output = count("output_total"),
            .reasoning = count("reasoning"),
            .outputAudio = count("audio_out")};
}

/// What was paid where iterations ran: their sum, from the usage object that the manifest kept.
inline TokenUsage fromIterations(const json &entry, const TokenUsage &top)
{
    TokenUsage sum;
    sum.reasoning = top.reasoning;
    for (const json &iteration : entry.at("usage_raw").at("iterations")) {
        const auto count = [&](const char *key) { return iteration.value(key, std::int64_t{0}); };
        const json split = iteration.value("cache_creation", json::object());
        const std::int64_t written = count("cache_creation_input_tokens");
        const std::int64_t written1h = split.value("ephemeral_1h_input_tokens", std::int64_t{0});
        sum.input += count("input_tokens") + count("cache_read_input_tokens") + written;
        sum.cachedInput += count("cache_read_input_tokens");
        sum.cacheWrite5m += written - written1h;
        sum.cacheWrite1h += written1h;
        sum.output += count("output_tokens");
    }
    return sum;
}

inline Endpoint endpointOf(const json &entry)
{
    const std::string provider = entry.at("provider");
    const Wire wire = provider == "anthropic"                        ? Wire::Anthropic
                      : provider == "gemini" || provider == "vertex" ? Wire::Gemini
                      : provider == "bedrock"                        ? Wire::Bedrock
                      : provider == "cohere"                         ? Wire::Cohere
                                                                     : Wire::OpenAi;
    return classifyEndpoint(wire, "POST", entry.at("request_path").get<std::string>());
}

/// Sizes of the pieces a body is fed in; the last is repeated.
inline std::vector<std::vector<std::size_t>> cutsOf(const std::string &body)
{
    std::vector<std::vector<std::size_t>> cuts = {{body.size()}, {1}, {7}};
    std::mt19937 random(static_cast<unsigned>(body.size()));
    std::vector<std::size_t> pieces;
    for (std::size_t at = 0; at < body.size(); at += pieces.back())
        pieces.push_back(1 + random() % 300);
    cuts.push_back(pieces);
    // On, just before and just after each line end: where events, and CR from LF, come apart.
    for (const std::size_t shift : {0, 1, 2}) {
        pieces.clear();
        std::size_t last = 0;
        for (std::size_t at = body.find('\n'); at != std::string::npos; at = body.find('\n', at + 1))
            if (at + shift > last) {
                pieces.push_back(at + shift - last);
                last = at + shift;
            }
        pieces.push_back(body.size());
        cuts.push_back(pieces);
    }
    return cuts;
}

/// The reply's headers that say what it consumed; the recordings keep them as usage.
inline std::vector<std::pair<std::string, std::string>> usageHeadersOf(const json &entry)
{
    std::vector<std::pair<std::string, std::string>> headers;
    if (entry.at("usage_location") == "response headers")
        for (const auto &[name, value] : entry.at("usage_raw").items())
            headers.emplace_back(name, value.get<std::string>());
    return headers;
}

/// Whether the provider said what the call consumed.
inline bool reportsUsage(const json &entry)
{
    return entry.at("usage").is_object() || deviations.contains(entry.at("id"));
}

/// What became of the entries, by provider and API.
class Tally
{
public:
    void add(const json &entry, const std::string &outcome)
    {
        ++m_counts[entry.at("provider").get<std::string>() + ' ' + entry.at("api").get<std::string>()]
                  [outcome];
    }
    void print() const
    {
        for (const auto &[name, outcomes] : m_counts) {
            std::string line;
            for (const auto &[outcome, count] : outcomes)
                line += (line.empty() ? "" : ", ") + std::to_string(count) + ' ' + outcome;
            qInfo("%s: %s", name.c_str(), line.c_str());
        }
    }

private:
    std::map<std::string, std::map<std::string, int>> m_counts;
};

/// What the event of this entry must say, by the manifest or by the reason why it cannot be that.
inline TokenUsage expectedUsage(const json &entry)
{
    if (const auto deviation = deviations.find(entry.at("id")); deviation != deviations.end())
        return deviation->second.expected;
    if (!entry.at("usage").is_object())
        return {};
    const TokenUsage top = fromManifest(entry.at("usage"));
    const bool ran = entry.contains("iterations_sum") && entry.at("iterations_sum").is_object();
    return ran ? fromIterations(entry, top) : top;
}

inline std::string describe(const TokenUsage &u)
{
    return "input " + std::to_string(u.input) + " cached " + std::to_string(u.cachedInput) + " 5m " +
           std::to_string(u.cacheWrite5m) + " 1h " + std::to_string(u.cacheWrite1h) + " audio " +
           std::to_string(u.inputAudio) + " output " + std::to_string(u.output) + " reasoning " +
           std::to_string(u.reasoning) + " audio " + std::to_string(u.outputAudio);
}

} // namespace farthing::wire
