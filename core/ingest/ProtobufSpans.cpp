// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/ProtoReader.h"
#include "core/ingest/Span.h"

#include <bit>
#include <string>

namespace farthing {

namespace {

using Field = ProtoReader::Field;
using Wire = ProtoReader::Wire;

/// Calls `take` with each field; false where the bytes are no message, or where `take` says so.
template <class Take>
bool forEachField(std::string_view message, Take take)
{
    ProtoReader reader(message);
    Field field;
    while (reader.next(field))
        if (!take(field))
            return false;
    return !reader.malformed();
}

bool readValue(std::string_view message, AttributeValue &value, bool inList = false);

bool readList(std::string_view message, AttributeValue &first)
{
    return forEachField(message, [&](const Field &field) {
        const bool wanted = field.is(1, Wire::Bytes) && std::holds_alternative<std::monostate>(first);
        return !wanted || readValue(field.bytes, first, true);
    });
}

/// AnyValue. A list within a list is left out, so that nothing nests deeper than the types do.
bool readValue(std::string_view message, AttributeValue &value, bool inList)
{
    return forEachField(message, [&](const Field &field) {
        if (field.is(1, Wire::Bytes))
            value = field.bytes;
        else if (field.is(2, Wire::Varint))
            value = field.value != 0;
        else if (field.is(3, Wire::Varint))
            value = static_cast<std::int64_t>(field.value);
        else if (field.is(4, Wire::Fixed64))
            value = std::bit_cast<double>(field.value);
        else if (field.is(5, Wire::Bytes) && !inList)
            return readList(field.bytes, value);
        return true;
    });
}

/// KeyValue.
bool readAttribute(std::string_view message, Attributes &attributes)
{
    Attribute attribute;
    const bool sound = forEachField(message, [&](const Field &field) {
        if (field.is(1, Wire::Bytes))
            attribute.key = field.bytes;
        return !field.is(2, Wire::Bytes) || readValue(field.bytes, attribute.value);
    });
    if (attributes.size() < mostAttributes)
        attributes.push_back(attribute);
    return sound;
}

bool readResource(std::string_view message, Attributes &attributes)
{
    return forEachField(message, [&](const Field &field) {
        return !field.is(1, Wire::Bytes) || readAttribute(field.bytes, attributes);
    });
}

bool readScope(std::string_view message, Span &span)
{
    return forEachField(message, [&](const Field &field) {
        if (field.is(1, Wire::Bytes))
            span.scopeName = field.bytes;
        if (field.is(2, Wire::Bytes))
            span.scopeVersion = field.bytes;
        return true;
    });
}

bool readStatus(std::string_view message, Span &span)
{
    constexpr std::uint64_t error = 2;
    return forEachField(message, [&](const Field &field) {
        if (field.is(3, Wire::Varint))
            span.failed = field.value == error;
        return true;
    });
}

bool readEvent(std::string_view message, std::vector<Span::Event> &events)
{
    Span::Event event;
    const bool sound = forEachField(message, [&](const Field &field) {
        if (field.is(1, Wire::Fixed64))
            event.timeNs = field.value;
        if (field.is(2, Wire::Bytes))
            event.name = field.bytes;
        return true;
    });
    if (events.size() < mostSpanEvents)
        events.push_back(event);
    return sound;
}

bool readSpan(std::string_view message, Span &span)
{
    return forEachField(message, [&](const Field &field) {
        if (field.is(1, Wire::Bytes))
            span.traceId = field.bytes;
        else if (field.is(2, Wire::Bytes))
            span.spanId = field.bytes;
        else if (field.is(7, Wire::Fixed64))
            span.startNs = field.value;
        else if (field.is(8, Wire::Fixed64))
            span.endNs = field.value;
        else if (field.is(9, Wire::Bytes))
            return readAttribute(field.bytes, span.attributes);
        else if (field.is(11, Wire::Bytes))
            return readEvent(field.bytes, span.events);
        else if (field.is(15, Wire::Bytes))
            return readStatus(field.bytes, span);
        return true;
    });
}

/// Numbers the messages of one kind, for errors: "resource_spans[1]: scope_spans[0]: spans[3]".
std::string numbered(const char *name, std::size_t number)
{
    return std::string(name) + "[" + std::to_string(number) + "]";
}

/// Leads errors of what lies inside to the place where that lies.
OnSpan placed(const OnSpan &onSpan, const std::string &place)
{
    return [&onSpan, place](const Result<const Span *> &span) {
        onSpan(span ? span : Result<const Span *>(span.error().at(place)));
    };
}

Error broken(const std::string &place = {})
{
    return {"is not what Protocol Buffers encode", place};
}

/// Fields may come in any order, so that what holds for all spans is read before them.
Result<void> readScopeSpans(std::string_view message, const Attributes &resource, const OnSpan &onSpan)
{
    Span scope;
    const bool sound = forEachField(message, [&](const Field &field) {
        return !field.is(1, Wire::Bytes) || readScope(field.bytes, scope);
    });
    if (!sound)
        return broken();
    scope.resource = &resource;
    std::size_t number = 0;
    forEachField(message, [&](const Field &field) {
        if (!field.is(2, Wire::Bytes))
            return true;
        Span span = scope;
        const std::string place = numbered("spans", number++);
        onSpan(readSpan(field.bytes, span) ? Result<const Span *>(&span) : broken(place));
        return true;
    });
    return {};
}

Result<void> readResourceSpans(std::string_view message, const OnSpan &onSpan)
{
    Attributes resource;
    const bool sound = forEachField(message, [&](const Field &field) {
        return !field.is(1, Wire::Bytes) || readResource(field.bytes, resource);
    });
    if (!sound)
        return broken();
    Result<void> read;
    std::size_t number = 0;
    forEachField(message, [&](const Field &field) {
        if (!field.is(2, Wire::Bytes))
            return true;
        const std::string place = numbered("scope_spans", number++);
        if (auto done = readScopeSpans(field.bytes, resource, placed(onSpan, place)); !done)
            read = done.error().at(place);
        return read.ok();
    });
    return read;
}

} // namespace

Result<void> readProtobufSpans(std::string_view body, const OnSpan &onSpan)
{
    Result<void> read;
    std::size_t number = 0;
    const bool sound = forEachField(body, [&](const Field &field) {
        if (!field.is(1, Wire::Bytes))
            return true;
        const std::string place = numbered("resource_spans", number++);
        if (auto done = readResourceSpans(field.bytes, placed(onSpan, place)); !done)
            read = done.error().at(place);
        return read.ok();
    });
    return read && !sound ? Result<void>(broken("the request")) : read;
}

} // namespace farthing
