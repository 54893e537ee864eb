// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/IncludeUsage.h"

#include "core/providers/JsonReader.h"

namespace farthing {

namespace {

constexpr std::string_view options = R"({"include_usage":true})";
constexpr std::string_view flag = R"("include_usage":true)";

/// One replacement of bytes; an insertion where `size` is 0.
struct Edit
{
    std::size_t at = 0;
    std::size_t size = 0;
    std::string text;
};

/// A value's first byte and size in the text; size 0 for what is no JSON.
struct Span
{
    std::size_t at = 0;
    std::size_t size = 0;
};

Span spanOf(const JsonReader &reader, JsonReader::Value &value)
{
    const std::string_view raw = rawOf(value);
    return raw.empty() ? Span{} : Span{reader.offsetOf(raw.data()), raw.size()};
}

/// What to change inside an existing stream_options value; empty where it asks for usage, or is no object
/// (the provider will say so itself).
std::optional<Edit> editOptions(std::string_view body, Span span)
{
    const std::string_view text = body.substr(span.at, span.size);
    if (text == "null")
        return Edit{span.at, span.size, std::string(options)};
    JsonReader reader;
    JsonReader::Object object;
    if (!reader.open(text, object))
        return std::nullopt;
    bool any = false;
    std::optional<Span> value;
    if (!forEachField(object, [&](std::string_view key, JsonReader::Value field) {
            any = true;
            if (key == "include_usage")
                value = spanOf(reader, field);
        }))
        return std::nullopt;
    if (!value)
        return Edit{span.at + 1, 0, std::string(flag) + (any ? "," : "")};
    const std::string_view old = text.substr(value->at, value->size);
    if (old != "false" && old != "null")
        return std::nullopt;
    return Edit{span.at + value->at, value->size, "true"};
}

} // namespace

std::optional<std::string> withIncludeUsage(std::string_view body)
{
    JsonReader reader;
    JsonReader::Object root;
    if (!reader.open(body, root))
        return std::nullopt;
    Span stream;
    std::optional<Span> streamOptions;
    // Of a key that comes twice the last counts, as in the parsers that providers use.
    const bool whole = forEachField(root, [&](std::string_view key, JsonReader::Value value) {
        if (key == "stream")
            stream = spanOf(reader, value);
        else if (key == "stream_options")
            streamOptions = spanOf(reader, value);
    });
    if (!whole || body.substr(stream.at, stream.size) != "true")
        return std::nullopt;

    const std::optional<Edit> edit =
        streamOptions ? editOptions(body, *streamOptions)
                      : Edit{stream.at + stream.size, 0, R"(,"stream_options":)" + std::string(options)};
    if (!edit)
        return std::nullopt;
    std::string changed;
    changed.reserve(body.size() + edit->text.size());
    changed.append(body.substr(0, edit->at)).append(edit->text).append(body.substr(edit->at + edit->size));
    return changed;
}

} // namespace farthing
