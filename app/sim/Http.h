// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/LatencyProfile.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace farthing::sim {

/// A request as the wires read it.
struct HttpCall
{
    std::string method;
    std::string path; ///< without the query, percent-decoded
    std::string query;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;

    [[nodiscard]] std::string header(const std::string &name) const
    {
        const auto it = headers.find(name);
        return it == headers.end() ? std::string() : it->second;
    }
    /// The value of a query parameter, or empty.
    [[nodiscard]] std::string parameter(const std::string &name) const;
    /// The header `X-Sim-Output-Tokens`: how long the answer must be, for replaying a trace.
    [[nodiscard]] std::optional<std::int64_t> wantedTokens() const;
};

/// A part of a streamed reply and the output tokens that had to be made before it.
struct Piece
{
    std::string bytes;
    std::int64_t tokens = 0;
};

/// How the connection fails.
enum class Breakage : std::uint8_t {
    None,
    Reset,    ///< a TCP reset before any answer
    Truncate, ///< half of the reply, then the connection closes
    Hang,     ///< half of a stream, nothing of a body, and then silence
};

struct Reply
{
    int status = 200;
    std::string contentType = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::vector<Piece> pieces; ///< a streamed reply, sent chunked; `body` is then empty
    Work work;
    Delay delay;
    Breakage breakage = Breakage::None;
};

/// A refusal, before a wire has given it its own spelling.
struct ApiError
{
    int status = 400;
    std::string message;
    std::string code = {};  ///< OpenAI `code`
    std::string param = {}; ///< OpenAI `param`
};

using Outcome = std::variant<Reply, ApiError>;

/// "event: NAME\ndata: DATA\n\n"
std::string sseEvent(std::string_view name, std::string_view data);
/// "data: DATA\n\n"
std::string sseData(std::string_view data);

} // namespace farthing::sim
