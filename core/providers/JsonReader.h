// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>

namespace farthing {

/// Puts the bytes behind a text that simdjson wants to be able to read, and takes them away again.
class PaddedText
{
public:
    explicit PaddedText(std::string &text)
        : m_text(text)
        , m_size(text.size())
    {
        m_text.append(simdjson::SIMDJSON_PADDING, '\0');
    }
    ~PaddedText() { m_text.resize(m_size); }
    PaddedText(const PaddedText &) = delete;
    PaddedText &operator=(const PaddedText &) = delete;

    [[nodiscard]] std::string_view text() const { return {m_text.data(), m_size}; }

private:
    std::string &m_text;
    std::size_t m_size;
};

/// A simdjson on-demand parser with the padded buffer it needs, both reused from one text to the next: after
/// the first few no memory is asked for. Everything read from a text is valid until the next one is opened.
/// A parser has room to decode every name and string of a text once and writes beyond it after that: walk
/// each object and take each string one time, and look ahead with peekMember().
class JsonReader
{
public:
    using Object = simdjson::ondemand::object;
    using Array = simdjson::ondemand::array;
    using Value = simdjson::ondemand::value;

    static constexpr std::size_t padding = simdjson::SIMDJSON_PADDING;

    /// False where the text is not an object or is broken at its surface; breaks further in show while
    /// reading.
    bool open(std::string_view json, Object &root)
    {
        if (m_padded.size() < json.size() + simdjson::SIMDJSON_PADDING)
            m_padded.resize(json.size() + json.size() / 2 + simdjson::SIMDJSON_PADDING);
        json.copy(m_padded.data(), json.size());
        // Reading a broken text looks a byte beyond its end: not at what the text before left there.
        std::fill_n(m_padded.data() + json.size(), simdjson::SIMDJSON_PADDING, '\0');
        return openPadded({m_padded.data(), json.size()}, root);
    }
    /// The same without a copy: the text has to outlive what is read from it.
    bool open(const PaddedText &json, Object &root) { return openPadded(json.text(), root); }
    /// The same of a text that `padding` readable bytes follow, which are not looked at for what they are.
    bool openPadded(std::string_view json, Object &root)
    {
        m_start = json.data();
        return m_parser.iterate(json.data(), json.size(), json.size() + simdjson::SIMDJSON_PADDING)
                       .get(m_document) == simdjson::SUCCESS &&
               m_document.get_object().get(root) == simdjson::SUCCESS;
    }

    /// Where in the text last opened a view or pointer into it lies.
    [[nodiscard]] std::size_t offsetOf(const char *inside) const
    {
        return static_cast<std::size_t>(inside - m_start);
    }
    /// False once reading has come upon a place that is no JSON.
    [[nodiscard]] bool intact() { return m_document.is_alive(); }
    /// Gives the memory back where a text was large: a parser needs about seven times the size of what it
    /// reads.
    void shrink()
    {
        if (m_padded.size() > maxKeptBytes || m_parser.capacity() > maxKeptBytes)
            *this = JsonReader();
    }

private:
    static constexpr std::size_t maxKeptBytes = std::size_t{1} << 20;

    simdjson::ondemand::parser m_parser;
    simdjson::ondemand::document m_document;
    std::string m_padded;
    const char *m_start = nullptr;
};

/// Calls `onField(key, value)` for each member until one is broken; false where that happened.
template <class OnField>
bool forEachField(JsonReader::Object &object, OnField onField)
{
    for (auto entry : object) {
        simdjson::ondemand::field field;
        std::string_view key;
        if (std::move(entry).get(field) != simdjson::SUCCESS ||
            field.unescaped_key().get(key) != simdjson::SUCCESS)
            return false;
        onField(key, field.value());
    }
    return true;
}

template <class OnField>
bool forEachField(JsonReader::Value &value, OnField onField)
{
    JsonReader::Object object;
    return value.get_object().get(object) == simdjson::SUCCESS && forEachField(object, onField);
}

/// Calls `onItem(value)` for each element until one is broken; false where that happened or there is no
/// array.
template <class OnItem>
bool forEachItem(JsonReader::Value &value, OnItem onItem)
{
    JsonReader::Array array;
    if (value.get_array().get(array) != simdjson::SUCCESS)
        return false;
    for (auto entry : array) {
        JsonReader::Value item;
        if (std::move(entry).get(item) != simdjson::SUCCESS)
            return false;
        onItem(item);
    }
    return true;
}

/// The kind of value that follows; Null where it is broken.
simdjson::ondemand::json_type typeOf(JsonReader::Value &value);
/// The decoded string; where it cannot be decoded (a lone surrogate), its raw bytes; empty where it is no
/// string.
std::string_view stringOf(JsonReader::Value &value);
/// The bytes of any value as they stand in the text.
std::string_view rawOf(JsonReader::Value &value);
/// Puts into `raw` the bytes of a member found ahead of the walk proper, of an object or array the first one
/// alone, nothing where there is none; decodes nothing. False where the object is broken and must not be
/// touched any more.
bool peekMember(JsonReader::Object &object, std::string_view name, std::string_view &raw);
/// A token count: 0 where it is no number or negative, and never above 10^12, so that sums of counts cannot
/// overflow.
std::int64_t countOf(JsonReader::Value &value);

} // namespace farthing
