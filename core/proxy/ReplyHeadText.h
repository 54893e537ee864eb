// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"
#include "core/proxy/UpstreamClient.h"

#include <optional>
#include <string>

namespace farthing {

/// How a reply's body is told from what follows it.
enum class Framing { None, Length, Chunked, UntilClose };

struct ReplyFraming
{
    Framing kind = Framing::None;
    std::string contentLength; ///< as the upstream sent it; may stand on a reply without a body (HEAD)
    bool keepAlive = true;
};

/// `sameLength` is false where what the client sees differs from what the upstream sends.
ReplyFraming framingOf(const ReplyHead &head, bool isHead, bool clientSpeaksHttp11, bool clientKeepsAlive,
                       bool sameLength);

/// The status line and headers for the client: the upstream's end-to-end headers as they came, then
/// Farthing's.
std::string replyHeadText(const ReplyHead &head, const ReplyFraming &framing, const CostEvent &event);

/// A head for an answer of Farthing's own.
std::string ownHeadText(int status, std::string_view contentType, std::size_t length, bool keepAlive,
                        int retryAfterS = 0);

/// The registered reason phrase; empty where there is none.
std::string_view reasonOf(int status);

} // namespace farthing
