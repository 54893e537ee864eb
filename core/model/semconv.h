// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string_view>
#include <utility>

/// OpenTelemetry semantic conventions, those for GenAI above all: the one place that spells them.
namespace farthing::semconv {

/// gen_ai.operation.name, which is what an event's `endpoint` holds where the conventions have a name.
namespace operation {
constexpr std::string_view chat = "chat";
constexpr std::string_view textCompletion = "text_completion";
constexpr std::string_view embeddings = "embeddings";
constexpr std::string_view generateContent = "generate_content";
} // namespace operation

/// Attributes of spans. Each under the name that holds today, then those that instrumentations wrote, or
/// still write, instead of it.
namespace attribute {
using namespace std::string_view_literals;

inline constexpr std::array operationName = {"gen_ai.operation.name"sv};
inline constexpr std::array providerName = {"gen_ai.provider.name"sv, "gen_ai.system"sv};
inline constexpr std::array requestModel = {"gen_ai.request.model"sv};
inline constexpr std::array responseModel = {"gen_ai.response.model"sv};
inline constexpr std::array requestStream = {"gen_ai.request.stream"sv, "gen_ai.is_streaming"sv,
                                             "llm.is_streaming"sv};
inline constexpr std::array serviceTier = {"openai.response.service_tier"sv,
                                           "gen_ai.openai.response.service_tier"sv};
inline constexpr std::array conversation = {"gen_ai.conversation.id"sv, "session.id"sv};
inline constexpr std::array user = {"user.id"sv, "enduser.id"sv, "enduser.pseudo.id"sv};
inline constexpr std::array agentName = {"gen_ai.agent.name"sv};
inline constexpr std::array workflowName = {"gen_ai.workflow.name"sv, "traceloop.workflow.name"sv};
inline constexpr std::array errorType = {"error.type"sv};
inline constexpr std::array httpStatus = {"http.response.status_code"sv};
inline constexpr std::array serverAddress = {"server.address"sv};
inline constexpr std::array serverPort = {"server.port"sv};
inline constexpr std::array eventIdHeader = {"http.response.header.x-farthing-event-id"sv};

inline constexpr std::array inputTokens = {"gen_ai.usage.input_tokens"sv, "gen_ai.usage.prompt_tokens"sv};
inline constexpr std::array outputTokens = {"gen_ai.usage.output_tokens"sv,
                                            "gen_ai.usage.completion_tokens"sv};
inline constexpr std::array cacheRead = {"gen_ai.usage.cache_read.input_tokens"sv,
                                         "gen_ai.usage.cache_read_input_tokens"sv};
inline constexpr std::array cacheWrite = {
    "gen_ai.usage.cache_write.input_tokens"sv, "gen_ai.usage.cache_creation.input_tokens"sv,
    "gen_ai.usage.cache_write_input_tokens"sv, "gen_ai.usage.cache_creation_input_tokens"sv};
inline constexpr std::array reasoning = {"gen_ai.usage.reasoning.output_tokens"sv,
                                         "gen_ai.usage.reasoning_output_tokens"sv,
                                         "gen_ai.usage.reasoning_tokens"sv};

inline constexpr std::array secondsToFirstChunk = {"gen_ai.response.time_to_first_chunk"sv};
inline constexpr std::array millisecondsToFirstChunk = {"ai.response.msToFirstChunk"sv};
/// "chat" or "completion", from before there was an operation's name.
inline constexpr std::array legacyRequestType = {"llm.request.type"sv};

// Of the resource.
inline constexpr std::array serviceName = {"service.name"sv};
inline constexpr std::array environment = {"deployment.environment.name"sv, "deployment.environment"sv};
} // namespace attribute

/// Names of a span's events that mark a chunk of the reply.
inline constexpr std::array<std::string_view, 2> chunkEvents = {"llm.content.completion.chunk",
                                                                "ai.stream.firstChunk"};
/// What SDKs say where nobody has named the service: this, or this and a program's name.
constexpr std::string_view unnamedService = "unknown_service";

/// gen_ai.provider.name and its predecessor's values, beside what Farthing calls that upstream; others, in
/// lower case, are the same.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 13> providers = {{
    {"aws.bedrock", "bedrock"},
    {"azure.ai.inference", "azure_ai"},
    {"az.ai.inference", "azure_ai"},
    {"azure.ai.openai", "azure"},
    {"az.ai.openai", "azure"},
    {"gcp.gemini", "gemini"},
    {"gcp.gen_ai", "gemini"},
    {"google", "gemini"},
    {"gcp.vertex_ai", "vertex"},
    {"vertex_ai", "vertex"},
    {"mistral_ai", "mistral"},
    {"moonshot_ai", "moonshotai"},
    {"x_ai", "xai"},
}};

} // namespace farthing::semconv
