// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace farthing {

/// The OpenAI chat or completions request with `stream_options.include_usage` set, every other byte as it was; empty
/// where the body asks for usage already or does not stream.
std::optional<std::string> withIncludeUsage(std::string_view body);

/// Takes what include_usage brought out of an OpenAI SSE stream again: the extra chunk (empty `choices`, `usage` an object)
/// and the `"usage":null` member of the others. Every other byte passes unchanged and as soon as it can: at most one
/// incomplete SSE event is held.
class IncludeUsageFilter
{
public:
    /// Appends to `out` what the client should see of `chunk` and of what was held before it.
    void feed(std::string_view chunk, std::string &out);
    /// The upstream has ended: what is still held, as it came.
    void finish(std::string &out);

private:
    std::string m_held;
};

} // namespace farthing
