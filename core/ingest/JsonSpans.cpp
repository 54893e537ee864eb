// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/Span.h"

#include "core/base/Base64.h"

#include <charconv>
#include <optional>
#include <simdjson.h>
#include <string>

namespace farthing {

namespace {

namespace dom = simdjson::dom;

/// The member of that name; nothing where there is none, or null.
std::optional<dom::element> member(const dom::element &object, std::string_view name)
{
    dom::element value;
    if (object.at_key(name).get(value) != simdjson::SUCCESS || value.is_null())
        return std::nullopt;
    return value;
}

std::string_view textOf(const std::optional<dom::element> &value)
{
    std::string_view text;
    if (value && value->get(text) != simdjson::SUCCESS)
        text = {};
    return text;
}

/// 64-bit integers are decimal strings in Protocol Buffers' JSON, and numbers where senders know no better.
template <class Integer>
std::optional<Integer> integerOf(const dom::element &value)
{
    Integer number = 0;
    if (value.get(number) == simdjson::SUCCESS)
        return number;
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS)
        return std::nullopt;
    const char *const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Empty where it is none.
std::string bytesOfHex(std::string_view hex)
{
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        const int high = hexDigit(hex[i]);
        const int low = hexDigit(hex[i + 1]);
        if (high < 0 || low < 0)
            return {};
        bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return hex.size() % 2 == 0 ? bytes : std::string();
}

/// OTLP writes ids in hex. Who takes Protocol Buffers' own JSON for it writes them in base64, which has
/// another length.
std::string bytesOfId(std::string_view text, std::size_t size)
{
    const std::size_t inBase64 = (size + 2) / 3 * 4;
    return text.size() == inBase64 ? base64Decoded(text) : bytesOfHex(text);
}

/// Calls `take` with each element and its place, "name[3]". An error where the member is no array, or where
/// `take` says so.
template <class Take>
Result<void> forEach(const dom::element &object, const char *name, Take take)
{
    const auto value = member(object, name);
    if (!value)
        return {};
    dom::array elements;
    if (value->get(elements) != simdjson::SUCCESS)
        return Error{"is not an array", name};
    std::size_t number = 0;
    for (const dom::element element : elements) {
        const std::string place = std::string(name) + "[" + std::to_string(number++) + "]";
        if (!element.is_object())
            return Error{"is not an object", place};
        if (auto taken = take(element, place); !taken)
            return taken;
    }
    return {};
}

AttributeValue valueOf(const dom::element &value, bool inList = false)
{
    if (const auto text = member(value, "stringValue"); text && text->is_string())
        return textOf(text);
    if (const auto number = member(value, "intValue"))
        if (const auto integer = integerOf<std::int64_t>(*number))
            return *integer;
    if (const auto number = member(value, "doubleValue"))
        if (double real = 0; number->get(real) == simdjson::SUCCESS)
            return real;
    if (const auto flag = member(value, "boolValue"))
        if (bool set = false; flag->get(set) == simdjson::SUCCESS)
            return set;
    AttributeValue first;
    if (const auto list = member(value, "arrayValue"); list && !inList)
        std::ignore = forEach(*list, "values", [&](const dom::element &element, const std::string &) {
            if (std::holds_alternative<std::monostate>(first))
                first = valueOf(element, true);
            return Result<void>();
        });
    return first;
}

Result<void> readAttributes(const dom::element &object, Attributes &attributes)
{
    return forEach(object, "attributes", [&](const dom::element &attribute, const std::string &place) {
        const auto key = member(attribute, "key");
        if (!key || !key->is_string())
            return Result<void>(Error{"has no key", place});
        const auto value = member(attribute, "value");
        if (attributes.size() < mostAttributes)
            attributes.push_back({textOf(key), value ? valueOf(*value) : AttributeValue()});
        return Result<void>();
    });
}

Result<void> readTime(const dom::element &object, const char *name, std::uint64_t &timeNs)
{
    const auto value = member(object, name);
    const auto time = value ? integerOf<std::uint64_t>(*value) : std::nullopt;
    if (value && !time)
        return Error{"is not a number of nanoseconds", name};
    timeNs = time.value_or(0);
    return {};
}

/// A span with the bytes of its ids, which JSON does not hold.
struct JsonSpan
{
    Span span;
    std::string traceId;
    std::string spanId;

    Result<void> read(const dom::element &object)
    {
        traceId = bytesOfId(textOf(member(object, "traceId")), traceIdBytes);
        spanId = bytesOfId(textOf(member(object, "spanId")), spanIdBytes);
        span.traceId = traceId;
        span.spanId = spanId;
        span.attributes.clear();
        span.events.clear();
        if (const auto status = member(object, "status"); status) {
            const auto code = member(*status, "code");
            span.failed = code && integerOf<std::int64_t>(*code) == 2;
        } else
            span.failed = false;
        for (auto read : {readTime(object, "startTimeUnixNano", span.startNs),
                          readTime(object, "endTimeUnixNano", span.endNs),
                          readAttributes(object, span.attributes), readEvents(object)})
            if (!read)
                return read;
        return {};
    }

    Result<void> readEvents(const dom::element &object)
    {
        return forEach(object, "events", [&](const dom::element &element, const std::string &place) {
            Span::Event event{0, textOf(member(element, "name"))};
            if (auto read = readTime(element, "timeUnixNano", event.timeNs); !read)
                return Result<void>(read.error().at(place));
            if (span.events.size() < mostSpanEvents)
                span.events.push_back(event);
            return Result<void>();
        });
    }
};

Result<void> readScopeSpans(const dom::element &scopeSpans, const Attributes &resource,
                            const std::string &outer, const OnSpan &onSpan)
{
    JsonSpan one;
    one.span.resource = &resource;
    if (const auto scope = member(scopeSpans, "scope")) {
        one.span.scopeName = textOf(member(*scope, "name"));
        one.span.scopeVersion = textOf(member(*scope, "version"));
    }
    return forEach(scopeSpans, "spans", [&](const dom::element &element, const std::string &place) {
        if (auto read = one.read(element); !read)
            onSpan(read.error().at(place).at(outer));
        else
            onSpan(&one.span);
        return Result<void>();
    });
}

Result<void> readResourceSpans(const dom::element &resourceSpans, const std::string &outer,
                               const OnSpan &onSpan)
{
    Attributes attributes;
    if (const auto resource = member(resourceSpans, "resource"))
        if (auto read = readAttributes(*resource, attributes); !read)
            return read.error().at("resource");
    return forEach(resourceSpans, "scopeSpans", [&](const dom::element &element, const std::string &place) {
        auto read = readScopeSpans(element, attributes, outer + ": " + place, onSpan);
        return read ? read : Result<void>(read.error().at(place));
    });
}

} // namespace

Result<void> readJsonSpans(std::string_view body, const OnSpan &onSpan)
{
    dom::parser parser;
    auto failed = parser.allocate(body.size());
    dom::element root;
    if (failed == simdjson::SUCCESS)
        failed = parser.parse(body.data(), body.size()).get(root);
    if (failed != simdjson::SUCCESS)
        return Error{std::string("is not JSON: ") + simdjson::error_message(failed), "the request"};
    if (!root.is_object())
        return Error{"is not an object with \"resourceSpans\"", "the request"};
    return forEach(root, "resourceSpans", [&](const dom::element &element, const std::string &place) {
        auto read = readResourceSpans(element, place, onSpan);
        return read ? read : Result<void>(read.error().at(place));
    });
}

} // namespace farthing
