// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

/// Protocol Buffers by hand, by the field numbers of opentelemetry-proto, so that the reader is held to the
/// format and not to a writer of its own.
namespace farthing::otlp {

inline std::string varint(std::uint64_t value)
{
    std::string out;
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
    return out;
}
inline std::string number(unsigned field, std::uint64_t value)
{
    return varint(field << 3) + varint(value);
}
inline std::string bytes(unsigned field, std::string_view value)
{
    return varint(field << 3 | 2) + varint(value.size()) + std::string(value);
}
inline std::string fixed64(unsigned field, std::uint64_t value)
{
    std::string out = varint(field << 3 | 1);
    for (int i = 0; i < 8; ++i)
        out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
}

inline std::string attribute(unsigned field, std::string_view key, const std::string &anyValue)
{
    return bytes(field, bytes(1, key) + bytes(2, anyValue));
}
inline std::string text(std::string_view value)
{
    return bytes(1, value);
}
inline std::string flag(bool value)
{
    return number(2, value ? 1 : 0);
}
inline std::string integer(std::int64_t value)
{
    return number(3, static_cast<std::uint64_t>(value));
}
inline std::string real(double value)
{
    return fixed64(4, std::bit_cast<std::uint64_t>(value));
}
inline std::string list(const std::string &values)
{
    return bytes(5, bytes(1, values));
}

constexpr unsigned resourceAttribute = 1;
constexpr unsigned spanAttribute = 9;
constexpr std::uint64_t startNs = 1'764'000'000'123'456'789;
constexpr std::uint64_t endNs = startNs + 1'500'000'000;

inline std::string spanHead(std::string_view spanId = "\x01\x02\x03\x04\x05\x06\x07\x08",
                            std::string_view traceId = "0123456789abcdef")
{
    return bytes(1, traceId) + bytes(2, spanId) + bytes(5, "chat gpt-4o") + number(6, 3) +
           fixed64(7, startNs) + fixed64(8, endNs);
}
/// A chat of 1,000 and 50 tokens on gpt-4o.
inline std::string chatSpan(std::string_view spanId = "\x01\x02\x03\x04\x05\x06\x07\x08")
{
    return spanHead(spanId) + attribute(spanAttribute, "gen_ai.operation.name", text("chat")) +
           attribute(spanAttribute, "gen_ai.provider.name", text("openai")) +
           attribute(spanAttribute, "gen_ai.request.model", text("gpt-4o")) +
           attribute(spanAttribute, "gen_ai.usage.input_tokens", integer(1000)) +
           attribute(spanAttribute, "gen_ai.usage.output_tokens", integer(50));
}
/// A request with these ScopeSpans.spans, each as spansOf() makes them.
inline std::string request(const std::string &spans, const std::string &resource = {},
                           const std::string &scope = {})
{
    return bytes(1, bytes(1, resource) + bytes(2, bytes(1, scope) + spans));
}
inline std::string span(const std::string &message)
{
    return bytes(2, message);
}

} // namespace farthing::otlp
