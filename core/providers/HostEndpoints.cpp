// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/HostEndpoints.h"

#include "core/base/PercentDecoding.h"

#include <algorithm>
#include <array>
#include <utility>

namespace farthing {

namespace {

using Named = std::pair<std::string_view, EndpointKind>;

constexpr std::array<Named, 6> bedrockOperations = {{
    {"converse", EndpointKind::Converse},
    {"converse-stream", EndpointKind::ConverseStream},
    {"invoke", EndpointKind::InvokeModel},
    {"invoke-with-response-stream", EndpointKind::InvokeModelStream},
    {"count-tokens", EndpointKind::CountTokens},
    {"async-invoke", EndpointKind::Videos},
}};

constexpr std::array<Named, 8> cohereTails = {{
    {"/chat", EndpointKind::CohereChat},
    {"/generate", EndpointKind::CohereChat},
    {"/summarize", EndpointKind::CohereChat},
    {"/embed", EndpointKind::CohereEmbed},
    {"/rerank", EndpointKind::CohereRerank},
    {"/tokenize", EndpointKind::Other},
    {"/detokenize", EndpointKind::Other},
    {"/check-api-key", EndpointKind::Other},
}};

bool has(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

bool isOpenAiPath(std::string_view path)
{
    constexpr std::array<std::string_view, 3> tails = {"/chat/completions", "/responses", "/embeddings"};
    return std::ranges::any_of(tails, [path](std::string_view tail) { return path.ends_with(tail); }) ||
           has(path, "/responses/");
}

/// What a model makes that is billed otherwise than by the token; an ARN does not tell.
EndpointKind kindOfModel(std::string_view model, EndpointKind kind)
{
    constexpr std::array<std::string_view, 3> images = {"stability.", "titan-image", "nova-canvas"};
    const auto isIn = [model](std::string_view part) { return has(model, part); };
    if (std::ranges::any_of(images, isIn))
        return EndpointKind::Images;
    return has(model, "rerank") ? EndpointKind::Rerank : kind;
}

} // namespace

bool isEmbeddingModel(std::string_view model)
{
    return has(model, "embed");
}

Endpoint bedrockEndpoint(std::string_view method, std::string_view path)
{
    Endpoint found{Wire::Bedrock, EndpointKind::Other, {}};
    constexpr std::string_view folder = "/model/";
    const std::size_t slash = path.rfind('/');
    if (const std::size_t at = path.find(folder);
        at != std::string_view::npos && slash > at + folder.size()) {
        const std::size_t begin = at + folder.size();
        found.model = percentDecoded(path.substr(begin, slash - begin));
    } else if (isOpenAiPath(path)) {
        return classifyEndpoint(Wire::OpenAi, method, path);
    } else if (has(path, "/messages")) {
        return classifyEndpoint(Wire::Anthropic, method, path);
    }
    if (has(path, "/model-invocation-job"))
        found.kind = EndpointKind::Batch;
    if (method != "POST" || found.kind == EndpointKind::Batch)
        return found;
    found.kind = EndpointKind::Unmetered;
    for (const auto &[operation, kind] : bedrockOperations)
        if (slash != std::string_view::npos && path.substr(slash + 1) == operation)
            found.kind = kind;
    if (found.kind == EndpointKind::InvokeModel || found.kind == EndpointKind::InvokeModelStream)
        found.kind = kindOfModel(found.model, found.kind);
    return found;
}

Endpoint cohereEndpoint(std::string_view method, std::string_view path)
{
    if (isOpenAiPath(path))
        return classifyEndpoint(Wire::OpenAi, method, path);
    if (method != "POST")
        return {Wire::Cohere, EndpointKind::Other, {}};
    for (const auto &[tail, kind] : cohereTails)
        if (path.ends_with(tail))
            return {Wire::Cohere, kind, {}};
    return {Wire::Cohere, EndpointKind::Unmetered, {}};
}

std::optional<Endpoint> vertexPublisherEndpoint(std::string_view method, std::string_view path)
{
    constexpr std::string_view folder = "/publishers/";
    const std::size_t at = path.find(folder);
    const std::size_t colon = path.rfind(':');
    if (method != "POST" || at == std::string_view::npos || colon < at || colon == std::string_view::npos)
        return std::nullopt;
    const std::string_view call = path.substr(colon + 1);
    const std::string_view model = path.substr(at + folder.size(), colon - at - folder.size());
    const std::string_view publisher = model.substr(0, model.find('/'));
    if ((call != "rawPredict" && call != "streamRawPredict") || publisher == "google")
        return std::nullopt;
    const std::string_view name = model.substr(model.rfind('/') + 1);
    if (publisher != "anthropic")
        return Endpoint{Wire::OpenAi, EndpointKind::ChatCompletions, std::string(name)};
    const bool counts = name == "count-tokens";
    return Endpoint{Wire::Anthropic, counts ? EndpointKind::CountTokens : EndpointKind::Messages,
                    counts ? std::string() : std::string(name)};
}

} // namespace farthing
