// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/TokenEstimator.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace farthing {

using nlohmann::json;

namespace {

/// What a call still weighs when the next one of the same model comes.
constexpr double memory = 0.98;
constexpr double defaultBytesPerToken = 4;
/// A learnt ratio outside is no text: hidden reasoning, images, or a provider that counts something else.
constexpr double minBytesPerToken = 0.5;
constexpr double maxBytesPerToken = 20;
/// Model names come from clients: more than any installation uses, few enough to keep.
constexpr std::size_t maxModels = 10'000;

bool plausible(double bytes, double tokens)
{
    return std::isfinite(bytes) && std::isfinite(tokens) && bytes > 0 && tokens > 0 &&
           bytes / tokens >= minBytesPerToken && bytes / tokens <= maxBytesPerToken;
}

} // namespace

void TokenEstimator::learn(std::string_view model, Direction direction, std::int64_t textBytes,
                           std::int64_t tokens)
{
    const auto bytes = static_cast<double>(textBytes);
    const auto count = static_cast<double>(tokens);
    if (!plausible(bytes, count))
        return;
    auto &ratios = direction == Direction::Input ? m_input : m_output;
    auto known = ratios.find(std::string(model));
    if (known == ratios.end()) {
        if (ratios.size() >= maxModels)
            return;
        known = ratios.emplace(model, Ratio{}).first;
    }
    known->second.bytes = known->second.bytes * memory + bytes;
    known->second.tokens = known->second.tokens * memory + count;
}

std::int64_t TokenEstimator::estimate(std::string_view model, Direction direction,
                                      std::int64_t textBytes) const
{
    if (textBytes <= 0)
        return 0;
    const auto &ratios = direction == Direction::Input ? m_input : m_output;
    const auto known = ratios.find(std::string(model));
    const double perToken =
        known == ratios.end() ? defaultBytesPerToken : known->second.bytes / known->second.tokens;
    return std::max<std::int64_t>(1, std::llround(static_cast<double>(textBytes) / perToken));
}

std::string TokenEstimator::save() const
{
    json state = json::object();
    for (const auto &[name, ratios] : {std::pair("input", &m_input), std::pair("output", &m_output)}) {
        json models = json::object();
        for (const auto &[model, ratio] : *ratios)
            models[model] = {ratio.bytes, ratio.tokens};
        state[name] = std::move(models);
    }
    return state.dump(-1, ' ', false, json::error_handler_t::replace);
}

void TokenEstimator::load(std::string_view text)
{
    const json state = json::parse(text, nullptr, false);
    if (!state.is_object())
        return;
    std::unordered_map<std::string, Ratio> input;
    std::unordered_map<std::string, Ratio> output;
    for (const auto &[name, ratios] : {std::pair("input", &input), std::pair("output", &output)}) {
        const auto models = state.find(name);
        if (models == state.end() || !models->is_object())
            return;
        for (const auto &[model, pair] : models->items()) {
            if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number())
                return;
            const Ratio ratio{pair[0].get<double>(), pair[1].get<double>()};
            if (!plausible(ratio.bytes, ratio.tokens))
                return;
            ratios->emplace(model, ratio);
        }
    }
    m_input = std::move(input);
    m_output = std::move(output);
}

} // namespace farthing
