// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace farthing {

/// The OpenAI chat or completions request with `stream_options.include_usage` set, every other byte as it
/// was; empty where the body asks for usage already or does not stream.
std::optional<std::string> withIncludeUsage(std::string_view body);

/// Takes what include_usage brought out of an OpenAI SSE stream again: the extra chunk (empty `choices`,
/// `usage` an object) and the `"usage":null` member of the others. Every other byte passes unchanged and as
/// soon as it can: at most one incomplete SSE event is held, and one above 32 MiB passes as it is. An
/// upstream that reports usage in chunks with choices, or beside other members without being asked (Azure's
/// prompt filter results), keeps what it sent.
class IncludeUsageFilter
{
public:
    /// Appends to `out` what the client should see of `chunk` and of what was held before it.
    void feed(std::string_view chunk, std::string &out);
    /// The upstream has ended: what is still held, as it came.
    void finish(std::string &out);

private:
    void pass(std::string_view event, std::string &out);

    std::string m_held;         ///< an event whose end has not come yet
    std::size_t m_scanned = 0;  ///< of m_held, without an end of event
    bool m_afterReturn = false; ///< the last event ended in CR: an LF that follows belongs to it
    bool m_dropped = false;     ///< the last event was taken out
    bool m_first = true;        ///< a byte order mark may come
    bool m_passThrough = false; ///< inside an event too large to hold
};

} // namespace farthing
