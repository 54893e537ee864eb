// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/Endpoint.h"

namespace farthing {

/// Amazon Bedrock: "/model/MODEL/converse", "/converse-stream", "/invoke", "/invoke-with-response-stream" and
/// "/count-tokens" (API reference, "Amazon Bedrock Runtime"), and the paths of OpenAI's and Anthropic's wires
/// that it serves beside them. The model is percent-decoded: an id, an inference profile's or an ARN.
Endpoint bedrockEndpoint(std::string_view method, std::string_view path);

/// Cohere: chat, embed and rerank of version 1 and 2 (docs.cohere.com, "API reference"), and its OpenAI
/// compatibility.
Endpoint cohereEndpoint(std::string_view method, std::string_view path);

/// Vertex AI's "…/publishers/PUBLISHER/models/MODEL:rawPredict" and ":streamRawPredict", which take the wire
/// of whoever made the model: Anthropic's for Claude, OpenAI's for the others. Nothing for Google's own
/// models.
std::optional<Endpoint> vertexPublisherEndpoint(std::string_view method, std::string_view path);

/// Whether a Bedrock model makes embeddings, by its name.
bool isEmbeddingModel(std::string_view model);

} // namespace farthing
