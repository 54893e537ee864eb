// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/StreamForm.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace farthing {

/// The dialect an upstream speaks. Hosts speak several: Ollama and Azure beside OpenAI's, Vertex AI beside
/// Gemini's, Bedrock and Cohere their own; an endpoint's wire is that of its path.
enum class Wire : std::uint8_t { OpenAi, Anthropic, Gemini, Bedrock, Cohere };
std::string_view nameOf(Wire wire);
std::optional<Wire> wireOf(std::string_view name);

enum class EndpointKind : std::uint8_t {
    ChatCompletions,
    Responses,
    Completions,
    OpenAiEmbeddings, ///< OpenAI wire
    Messages,
    CountTokens, ///< Anthropic wire
    GenerateContent,
    StreamGenerateContent,
    EmbedContent, ///< Gemini wire
    Converse,
    ConverseStream,
    InvokeModel,
    InvokeModelStream, ///< Bedrock wire
    CohereChat,
    CohereEmbed,
    CohereRerank, ///< Cohere wire; what it bills are searches, not tokens
    OllamaChat,
    OllamaGenerate,
    OllamaEmbed, ///< Ollama's own paths, on the OpenAI wire
    Batch,       ///< creating, polling and fetching batches and their files: no tokens of its own
    Images,      ///< this and the next five: no tokens, yet it may cost money
    Audio,
    Videos,
    Rerank,
    Ocr,
    Unmetered,
    Other,           ///< passed through and free
    FetchedResponse, ///< a response fetched by its id, which may tell what its background work consumed
};

/// What a request's method and path say about it.
struct Endpoint
{
    Wire wire = Wire::OpenAi;
    EndpointKind kind = EndpointKind::Other;
    std::string model; ///< where the path names it (Gemini, Bedrock, Azure's deployments); otherwise empty

    /// What the event's `endpoint` column holds: an OpenTelemetry operation name, or the path's own name
    /// where there is none.
    [[nodiscard]] std::string_view name() const;
    /// True where the reply is expected to carry tokens.
    [[nodiscard]] bool metered() const;
    /// True where the path alone says that the reply is a stream.
    [[nodiscard]] bool streams() const;
    /// How its replies are cut where they are streams; Gemini's may be an array, which is none.
    [[nodiscard]] StreamForm streamForm() const;
    /// True where it is worth reading a reply that succeeds.
    [[nodiscard]] bool mayReportUsage() const { return metered() || kind == EndpointKind::FetchedResponse; }
};

/// `path` is the upstream's own path without query and without Farthing's prefixes, e.g.
/// "/v1/chat/completions",
/// "/api/v1/chat/completions", "/v1beta/models/gemini-2.5-pro:streamGenerateContent". Leading version folders
/// of OpenAI-compatible upstreams differ, so OpenAI endpoints are recognised by the end of the path.
Endpoint classifyEndpoint(Wire wire, std::string_view method, std::string_view path);

} // namespace farthing
