// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Prompt.h"

#include "app/sim/Random.h"
#include "app/sim/Tokenizer.h"

namespace farthing::sim {

PromptMap mapPrompt(const std::vector<PromptBlock> &blocks, std::string_view scope)
{
    constexpr std::string_view separator("\0", 1);
    PromptMap map;
    std::uint64_t hash = hashBytes(separator, hashBytes(scope));
    const auto advance = [&](std::int64_t tokens) {
        for (; tokens > 0; --tokens) {
            if (++map.tokens % kCacheStep == 0)
                map.steps.push_back({hash, map.tokens});
        }
    };
    for (const PromptBlock &block : blocks) {
        hash = hashBytes(separator, hashBytes(block.role, hash));
        advance(block.extraTokens);
        const std::string_view text = block.text;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = tokenEnd(text, at);
            hash = hashBytes(text.substr(at, end - at), hash);
            advance(1);
            at = end;
        }
        map.blocks.push_back({hash, map.tokens});
    }
    map.hash = hash;
    return map;
}

} // namespace farthing::sim
