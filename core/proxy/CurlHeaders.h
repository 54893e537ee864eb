// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <curl/curl.h>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// Header lines as libcurl takes them, in two allocations for all of them. A line without a value is sent as
/// such; remove() keeps libcurl from adding one of its own.
class CurlHeaders
{
public:
    void add(std::string_view name, std::string_view value);
    void remove(std::string_view name);
    /// Valid until the next change.
    [[nodiscard]] curl_slist *list();

private:
    void addLine(std::string_view name, std::string_view mark, std::string_view value);

    std::string m_text; ///< the lines, each with a NUL behind it
    std::vector<std::size_t> m_starts;
    std::vector<curl_slist> m_nodes;
};

} // namespace farthing
