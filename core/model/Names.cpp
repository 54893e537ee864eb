// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/Names.h"

#include <array>

namespace farthing {

namespace {

constexpr std::array<std::string_view, 4> tiers = {"pass", "fast", "full", "batch"};
constexpr std::array<std::string_view, 4> caches = {"none", "exact", "semantic", "coalesced"};
constexpr std::array<std::string_view, 3> sources = {"none", "estimated", "provider"};
constexpr std::array<std::string_view, promptSegmentCount> segments = {"system", "tools", "context",
                                                                       "history", "user"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N> &names, std::string_view name)
{
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == name)
            return static_cast<Enum>(i);
    return std::nullopt;
}

} // namespace

std::string_view nameOf(Tier tier)
{
    return tiers[static_cast<std::size_t>(tier)];
}
std::string_view nameOf(CacheKind cache)
{
    return caches[static_cast<std::size_t>(cache)];
}
std::string_view nameOf(UsageSource source)
{
    return sources[static_cast<std::size_t>(source)];
}
std::string_view nameOf(PromptSegment segment)
{
    return segments[static_cast<std::size_t>(segment)];
}

std::optional<Tier> tierOf(std::string_view name)
{
    return find<Tier>(tiers, name);
}
std::optional<CacheKind> cacheKindOf(std::string_view name)
{
    return find<CacheKind>(caches, name);
}
std::optional<UsageSource> usageSourceOf(std::string_view name)
{
    return find<UsageSource>(sources, name);
}

} // namespace farthing
