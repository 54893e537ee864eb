// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/Config.h"

#include "core/base/Files.h"
#include "core/base/JsonTree.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>

namespace farthing {

namespace {

constexpr std::size_t mostHeaderBytes = std::size_t(512) * 1024; ///< twice that is the most libcurl sends
constexpr std::uint64_t mostKeptOfABody = 256ULL * 1024 * 1024;
constexpr std::uint64_t leastRoomForBodies = 1024ULL * 1024;
constexpr int mostDays = 36'500;

bool isUpstreamName(std::string_view name)
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !name.empty() && name.size() <= 64 && name.find_first_not_of(allowed) == std::string_view::npos;
}

bool isHostName(std::string_view name)
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

/// "host", "host:port", "[::1]" or "[::1]:port".
bool isAuthority(std::string_view text)
{
    const bool bracketed = text.starts_with('[');
    const std::size_t end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
    if (end == std::string_view::npos)
        return false;
    const std::string_view host = text.substr(bracketed, end - bracketed);
    const std::string_view rest = text.substr(end + bracketed);
    if (host.empty() || host.find_first_of("[]") != std::string_view::npos)
        return false;
    std::uint16_t port = 0;
    const char *const last = text.data() + text.size();
    return rest.empty() ||
           (rest.size() > 1 && rest.front() == ':' &&
            std::from_chars(rest.data() + 1, last, port) == std::from_chars_result{last, {}} && port != 0);
}

/// "http://host[:port][/path]" or https, without query, fragment or user; returns it without trailing
/// slashes.
Result<std::string> readBaseUrl(std::string_view url)
{
    // What a user name or a query may hold is not for the log.
    const bool tellsNoSecret = url.find_first_of("@?") == std::string_view::npos;
    const Error bad{"expected a URL such as https://api.example.com/v1, without user, query or fragment" +
                    (tellsNoSecret ? ", got '" + std::string(url) + "'" : std::string())};
    const auto scheme = url.starts_with("https://") ? 8U : url.starts_with("http://") ? 7U : 0U;
    const auto authority = url.substr(scheme, url.find('/', scheme) - scheme);
    if (scheme == 0 || !isAuthority(authority) ||
        url.find_first_of("?# \t\r\n\"") != std::string_view::npos ||
        authority.find('@') != std::string_view::npos)
        return bad;
    while (url.ends_with('/'))
        url.remove_suffix(1);
    return std::string(url);
}

std::string upstreamPrefix(const std::string &name)
{
    return "upstream '" + name + "': ";
}

/// Walks the document; every error says where.
class Reader
{
public:
    Reader(std::string_view text, Config config)
        : m_text(text)
        , m_config(std::move(config))
    {}

    Result<Config> read(const JsonNode &root)
    {
        if (!root.isObject())
            return fail(root, "expected an object");
        if (const auto once = checkOnce(root); !once)
            return once.error();
        for (const auto &[key, value] : root.members) {
            const auto done = readTopLevel(key, value);
            if (!done)
                return done.error();
        }
        return m_config;
    }

private:
    [[nodiscard]] Error fail(const JsonNode &at, std::string message) const
    {
        return {std::move(message), placeInText(m_text, at.offset)};
    }

    [[nodiscard]] Result<void> checkOnce(const JsonNode &node) const
    {
        if (const JsonMember *const again = node.repeated())
            return fail(again->value, "'" + again->name + "' appears twice");
        return {};
    }

    Result<void> readTopLevel(const std::string &key, const JsonNode &value)
    {
        if (key == "listen") {
            if (!value.isString() || value.text.find(':') == std::string::npos)
                return fail(value, "'listen': expected an address such as \"127.0.0.1:4141\"");
            m_config.listen = value.text;
            return {};
        }
        if (key == "allowed_hosts")
            return readAllowedHosts(value);
        if (key == "upstreams")
            return readUpstreams(value);
        if (key == "limits")
            return readLimits(value);
        if (key == "cache")
            return value.isObject() ? Result<void>() : fail(value, "'cache': expected an object");
        if (key == "store")
            return readStore(value);
        if (key == "bodies")
            return readBodies(value);
        return fail(value,
                    "unknown key '" + key +
                        "'; expected listen, allowed_hosts, upstreams, cache, limits, bodies or store");
    }

