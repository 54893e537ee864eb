// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/Endpoint.h"

#include "core/model/endpoints.h"
#include "core/model/semconv.h"
#include "core/providers/HostEndpoints.h"

#include <array>
#include <utility>

namespace farthing {

namespace {

using Named = std::pair<std::string_view, EndpointKind>;

/// By the end of the path. Order matters: "/chat/completions" before "/completions". Writer's chat is
/// "/v1/chat".
constexpr std::array<Named, 22> openAiTails = {{
    {"/chat/completions", EndpointKind::ChatCompletions},
    {"/v1/chat", EndpointKind::ChatCompletions},
    {"/responses", EndpointKind::Responses},
    {"/responses/compact", EndpointKind::Responses},
    {"/responses/input_tokens", EndpointKind::CountTokens},
    {"/completions", EndpointKind::Completions},
    {"/embeddings", EndpointKind::OpenAiEmbeddings},
    {"/rerank", EndpointKind::Rerank},
    {"/ocr", EndpointKind::Ocr},
    {"/realtime/client_secrets", EndpointKind::Other},
    {"/realtime/sessions", EndpointKind::Other},
    {"/tokenize", EndpointKind::Other}, // vLLM
    {"/detokenize", EndpointKind::Other},
    {"/api/chat", EndpointKind::OllamaChat},
    {"/api/generate", EndpointKind::OllamaGenerate},
    {"/api/embed", EndpointKind::OllamaEmbed},
    {"/api/show", EndpointKind::Other}, // Ollama
    {"/api/pull", EndpointKind::Other},
    {"/api/push", EndpointKind::Other},
    {"/api/create", EndpointKind::Other},
    {"/api/copy", EndpointKind::Other},
    {"/api/me", EndpointKind::Other},
}};
constexpr std::array<Named, 9> openAiFolders = {{
    {"images", EndpointKind::Images},
    {"audio", EndpointKind::Audio},
    {"videos", EndpointKind::Videos},
    {"moderations", EndpointKind::Other},
    {"assistants", EndpointKind::Other},
    {"vector_stores", EndpointKind::Other},
    {"containers", EndpointKind::Other},
    {"conversations", EndpointKind::Unmetered}, // OpenAI's hold messages, Mistral's run a model
    {"uploads", EndpointKind::Other},
}};

/// The method after the colon of "models/NAME:METHOD". Batches of both kinds are created this way and polled
/// at /batches.
constexpr std::array<Named, 9> geminiMethods = {{
    {"generateContent", EndpointKind::GenerateContent},
    {"streamGenerateContent", EndpointKind::StreamGenerateContent},
    {"embedContent", EndpointKind::EmbedContent},
    {"batchEmbedContents", EndpointKind::EmbedContent},
    {"batchGenerateContent", EndpointKind::Batch},
    {"asyncBatchEmbedContent", EndpointKind::Batch},
    {"countTokens", EndpointKind::CountTokens},
    {"computeTokens", EndpointKind::CountTokens},
    {"predictLongRunning", EndpointKind::Videos},
}};

/// A whole folder name anywhere in the path.
bool hasFolder(std::string_view path, std::string_view folder)
{
    for (std::size_t at = path.find(folder); at != std::string_view::npos; at = path.find(folder, at + 1)) {
        const std::size_t end = at + folder.size();
        const bool wholeName = end == path.size() || path[end] == '/' || path[end] == ':';
        if (at > 0 && path[at - 1] == '/' && wholeName)
            return true;
    }
    return false;
}

EndpointKind openAiKind(std::string_view method, std::string_view path)
{
    if (hasFolder(path, "batches") || hasFolder(path, "files"))
        return EndpointKind::Batch;
    if (method == "POST") {
        for (const auto &[tail, kind] : openAiTails)
            if (path.ends_with(tail))
                return kind;
        for (const auto &[folder, kind] : openAiFolders)
            if (hasFolder(path, folder))
                return kind;
        return EndpointKind::Unmetered;
    }
    constexpr std::string_view responses = "/responses";
    if (method == "GET" && path.substr(0, path.rfind('/')).ends_with(responses))
        return EndpointKind::FetchedResponse;
    return EndpointKind::Other;
}

/// Azure names the deployment, which stands for the model, in the path alone.
std::string deploymentOf(std::string_view path)
{
    constexpr std::string_view folder = "/deployments/";
    const std::size_t at = path.find(folder);
    if (at == std::string_view::npos)
        return {};
    const std::string_view rest = path.substr(at + folder.size());
    return std::string(rest.substr(0, rest.find('/')));
}

Endpoint anthropicEndpoint(std::string_view method, std::string_view path);

Endpoint openAiEndpoint(std::string_view method, std::string_view path)
{
    // Claude Code's way to DeepSeek, Moonshot, Z.ai, OpenRouter, Ollama … OpenAI's threads have messages,
    // too.
    if (method == "POST" && (path.ends_with("/v1/messages") || path.ends_with("/v1/messages/count_tokens")))
        return anthropicEndpoint(method, path);
    return {Wire::OpenAi, openAiKind(method, path), method == "POST" ? deploymentOf(path) : std::string()};
}

EndpointKind anthropicKind(std::string_view method, std::string_view path)
{
    if (hasFolder(path, "messages/batches") || hasFolder(path, "files"))
        return EndpointKind::Batch;
    if (method == "POST" && path.ends_with("/messages"))
        return EndpointKind::Messages;
    if (method == "POST" && path.ends_with("/messages/count_tokens"))
        return EndpointKind::CountTokens;
    return method == "POST" ? EndpointKind::Unmetered : EndpointKind::Other;
}

Endpoint anthropicEndpoint(std::string_view method, std::string_view path)
{
    if (path.ends_with("/chat/completions")) // Anthropic's OpenAI compatibility
        return openAiEndpoint(method, path);
    return {Wire::Anthropic, anthropicKind(method, path), {}};
}

Endpoint geminiEndpoint(std::string_view method, std::string_view path)
{
    Endpoint found{Wire::Gemini, EndpointKind::Other, {}};
    if (hasFolder(path, "openai") || hasFolder(path, "openapi"))
        return openAiEndpoint(method, path);
    if (auto hosted = vertexPublisherEndpoint(method, path))
        return *std::move(hosted);
    if (hasFolder(path, "batches") || hasFolder(path, "files")) {
        found.kind = EndpointKind::Batch;
        return found;
    }
    if (method != "POST")
        return found;
    found.kind = EndpointKind::Unmetered;
    const std::size_t slash = path.rfind('/');
    const std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
    const std::size_t colon = last.find(':');
    if (colon == std::string_view::npos)
        return found;
    for (const auto &[name, kind] : geminiMethods)
        if (last.substr(colon + 1) == name)
            found.kind = kind;
    if (found.kind != EndpointKind::Unmetered || hasFolder(path.substr(0, slash), "models"))
        found.model = last.substr(0, colon);
    return found;
}

} // namespace

std::string_view nameOf(Wire wire)
{
    constexpr std::array<std::string_view, 5> names = {"openai", "anthropic", "gemini", "bedrock", "cohere"};
    return names[static_cast<std::size_t>(wire)];
}

std::optional<Wire> wireOf(std::string_view name)
{
    for (const Wire wire : {Wire::OpenAi, Wire::Anthropic, Wire::Gemini, Wire::Bedrock, Wire::Cohere})
        if (nameOf(wire) == name)
            return wire;
    return std::nullopt;
}

std::string_view Endpoint::name() const
{
    switch (kind) {
    case EndpointKind::ChatCompletions:
    case EndpointKind::Responses:
    case EndpointKind::Messages:
    case EndpointKind::Converse:
    case EndpointKind::ConverseStream:
    case EndpointKind::InvokeModelStream:
    case EndpointKind::CohereChat:
    case EndpointKind::OllamaChat:
        return semconv::operation::chat;
    case EndpointKind::InvokeModel:
        return isEmbeddingModel(model) ? semconv::operation::embeddings : semconv::operation::chat;
    case EndpointKind::Completions:
    case EndpointKind::OllamaGenerate:
        return semconv::operation::textCompletion;
    case EndpointKind::OpenAiEmbeddings:
    case EndpointKind::EmbedContent:
    case EndpointKind::CohereEmbed:
    case EndpointKind::OllamaEmbed:
        return semconv::operation::embeddings;
    case EndpointKind::GenerateContent:
    case EndpointKind::StreamGenerateContent:
        return semconv::operation::generateContent;
    case EndpointKind::CountTokens:
        return endpoint::countTokens;
    case EndpointKind::Batch:
        return endpoint::batch;
    case EndpointKind::Images:
        return endpoint::images;
    case EndpointKind::Audio:
        return endpoint::audio;
    case EndpointKind::Videos:
        return endpoint::videos;
    case EndpointKind::Rerank:
    case EndpointKind::CohereRerank:
        return endpoint::rerank;
    case EndpointKind::Ocr:
        return endpoint::ocr;
    case EndpointKind::Unmetered:
        return endpoint::unmetered;
    case EndpointKind::Other:
    case EndpointKind::FetchedResponse:
        break;
    }
    return endpoint::other;
}

bool Endpoint::metered() const
{
    switch (kind) {
    case EndpointKind::ChatCompletions:
    case EndpointKind::Responses:
    case EndpointKind::Completions:
    case EndpointKind::OpenAiEmbeddings:
    case EndpointKind::Messages:
    case EndpointKind::GenerateContent:
    case EndpointKind::StreamGenerateContent:
    case EndpointKind::EmbedContent:
    case EndpointKind::Converse:
    case EndpointKind::ConverseStream:
    case EndpointKind::InvokeModel:
    case EndpointKind::InvokeModelStream:
    case EndpointKind::CohereChat:
    case EndpointKind::CohereEmbed:
    case EndpointKind::CohereRerank:
    case EndpointKind::OllamaChat:
    case EndpointKind::OllamaGenerate:
    case EndpointKind::OllamaEmbed:
        return true;
    default:
        return false;
    }
}

bool Endpoint::streams() const
{
    return kind == EndpointKind::StreamGenerateContent || kind == EndpointKind::ConverseStream ||
           kind == EndpointKind::InvokeModelStream;
}

StreamForm Endpoint::streamForm() const
{
    switch (kind) {
    case EndpointKind::StreamGenerateContent:
        return StreamForm::None;
    case EndpointKind::ConverseStream:
    case EndpointKind::InvokeModelStream:
        return StreamForm::AwsEvents;
    case EndpointKind::OllamaChat:
    case EndpointKind::OllamaGenerate:
        return StreamForm::JsonLines;
    default:
        return StreamForm::ServerSentEvents;
    }
}

Endpoint classifyEndpoint(Wire wire, std::string_view method, std::string_view path)
{
    while (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    switch (wire) {
    case Wire::Anthropic:
        return anthropicEndpoint(method, path);
    case Wire::Gemini:
        return geminiEndpoint(method, path);
    case Wire::Bedrock:
        return bedrockEndpoint(method, path);
    case Wire::Cohere:
        return cohereEndpoint(method, path);
    case Wire::OpenAi:
        break;
    }
    return openAiEndpoint(method, path);
}

} // namespace farthing
