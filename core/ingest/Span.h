// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace farthing {

/// Nothing where the value is of a kind that no attribute read here has. Of a list, its first element.
using AttributeValue = std::variant<std::monostate, std::string_view, std::int64_t, double, bool>;

struct Attribute
{
    std::string_view key;
    AttributeValue value;
};
using Attributes = std::vector<Attribute>;

/// Null where there is none of that name; the first of several.
const AttributeValue *find(const Attributes &attributes, std::string_view key);
/// The first of those names, in their order, that is there.
const AttributeValue *find(const Attributes &attributes, std::span<const std::string_view> keys);

/// What an event is made of in a span of OpenTelemetry, however it was encoded: views into the request.
struct Span
{
    struct Event
    {
        std::uint64_t timeNs = 0;
        std::string_view name;
    };

    std::string_view traceId; ///< of traceIdBytes, where it is sound
    std::string_view spanId;
    std::uint64_t startNs = 0; ///< since 1970
    std::uint64_t endNs = 0;
    bool failed = false; ///< its status is an error's
    Attributes attributes;
    std::vector<Event> events;
    // Of what the span lies in.
    const Attributes *resource = nullptr;
    std::string_view scopeName;
    std::string_view scopeVersion;
};

constexpr std::size_t traceIdBytes = 16;
constexpr std::size_t spanIdBytes = 8;
/// Those of a span beyond these are left out: SDKs keep 128 of each.
constexpr std::size_t mostAttributes = 1024;
constexpr std::size_t mostSpanEvents = 1024;

/// Gets each span of a request in turn, or what is wrong with one; it lives as long as the call.
using OnSpan = std::function<void(const Result<const Span *> &span)>;

/// Read an ExportTraceServiceRequest of OTLP 1.x (opentelemetry/proto/collector/trace/v1). Fields they do not
/// know are skipped. A span that cannot be read costs nothing but itself; an error, which may come behind
/// some spans, means that the request is none, and says where.
Result<void> readProtobufSpans(std::string_view body, const OnSpan &onSpan);
Result<void> readJsonSpans(std::string_view body, const OnSpan &onSpan);

} // namespace farthing
