// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/CachedAudio.h"

#include "core/base/JsonTree.h"

#include <array>
#include <charconv>

namespace farthing {

namespace {

std::optional<std::int64_t> countOf(const JsonNode *node)
{
    std::int64_t count = 0;
    if (node == nullptr || !node->isNumber())
        return std::nullopt;
    const char *const end = node->text.data() + node->text.size();
    const auto [rest, error] = std::from_chars(node->text.data(), end, count);
    return error == std::errc() && rest == end ? std::optional(count) : std::nullopt;
}

} // namespace

std::optional<std::int64_t> toldCachedAudio(std::string_view rawUsage)
{
    constexpr std::array inputs = {"input_token_details", "input_tokens_details", "prompt_tokens_details"};
    const auto usage = parseJsonTree(rawUsage);
    if (!usage)
        return std::nullopt;
    for (const char *const name : inputs)
        if (const JsonNode *const input = usage->find(name))
            if (const JsonNode *const cached = input->find("cached_tokens_details"))
                return countOf(cached->find("audio_tokens"));
    const JsonNode *const modalities = usage->find("cacheTokensDetails");
    if (modalities == nullptr || !modalities->isArray())
        return std::nullopt;
    for (const JsonNode &each : modalities->items)
        if (const JsonNode *const modality = each.find("modality");
            modality != nullptr && modality->text == "AUDIO")
            return countOf(each.find("tokenCount"));
    return 0;
}

} // namespace farthing
