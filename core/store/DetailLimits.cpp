// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/DetailLimits.h"

#include <algorithm>

namespace farthing::limit {

std::string_view cut(std::string_view text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80)
        --most;
    return text.substr(0, most);
}

std::string_view rawUsage(const CostEvent &event)
{
    return event.rawUsage.size() <= rawUsageBytes ? std::string_view(event.rawUsage) : std::string_view();
}

std::vector<UsagePart> parts(const std::vector<UsagePart> &all)
{
    std::vector<UsagePart> bounded(
        all.begin(), all.begin() + std::min(std::ssize(all), static_cast<std::ptrdiff_t>(listLength)));
    for (std::size_t i = bounded.size(); i < all.size(); ++i)
        bounded.back().usage += all[i].usage;
    return bounded;
}

} // namespace farthing::limit