    Result<void> readAllowedHosts(const JsonNode &node)
    {
        if (!node.isArray())
            return fail(node, "'allowed_hosts': expected a list of host names");
        for (const JsonNode &name : node.items) {
            if (!name.isString() || !isHostName(name.text))
                return fail(name, "'allowed_hosts': expected a host name without a port, such as "
                                  "\"farthing.example.com\"");
            m_config.allowedHosts.push_back(name.text);
        }
        return {};
    }

    Result<void> readUpstreams(const JsonNode &node)
    {
        if (!node.isObject())
            return fail(node, "'upstreams': expected an object of name to upstream");
        if (auto once = checkOnce(node); !once)
            return once;
        for (const auto &[name, value] : node.members) {
            if (!isUpstreamName(name))
                return fail(value,
                            "'" + name + "': an upstream's name has letters, digits, '-', '_' and '.'");
            if (auto done = readUpstream(name, value); !done)
                return done;
        }
        return {};
    }

    Result<void> readUpstream(const std::string &name, const JsonNode &node)
    {
        if (!node.isObject())
            return fail(node, "upstream '" + name + "': expected {\"base_url\": …, \"wire\": …}");
        if (auto once = checkOnce(node); !once)
            return once;
        Upstream upstream;
        if (const auto known = m_config.upstreams.find(name); known != m_config.upstreams.end())
            upstream = known->second;
        upstream.name = name;
        for (const auto &[key, value] : node.members) {
            if (key == "base_url" && value.isString()) {
                auto url = readBaseUrl(value.text);
                if (!url)
                    return fail(value, "upstream '" + name + "', base_url: " + url.error().message);
                upstream.baseUrl = *std::move(url);
            } else if (key == "wire" && value.isString() && wireOf(value.text)) {
                upstream.wire = *wireOf(value.text);
            } else if (key == "include_usage" && value.type == JsonNode::Type::Bool) {
                upstream.includeUsage = value.text == "true";
            } else if (key == "include_usage") {
                return fail(value,
                            upstreamPrefix(name).append("expected 'include_usage' to be true or false"));
            } else if (key == "wire") {
                return fail(value, "upstream '" + name +
                                       "': 'wire' is one of openai, anthropic, gemini, bedrock, cohere");
            } else if (key == "base_url") {
                return fail(value, "upstream '" + name + "': expected 'base_url' to be a string");
            } else {
                return fail(value, upstreamPrefix(name)
                                       .append("unknown key '")
                                       .append(key)
                                       .append("'; expected base_url, wire or include_usage"));
            }
        }
        if (upstream.baseUrl.empty())
            return fail(node, "upstream '" + name + "': 'base_url' is missing");
        m_config.upstreams[name] = std::move(upstream);
        return {};
    }

    template <class Integer>
    Result<void> readBound(const std::string &key, const JsonNode &node, Integer &bound, Integer least,
                           Integer most = std::numeric_limits<Integer>::max())
    {
        Integer value = 0;
        const char *const end = node.text.data() + node.text.size();
        const auto [rest, error] = std::from_chars(node.text.data(), end, value);
        if (!node.isNumber() || error != std::errc() || rest != end || value < least || value > most)
            return fail(node, "'" + key + "': expected a whole number of at least " + std::to_string(least) +
                                  (most == std::numeric_limits<Integer>::max()
                                       ? ""
                                       : " and at most " + std::to_string(most)));
        bound = value;
        return {};
    }

