// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Embeddings.h"

#include "app/sim/ModelCatalog.h"
#include "app/sim/Random.h"
#include "app/sim/Tokenizer.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace farthing::sim {

namespace {

constexpr std::size_t kMostInputs = 2048;
constexpr std::size_t kMostWords = 256;
constexpr std::int64_t kMostDimensions = 4096;

std::string base64(const std::vector<float> &vector)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    for (const float value : vector) {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        for (unsigned shift = 0; shift < 32; shift += 8)
            bytes += static_cast<char>((bits >> shift) & 0xFFU);
    }
    std::string out;
    out.reserve(bytes.size() * 4 / 3 + 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = (group << 8U) | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            out += at + i > bytes.size() ? '=' : alphabet[(group >> (18U - 6U * i)) & 63U];
    }
    return out;
}

std::size_t dimensionsOf(const std::optional<std::int64_t> &asked, std::string_view model)
{
    std::int64_t dimensions =
        model == "text-embedding-3-large" || model == "gemini-embedding-001" ? 3072 : 1536;
    if (model == "text-embedding-004")
        dimensions = 768;
    return static_cast<std::size_t>(std::clamp<std::int64_t>(asked.value_or(dimensions), 1, kMostDimensions));
}

std::string textOfParts(const Json &content)
{
    std::string text;
    const Json *parts = member(content, "parts");
    if (parts && parts->is_array()) {
        for (const Json &part : *parts)
            text += textOf(part, "text");
    }
    return text;
}

} // namespace

std::vector<float> embed(std::string_view text, std::size_t dimensions)
{
    std::vector<float> vector(dimensions, 0.0F);
    std::size_t words = 0;
    for (std::size_t at = 0; at < text.size() && words < kMostWords; ++words) {
        const std::size_t end = tokenEnd(text, at);
        Random random(hashBytes(text.substr(at, end - at)));
        for (float &value : vector)
            value += static_cast<float>(random.uniform() - 0.5);
        at = end;
    }
    float norm = 0;
    for (const float value : vector)
        norm += value * value;
    if (norm <= 0) {
        vector[0] = 1; // an empty text still has a unit vector
        return vector;
    }
    const float scale = 1.0F / std::sqrt(norm);
    for (float &value : vector)
        value *= scale;
    return vector;
}

Outcome openAiEmbeddings(const Json &body)
{
    const std::string model = textOf(body, "model");
    if (!modelExists(Wire::OpenAi, model))
        return ApiError{404, "The model `" + model + "` does not exist or you do not have access to it.",
                        "model_not_found"};
    const Json *input = member(body, "input");
    if (!input || (!input->is_string() && !input->is_array()) || input->empty())
        return ApiError{400, "'$.input' is invalid: expected a string, an array of strings or of tokens.", "",
                        "input"};
    const bool single = input->is_string() || input->front().is_number();
    const Json inputs = single ? Json::array({*input}) : *input;
    if (inputs.size() > kMostInputs)
        return ApiError{400, "'$.input' is invalid: at most 2048 items.", "", "input"};
    const std::size_t dimensions = dimensionsOf(integerOf(body, "dimensions"), model);
    const bool encoded = textOf(body, "encoding_format") == "base64";
    std::int64_t tokens = 0;
    Json data = Json::array();
    for (const Json &item : inputs) {
        const std::string text = item.is_string() ? item.get<std::string>() : dump(item);
        tokens += item.is_array() ? static_cast<std::int64_t>(item.size()) : countTokens(text);
        const std::vector<float> vector = embed(text, dimensions);
        data.push_back({{"object", "embedding"},
                        {"index", data.size()},
                        {"embedding", encoded ? Json(base64(vector)) : Json(vector)}});
    }
    Reply reply;
    reply.body = dump({{"object", "list"},
                       {"data", std::move(data)},
                       {"model", snapshotOf(model)},
                       {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
    return reply;
}

Outcome geminiEmbed(const Json &body, const std::string &model, bool batch)
{
    if (!modelExists(Wire::Gemini, model))
        return ApiError{
            404, "models/" + model +
                     " is not found for API version v1beta, or is not supported for embedContent. Call "
                     "ListModels to see the list of available models and their supported methods."};
    const auto embedOne = [&](const Json &request) -> Json {
        const Json *content = member(request, "content");
        const std::size_t dimensions = dimensionsOf(integerOf(request, "outputDimensionality"), model);
        return {{"values", embed(content ? textOfParts(*content) : std::string(), dimensions)}};
    };
    Reply reply;
    if (!batch) {
        if (!member(body, "content"))
            return ApiError{400, "* EmbedContentRequest.content: content is not specified"};
        reply.body = dump({{"embedding", embedOne(body)}});
        return reply;
    }
    const Json *requests = member(body, "requests");
    if (!requests || !requests->is_array() || requests->empty() || requests->size() > kMostInputs)
        return ApiError{400,
                        "* BatchEmbedContentsRequest.requests: between 1 and 2048 requests are expected"};
    Json embeddings = Json::array();
    for (const Json &request : *requests)
        embeddings.push_back(embedOne(request));
    reply.body = dump({{"embeddings", std::move(embeddings)}});
    return reply;
}

} // namespace farthing::sim
