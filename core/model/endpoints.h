// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

/// What an event's `endpoint` holds where OpenTelemetry has no name: the path's own.
namespace farthing::endpoint {

constexpr std::string_view countTokens = "count_tokens";
constexpr std::string_view batch = "batch";
constexpr std::string_view images = "images";
constexpr std::string_view audio = "audio";
constexpr std::string_view videos = "videos";
constexpr std::string_view rerank = "rerank";
constexpr std::string_view ocr = "ocr";
constexpr std::string_view realtime = "realtime";   ///< a connection whose responses are events of their own
constexpr std::string_view webSocket = "websocket"; ///< a connection that is passed on unread
constexpr std::string_view unmetered = "unmetered"; ///< a POST of unknown purpose
constexpr std::string_view other = "other";         ///< free

/// Whether work without tokens costs money all the same, so that its cost is not known: it is billed by the
/// image, second, search or page, was not read, or is of unknown purpose and names a model.
constexpr bool costsUnknownMoney(std::string_view name, bool namesAModel)
{
    constexpr std::array names = {images, audio, videos, rerank, ocr, webSocket};
    return std::ranges::find(names, name) != names.end() || (name == unmetered && namesAModel);
}

} // namespace farthing::endpoint