    Result<void> readLimits(const JsonNode &node)
    {
        if (!node.isObject())
            return fail(node, "'limits': expected an object");
        if (auto once = checkOnce(node); !once)
            return once;
        Limits &limits = m_config.limits;
        for (const auto &[key, value] : node.members) {
            Result<void> done =
                fail(value,
                     "unknown key '" + key +
                         "'; expected max_header_bytes, max_body_bytes, max_bodies_bytes, max_connections, "
                         "max_connections_per_client, connect_timeout_ms, "
                         "idle_timeout_ms, websocket_idle_timeout_ms, drain_timeout_ms or journal_max_bytes");
            if (key == "max_header_bytes")
                done = readBound<std::size_t>(key, value, limits.maxHeaderBytes, 1024, mostHeaderBytes);
            else if (key == "max_body_bytes")
                done = readBound<std::uint64_t>(key, value, limits.maxBodyBytes, 1024);
            else if (key == "max_bodies_bytes")
                done = readBound<std::uint64_t>(key, value, limits.maxBodiesBytes, 1024);
            else if (key == "max_connections")
                done = readBound<std::size_t>(key, value, limits.maxConnections, 1);
            else if (key == "max_connections_per_client")
                done = readBound<std::size_t>(key, value, limits.maxConnectionsPerClient, 1);
            else if (key == "connect_timeout_ms")
                done = readBound(key, value, limits.connectTimeoutMs, 1);
            else if (key == "idle_timeout_ms")
                done = readBound(key, value, limits.idleTimeoutMs, 1);
            else if (key == "websocket_idle_timeout_ms")
                done = readBound(key, value, limits.webSocketIdleTimeoutMs, 1);
            else if (key == "drain_timeout_ms")
                done = readBound(key, value, limits.drainTimeoutMs, 0);
            else if (key == "journal_max_bytes")
                done = readBound<std::uint64_t>(key, value, limits.journalMaxBytes, 1024ULL * 1024);
            if (!done)
                return done;
        }
        return {};
    }

    Result<void> readBodies(const JsonNode &node)
    {
        if (!node.isObject())
            return fail(node, "'bodies': expected an object");
        if (auto once = checkOnce(node); !once)
            return once;
        BodyOptions &bodies = m_config.bodies;
        for (const auto &[key, value] : node.members) {
            Result<void> done = fail(
                value, "unknown key '" + key +
                           "'; expected workflows, max_body_bytes, max_total_bytes, max_age_days or key");
            if (key == "workflows")
                done = readWorkflows(value);
            else if (key == "max_body_bytes")
                done = readBound<std::uint64_t>(key, value, bodies.maxBodyBytes, 1, mostKeptOfABody);
            else if (key == "max_total_bytes")
                done = readBound<std::uint64_t>(key, value, bodies.maxTotalBytes, leastRoomForBodies);
            else if (key == "max_age_days")
                done = readBound(key, value, bodies.maxAgeDays, 1, mostDays);
            else if (key == "key")
                done = readKeyPlace(value);
            if (!done)
                return done;
        }
        return {};
    }

    Result<void> readWorkflows(const JsonNode &node)
    {
        if (!node.isArray())
            return fail(node, "'workflows': expected a list of the workflows whose bodies are kept");
        for (const JsonNode &name : node.items) {
            if (!name.isString() || name.text.empty())
                return fail(name, "'workflows': expected a workflow's name, such as \"summarise\"");
            m_config.bodies.workflows.insert(name.text);
        }
        return {};
    }

    Result<void> readKeyPlace(const JsonNode &node)
    {
        const auto place = node.isString() ? keyPlaceOf(node.text) : std::nullopt;
        if (!place)
            return fail(node, "'key' is one of auto, secret-service, file");
        m_config.bodies.key = *place;
        return {};
    }

