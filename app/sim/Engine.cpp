// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Engine.h"

#include "app/sim/TextSource.h"
#include "app/sim/Tokenizer.h"

#include <algorithm>
#include <cctype>

namespace farthing::sim {

namespace {

/// Keeps one reply's memory within bounds, whatever a client asks for.
constexpr std::int64_t kMostOutputTokens = 32'768;
constexpr int kMostChoices = 16;

std::string lower(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

/// A tool is called for when the user's words hold a part of its name: "the weather in Oslo" and get_weather.
bool speaksOf(const std::string &userText, const std::string &toolName)
{
    const std::string name = lower(toolName);
    for (std::size_t from = 0; from < name.size();) {
        const std::size_t end = std::min(name.find_first_of("_-.", from), name.size());
        if (end - from >= 4 && userText.find(name.substr(from, end - from)) != std::string::npos)
            return true;
        from = end + 1;
    }
    return false;
}

std::int64_t lengthOf(const ModelCall &call, Random &random)
{
    // Median and spread of the answers in public traces of conversations.
    const double drawn = std::max(4.0, random.logNormal(130, 0.8));
    return std::clamp<std::int64_t>(call.wantedTokens.value_or(static_cast<std::int64_t>(drawn)), 1,
                                    kMostOutputTokens);
}

/// The first `tokens` of a text, or one less where the last would end within a character.
std::string cutTokens(const std::string &text, std::int64_t tokens)
{
    std::size_t at = 0;
    for (; at < text.size() && tokens > 0; --tokens)
        at = tokenEnd(text, at);
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U)
        --at;
    return text.substr(0, at);
}

} // namespace

Engine::Engine(const Clock &clock, std::uint64_t seed)
    : m_clock(clock)
    , m_seed(seed)
    , m_random(mix(seed))
    , m_cache(clock)
{}

std::string Engine::freshId(std::size_t length)
{
    return writeId(m_random, length);
}

std::int64_t Engine::nowSeconds() const
{
    return toMicros(m_clock.now()) / 1'000'000;
}

std::int64_t Engine::countInput(const std::vector<PromptBlock> &prompt) const
{
    std::int64_t tokens = 0;
    for (const PromptBlock &block : prompt)
        tokens += block.extraTokens + countTokens(block.text);
    return tokens;
}

ModelAnswer Engine::answer(const ModelCall &call)
{
    const PromptMap map = mapPrompt(call.prompt, call.apiKey + '\n' + call.model + '\n' + call.cacheKey);
    ModelAnswer answer;
    answer.id = freshId(24);
    answer.createdS = nowSeconds();
    answer.inputTokens = map.tokens;
    if (call.cache == CacheKind::Automatic)
        answer.cache = m_cache.useAutomatic(map, call.cacheMinimum, CacheLife::FiveMinutes);
    else if (call.cache == CacheKind::Breakpoints)
        answer.cache = m_cache.useBreakpoints(map, call.prompt, call.cacheMinimum);
    // The answer must not depend on who asks, so the hash it starts from leaves the key out.
    const std::uint64_t content = mapPrompt(call.prompt, call.model).hash;
    const int choices = std::clamp(call.choices, 1, kMostChoices);
    for (int index = 0; index < choices; ++index) {
        Random random(mix(content ^ m_seed) + static_cast<std::uint64_t>(index));
        answer.choices.push_back(makeChoice(call, random, answer));
    }
    return answer;
}

Choice Engine::makeChoice(const ModelCall &call, Random &random, ModelAnswer &answer)
{
    Choice choice;
    std::int64_t left =
        std::clamp<std::int64_t>(call.maxTokens.value_or(kMostOutputTokens), 1, kMostOutputTokens);
    if (call.thinkingMedian > 0) {
        const double drawn = random.logNormal(static_cast<double>(call.thinkingMedian), 0.6);
        const auto tokens = std::clamp<std::int64_t>(static_cast<std::int64_t>(drawn), 1, left);
        if (call.showThinking)
            choice.thinking = writeText(random, tokens);
        answer.reasoningTokens += tokens;
        answer.outputTokens += tokens;
        left -= tokens;
    }
    callTools(call, random, choice);
    if (choice.calls.empty()) {
        if (call.jsonOutput)
            choice.text = dump(call.jsonSchema.is_object() ? fillSchema(call.jsonSchema, random)
                                                           : Json{{"answer", writeText(random, 12)}});
        else
            choice.text = writeText(random, lengthOf(call, random));
    }
    std::int64_t made = countTokens(choice.text);
    if (made > left) {
        choice.text = cutTokens(choice.text, left);
        choice.cut = true;
        made = countTokens(choice.text);
    }
    for (const ToolCall &toolCall : choice.calls)
        made += 4 + countTokens(toolCall.name) + countTokens(toolCall.arguments);
    answer.outputTokens += made;
    return choice;
}

void Engine::callTools(const ModelCall &call, Random &random, Choice &choice)
{
    if (call.tools.empty() || call.toolChoice == ToolChoice::None)
        return;
    const std::string userText = lower(call.lastUserText);
    for (const ToolSpec &tool : call.tools) {
        const bool wanted = call.toolChoice == ToolChoice::Named ? tool.name == call.namedTool
                                                                 : speaksOf(userText, tool.name);
        if (wanted)
            choice.calls.push_back({freshId(24), tool.name, dump(fillSchema(tool.schema, random))});
        if (choice.calls.size() == 4)
            return;
    }
    if (choice.calls.empty() && call.toolChoice == ToolChoice::Required)
        choice.calls.push_back(
            {freshId(24), call.tools.front().name, dump(fillSchema(call.tools.front().schema, random))});
}

} // namespace farthing::sim
