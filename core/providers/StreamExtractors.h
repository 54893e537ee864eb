// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/ReplyReader.h"

namespace farthing {

/// For streams, by the way they are cut: server-sent events, Amazon's event stream, one JSON object after the
/// other.
std::unique_ptr<UsageExtractor> makeSseExtractor(std::unique_ptr<ReplyReader> reader);
std::unique_ptr<UsageExtractor> makeAwsEventExtractor(std::unique_ptr<ReplyReader> reader);
std::unique_ptr<UsageExtractor> makeJsonLinesExtractor(std::unique_ptr<ReplyReader> reader);

/// Hands one JSON object to the reader; false where it is none. The parser serves all calls of a thread in
/// turn.
bool readObject(ReplyReader &reader, std::string_view json);

} // namespace farthing
