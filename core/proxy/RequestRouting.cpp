// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/RequestRouting.h"

#include "core/base/PercentDecoding.h"
#include "core/proxy/AbsoluteTarget.h"
#include "core/proxy/UrlParts.h"

#include <algorithm>
#include <array>
#include <optional>

namespace farthing {

namespace {

/// Takes "/w/NAME" off "/w/NAME/rest" and gives NAME, which may be empty.
std::optional<std::string> takePrefix(std::string_view prefix, std::string_view &path)
{
    if (!path.starts_with(prefix))
        return std::nullopt;
    const auto end = path.find('/', prefix.size());
    const auto name = path.substr(prefix.size(), end == std::string_view::npos ? end : end - prefix.size());
    path = end == std::string_view::npos ? std::string_view("/") : path.substr(end);
    return percentDecoded(name);
}

/// What may follow the colon of "/v1/models/NAME:METHOD". OpenAI's fine-tuned models have colons in their
/// names.
bool isGeminiMethod(std::string_view name)
{
    constexpr std::array<std::string_view, 10> methods = {
        "generateContent",        "streamGenerateContent", "countTokens",
        "embedContent",           "batchEmbedContents",    "batchGenerateContent",
        "asyncBatchEmbedContent", "generateAnswer",        "predict",
        "predictLongRunning"};
    return std::ranges::find(methods, name) != methods.end();
}

bool isGeminiPath(std::string_view path)
{
    if (path.starts_with("/v1beta") || path.starts_with("/upload/v1beta") ||
        path.starts_with("/download/v1beta"))
        return true;
    const auto colon = path.rfind(':');
    return path.starts_with("/v1/models/") && colon != std::string_view::npos &&
           isGeminiMethod(path.substr(colon + 1));
}

/// The first folder of paths that only OpenAI's API has; a client may leave the version out.
bool isOpenAiPath(std::string_view path)
{
    constexpr std::array<std::string_view, 22> folders = {
        "chat",          "completions", "responses",    "conversations", "embeddings", "moderations",
        "audio",         "images",      "videos",       "realtime",      "assistants", "threads",
        "vector_stores", "fine_tuning", "batches",      "uploads",       "evals",      "containers",
        "graders",       "chatkit",     "organization", "engines"};
    if (path.starts_with("/v1/"))
        path.remove_prefix(3);
    path.remove_prefix(std::min<std::size_t>(path.size(), 1));
    return std::ranges::find(folders, path.substr(0, path.find('/'))) != folders.end();
}

std::string_view upstreamNameFor(std::string_view path, std::string_view query, const HeaderList &headers)
{
    if (path.starts_with("/v1/messages"))
        return "anthropic";
    if (isGeminiPath(path))
        return "gemini";
    if (isOpenAiPath(path))
        return "openai";
    if (contains(headers, "anthropic-version") || contains(headers, "x-api-key"))
        return "anthropic";
    if (contains(headers, "x-goog-api-key") || query.starts_with("?key=") ||
        query.find("&key=") != std::string_view::npos)
        return "gemini";
    return "openai";
}

/// Clients of a base URL that ends in a version put that version into their path as well, or leave it out.
std::string_view withoutRepeatedVersion(std::string_view path, std::string_view basePath)
{
    const auto lastSlash = basePath.rfind('/');
    const auto last = lastSlash == std::string_view::npos ? std::string_view() : basePath.substr(lastSlash);
    const bool version = last.size() >= 3 && last[1] == 'v' && last[2] >= '0' && last[2] <= '9';
    if (version && path.starts_with(last) && (path.size() == last.size() || path[last.size()] == '/'))
        return path.substr(last.size());
    return path;
}

/// As a client sends it that takes this for its HTTP proxy: the path is the upstream's own, whole.
Result<RoutedRequest> routeToHost(const Config &config, std::string_view method, const UrlParts &target)
{
    const Upstream *const upstream = upstreamAt(config, target);
    if (upstream == nullptr)
        return Error{"no upstream in farthing.json has the host '" + std::string(target.authority) + "'"};
    const std::string_view base = upstream->baseUrl;
    RoutedRequest routed;
    routed.upstream = *upstream;
    routed.isByHost = true;
    routed.endpoint =
        classifyEndpoint(upstream->wire, method, target.target.substr(0, target.target.find('?')));
    routed.url = partsOf(base).origin;
    routed.url += target.target.starts_with('/') ? "" : "/";
    routed.url += target.target;
    return routed;
}

} // namespace

Result<RoutedRequest> routeRequest(const Config &config, std::string_view method, std::string_view target,
                                   const HeaderList &headers)
{
    if (const auto absolute = absoluteTargetOf(target))
        return routeToHost(config, method, *absolute);
    const auto queryAt = target.find('?');
    std::string_view path = target.substr(0, queryAt);
    const std::string_view query =
        queryAt == std::string_view::npos ? std::string_view() : target.substr(queryAt);

    RoutedRequest routed;
    if (auto workflow = takePrefix("/w/", path); workflow && !workflow->empty()) {
        routed.workflow = *std::move(workflow);
        routed.workflowPrefix = target.substr(0, target.find('/', 3));
    }
    const auto named = takePrefix("/up/", path);
    const std::string name = named ? *named : std::string(upstreamNameFor(path, query, headers));
    const auto upstream = config.upstreams.find(name);
    if (upstream == config.upstreams.end())
        return Error{"no upstream is called '" + name + "' in farthing.json"};
    routed.upstream = upstream->second;
    routed.endpoint = classifyEndpoint(routed.upstream.wire, method, path);

    const std::string &base = routed.upstream.baseUrl;
    routed.url = base;
    routed.url += withoutRepeatedVersion(path, partsOf(base).target);
    routed.url += query;
    return routed;
}

std::string_view addressForClient(const HeaderList &headers, std::string_view listen)
{
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]";
    const std::string_view host = find(headers, "host");
    return host.empty() || host.find_first_not_of(allowed) != std::string_view::npos ? listen : host;
}

} // namespace farthing
