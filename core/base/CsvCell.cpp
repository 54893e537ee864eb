// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/CsvCell.h"

#include <algorithm>

namespace farthing {

bool needsCsvGuard(std::string_view text)
{
    return !text.empty() && std::string_view("=+-@\t\r'").find(text.front()) != std::string_view::npos;
}

void appendCsvCell(std::string &out, std::string_view text, bool guarded)
{
    const bool guard = guarded && needsCsvGuard(text);
    if (!guard && text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out.push_back('"');
    if (guard)
        out.push_back('\'');
    for (const char c : text) {
        if (c == '"')
            out.push_back('"');
        out.push_back(c);
    }
    out.push_back('"');
}

void guardCsvCell(std::string &out, std::size_t begin)
{
    const std::string_view text = std::string_view(out).substr(begin);
    const bool isPlain =
        std::ranges::none_of(text, [](char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; });
    if (text.empty() || (isPlain && !needsCsvGuard(text)))
        return;
    const std::string own(text);
    out.resize(begin);
    appendCsvCell(out, own, true);
}

} // namespace farthing
