// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/OtlpReply.h"

#include <nlohmann/json.hpp>

namespace farthing {

namespace {

using nlohmann::json;

constexpr int retryAfterS = 5;

void putVarint(std::string &out, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
}

void putNumber(std::string &out, unsigned field, std::uint64_t value)
{
    putVarint(out, field << 3);
    putVarint(out, value);
}

void putBytes(std::string &out, unsigned field, std::string_view bytes)
{
    putVarint(out, field << 3 | 2);
    putVarint(out, bytes.size());
    out += bytes;
}

std::string textOf(const json &body)
{
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// google.rpc.Code.
int codeOf(int status)
{
    constexpr int invalidArgument = 3;
    constexpr int resourceExhausted = 8;
    constexpr int unavailable = 14;
    return status == 503 ? unavailable : status == 413 ? resourceExhausted : invalidArgument;
}

const char *contentTypeOf(OtlpEncoding encoding)
{
    return encoding == OtlpEncoding::Json ? "application/json" : "application/x-protobuf";
}

} // namespace

IngestReply otlpTaken(OtlpEncoding encoding, std::uint64_t rejectedSpans, std::string_view message)
{
    IngestReply reply{200, contentTypeOf(encoding), {}, 0};
    if (encoding == OtlpEncoding::Json) {
        json body = json::object();
        if (!message.empty())
            body["partialSuccess"] = {{"rejectedSpans", std::to_string(rejectedSpans)},
                                      {"errorMessage", message}};
        reply.body = textOf(body);
    } else if (!message.empty()) {
        std::string partial;
        putNumber(partial, 1, rejectedSpans);
        putBytes(partial, 2, message);
        putBytes(reply.body, 1, partial);
    }
    return reply;
}

IngestReply otlpRefused(OtlpEncoding encoding, int status, std::string_view message)
{
    IngestReply reply{status, contentTypeOf(encoding), {}, status == 503 ? retryAfterS : 0};
    if (encoding == OtlpEncoding::Json) {
        reply.body = textOf({{"code", codeOf(status)}, {"message", message}});
    } else {
        putNumber(reply.body, 1, static_cast<std::uint64_t>(codeOf(status)));
        putBytes(reply.body, 2, message);
    }
    return reply;
}

} // namespace farthing
