// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/UpstreamClient.h"

#include <string_view>

namespace farthing {

/// Reads the head of a reply from its lines: interim heads (1xx) before it are forgotten, trailers behind it
/// left out. What nobody may pass on is put right (RFC 9112 sections 2.2, 5.1, 5.2 and 6.3): a space before a
/// colon goes, folded lines are joined, a CR inside a line becomes a space; a length is dropped beside a
/// Transfer-Encoding, and one that is repeated stands once. Where a length cannot be believed,
/// ReplyHead::unclear says why.
class ReplyHeadReader
{
public:
    /// A line with or without its end.
    void feed(std::string_view line);
    [[nodiscard]] bool complete() const { return m_complete; }
    [[nodiscard]] const ReplyHead &head() const { return m_head; }

private:
    void readStatusLine(std::string_view line);
    void readHeader(std::string_view line);
    void settleLength();

    ReplyHead m_head;
    bool m_complete = false;
};

} // namespace farthing
