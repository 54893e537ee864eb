// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Http.h"

#include <algorithm>
#include <charconv>

namespace farthing::sim {

std::string HttpCall::parameter(const std::string &name) const
{
    for (std::size_t from = 0; from < query.size();) {
        const std::size_t end = std::min(query.find('&', from), query.size());
        const std::string pair = query.substr(from, end - from);
        if (pair.starts_with(name + '='))
            return pair.substr(name.size() + 1);
        from = end + 1;
    }
    return {};
}

std::optional<std::int64_t> HttpCall::wantedTokens() const
{
    const std::string text = header("x-sim-output-tokens");
    std::int64_t tokens = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), tokens).ec != std::errc())
        return std::nullopt;
    return tokens;
}

std::string sseEvent(std::string_view name, std::string_view data)
{
    std::string event = "event: ";
    event.append(name).append("\ndata: ").append(data).append("\n\n");
    return event;
}

std::string sseData(std::string_view data)
{
    std::string event = "data: ";
    event.append(data).append("\n\n");
    return event;
}

} // namespace farthing::sim
