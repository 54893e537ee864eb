// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/providers/Endpoint.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

struct Upstream
{
    std::string name;
    std::string baseUrl; ///< without a trailing slash, e.g. "https://host/v1"
    Wire wire = Wire::OpenAi;
    bool includeUsage = true; ///< OpenAI streams that do not ask for their usage are made to
    bool operator==(const Upstream &) const = default;
};

/// Bounds that protect the proxy; defaults suit ten-minute streams.
struct Limits
{
    std::size_t maxHeaderBytes = std::size_t(64) * 1024;
    std::uint64_t maxBodyBytes = 64ULL * 1024 * 1024;
    std::uint64_t maxBodiesBytes =
        1024ULL * 1024 * 1024; ///< of all large requests under way; the next one waits
    std::size_t maxConnections = 8192;
    std::size_t maxConnectionsPerClient = 512; ///< of one address that is not loopback
    int connectTimeoutMs = 10'000;
    int idleTimeoutMs = 600'000;            ///< without a byte in either direction
    int webSocketIdleTimeoutMs = 3'900'000; ///< the same of a WebSocket; Realtime's live for 60 minutes
    int drainTimeoutMs = 30'000;            ///< how long calls under way may go on after SIGTERM
    std::uint64_t journalMaxBytes = 256ULL * 1024 * 1024;
    [[nodiscard]] std::chrono::milliseconds idleTimeout() const
    {
        return std::chrono::milliseconds(idleTimeoutMs);
    }
    bool operator==(const Limits &) const = default;
};

/// Whether a commit of the store waits until the disk has it. `Normal` keeps every event across the death of
/// a process; across that of the machine, what the system had not yet written is gone.
enum class Synchronous : std::uint8_t { Normal, Full };

/// Read at the start.
struct StoreOptions
{
    Synchronous synchronous = Synchronous::Normal;
    int keepEventsDays = 0; ///< 0: for ever
    int keepSumsDays = 0;   ///< 0: for ever, otherwise no fewer than the events'
    bool operator==(const StoreOptions &) const = default;
};

/// Where the key of kept bodies lies. `Auto`: in the desktop's secret service, or in a file where there is
/// none.
enum class KeyPlace : std::uint8_t { Auto, SecretService, File };

/// "auto", "secret-service" or "file".
std::string_view nameOf(KeyPlace place);
std::optional<KeyPlace> keyPlaceOf(std::string_view name);

/// The workflows whose requests and replies are kept, and for how long. Without one, nothing is.
struct BodyOptions
{
    std::set<std::string, std::less<>> workflows;
    std::uint64_t maxBodyBytes = 1024ULL * 1024; ///< of one body; what is behind is cut off
    std::uint64_t maxTotalBytes = 1024ULL * 1024 * 1024;
    int maxAgeDays = 7;
    KeyPlace key = KeyPlace::Auto;
    bool operator==(const BodyOptions &) const = default;
};

/// `farthing.json` with the environment's overrides applied. The upstreams openai, anthropic and gemini
/// always exist.
struct Config
{
    std::string listen = "127.0.0.1:4141";
    std::vector<std::string> allowedHosts; ///< names, without a port, by which clients may call this proxy
    std::map<std::string, Upstream, std::less<>> upstreams;
    Limits limits;
    BodyOptions bodies;
    StoreOptions store;
    bool operator==(const Config &) const = default;
};

/// The configuration without a file.
Config defaultConfig();
/// Reads the text of `farthing.json` over the defaults. An error names line and column and what was expected;
/// unknown keys are errors.
Result<Config> parseConfig(std::string_view json);
/// FARTHING_LISTEN and FARTHING_UPSTREAM_{OPENAI,ANTHROPIC,GEMINI} over `config`.
Result<Config> withEnvironment(Config config);
/// What holds: `file`, the defaults where there is none, and the environment over both.
Result<Config> loadConfig(const std::filesystem::path &file);

} // namespace farthing