    Result<void> readStore(const JsonNode &node)
    {
        if (!node.isObject())
            return fail(node, "'store': expected an object");
        if (auto once = checkOnce(node); !once)
            return once;
        const JsonNode *sumsDays = nullptr;
        for (const auto &[key, value] : node.members) {
            Result<void> done = fail(
                value, "unknown key '" + key + "'; expected synchronous, keep_events_days or keep_sums_days");
            if (key == "synchronous")
                done = readSynchronous(value);
            else if (key == "keep_events_days")
                done = readBound(key, value, m_config.store.keepEventsDays, 1, mostDays);
            else if (key == "keep_sums_days") {
                done = readBound(key, value, m_config.store.keepSumsDays, 1, mostDays);
                sumsDays = &value;
            }
            if (!done)
                return done;
        }
        if (sumsDays != nullptr && m_config.store.keepEventsDays == 0)
            return fail(*sumsDays,
                        "'keep_sums_days': expected 'keep_events_days' beside it; sums are kept at "
                        "least as long as their events");
        if (sumsDays != nullptr && m_config.store.keepSumsDays < m_config.store.keepEventsDays)
            return fail(*sumsDays, "'keep_sums_days': expected at least the " +
                                       std::to_string(m_config.store.keepEventsDays) +
                                       " of 'keep_events_days'");
        return {};
    }

    Result<void> readSynchronous(const JsonNode &node)
    {
        if (!node.isString() || (node.text != "normal" && node.text != "full"))
            return fail(node, "'synchronous' is one of normal, full");
        m_config.store.synchronous = node.text == "full" ? Synchronous::Full : Synchronous::Normal;
        return {};
    }

    std::string_view m_text;
    Config m_config;
};

} // namespace

std::string_view nameOf(KeyPlace place)
{
    constexpr std::array<std::string_view, 3> names = {"auto", "secret-service", "file"};
    return names.at(static_cast<std::size_t>(place));
}

std::optional<KeyPlace> keyPlaceOf(std::string_view name)
{
    for (const KeyPlace place : {KeyPlace::Auto, KeyPlace::SecretService, KeyPlace::File})
        if (name == nameOf(place))
            return place;
    return std::nullopt;
}

Config defaultConfig()
{
    Config config;
    config.upstreams["openai"] = {"openai", "https://api.openai.com/v1", Wire::OpenAi};
    config.upstreams["anthropic"] = {"anthropic", "https://api.anthropic.com", Wire::Anthropic};
    config.upstreams["gemini"] = {"gemini", "https://generativelanguage.googleapis.com", Wire::Gemini};
    return config;
}

Result<Config> parseConfig(std::string_view json)
{
    const auto tree = parseJsonTree(json);
    if (!tree)
        return tree.error();
    return Reader(json, defaultConfig()).read(*tree);
}

Result<Config> withEnvironment(Config config)
{
    constexpr std::array<std::pair<const char *, const char *>, 3> overrides = {
        {{"FARTHING_UPSTREAM_OPENAI", "openai"},
         {"FARTHING_UPSTREAM_ANTHROPIC", "anthropic"},
         {"FARTHING_UPSTREAM_GEMINI", "gemini"}}};
    for (const auto &[variable, name] : overrides)
        if (const char *const value = std::getenv(variable); value != nullptr && *value != '\0') {
            auto url = readBaseUrl(value);
            if (!url)
                return url.error().at(variable);
            config.upstreams.at(name).baseUrl = *std::move(url);
        }
    if (const char *const listen = std::getenv("FARTHING_LISTEN"); listen != nullptr && *listen != '\0')
        config.listen = listen;
    return config;
}

Result<Config> loadConfig(const std::filesystem::path &file)
{
    const auto text = readFileIfThere(file);
    if (!text)
        return text.error();
    if (!*text)
        return withEnvironment(defaultConfig());
    auto config = parseConfig(**text);
    if (!config)
        return config.error().at(file.string());
    return withEnvironment(*std::move(config));
}

} // namespace farthing
