// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonTree.h"

#include <algorithm>
#include <simdjson.h>

namespace farthing {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr int deepest = 32;
constexpr std::size_t longest = 64ULL * 1024 * 1024;

std::string_view trimmed(std::string_view token)
{
    const std::size_t end = token.find_last_not_of(" \t\r\n");
    return end == std::string_view::npos ? std::string_view() : token.substr(0, end + 1);
}

/// Copies simdjson's cursor into nodes. What went wrong and where stays behind in `failed` and `place`.
class TreeReader
{
public:
    explicit TreeReader(const char *begin)
        : m_begin(begin)
    {}

    simdjson::error_code read(ondemand::value value, JsonNode &node, int depth)
    {
        std::string_view token;
        ondemand::json_type type{};
        m_place = static_cast<std::size_t>(value.raw_json_token().data() - m_begin);
        node.offset = m_place;
        token = trimmed(value.raw_json_token());
        if (const auto error = value.type().get(type))
            return error;
        if (depth > deepest)
            return simdjson::DEPTH_ERROR;
        switch (type) {
        case ondemand::json_type::object:
            return readObject(value, node, depth);
        case ondemand::json_type::array:
            return readArray(value, node, depth);
        default:
            return readScalar(type, value, token, node);
        }
    }

    [[nodiscard]] std::size_t place() const { return m_place; }

    static simdjson::error_code readScalar(ondemand::json_type type, auto &value, std::string_view token,
                                           JsonNode &node)
    {
        node.text = token;
        if (type == ondemand::json_type::string) {
            node.type = JsonNode::Type::String;
            std::string_view text;
            const auto error = value.get_string().get(text);
            node.text = error ? std::string() : std::string(text);
            return error;
        }
        if (type == ondemand::json_type::number) {
            node.type = JsonNode::Type::Number;
            double ignored = 0;
            return value.get_double().get(ignored);
        }
        if (type == ondemand::json_type::boolean) {
            node.type = JsonNode::Type::Bool;
            bool ignored = false;
            return value.get_bool().get(ignored);
        }
        return value.is_null() ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
    }

private:
    simdjson::error_code readObject(ondemand::value &value, JsonNode &node, int depth)
    {
        node.type = JsonNode::Type::Object;
        ondemand::object object;
        if (const auto error = value.get_object().get(object))
            return error;
        for (auto field : object) {
            if (const auto error = field.error())
                return error;
            std::string_view key;
            if (const auto error = field.unescaped_key().get(key))
                return error;
            node.members.emplace_back(std::string(key), JsonNode());
            ondemand::value member;
            if (const auto error = field.value().get(member))
                return error;
            if (const auto error = read(member, node.members.back().second, depth + 1))
                return error;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code readArray(ondemand::value &value, JsonNode &node, int depth)
    {
        node.type = JsonNode::Type::Array;
        ondemand::array array;
        if (const auto error = value.get_array().get(array))
            return error;
        for (auto item : array) {
            ondemand::value element;
            if (const auto error = std::move(item).get(element))
                return error;
            node.items.emplace_back();
            if (const auto error = read(element, node.items.back(), depth + 1))
                return error;
        }
        return simdjson::SUCCESS;
    }

    const char *m_begin;
    std::size_t m_place = 0;
};

} // namespace

const JsonNode *JsonNode::find(std::string_view key) const
{
    for (const auto &[name, value] : members)
        if (name == key)
            return &value;
    return nullptr;
}

std::string placeInText(std::string_view text, std::size_t offset)
{
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    const std::size_t column =
        newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
    return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column + 1);
}

Result<JsonNode> parseJsonTree(std::string_view json)
{
    if (json.size() > longest)
        return Error{"is longer than 64 MiB"};
    const simdjson::padded_string padded(json);
    ondemand::parser parser;
    ondemand::document document;
    JsonNode root;
    TreeReader reader(padded.data());
    simdjson::error_code error = parser.iterate(padded).get(document);
    if (!error) {
        ondemand::value value;
        error = document.get_value().get(value);
        if (error == simdjson::SCALAR_DOCUMENT_AS_VALUE)
            return Error{"expected an object or an array", placeInText(json, 0)};
        if (!error)
            error = reader.read(value, root, 1);
        const char *rest = nullptr;
        if (!error && !document.current_location().get(rest))
            error = simdjson::TRAILING_CONTENT;
    }
    if (error) {
        const char *at = nullptr;
        std::size_t offset = reader.place();
        if (!document.current_location().get(at) && at >= padded.data() &&
            at <= padded.data() + padded.size())
            offset = std::max(offset, static_cast<std::size_t>(at - padded.data()));
        return Error{std::string("is not valid JSON: ") + simdjson::error_message(error),
                     placeInText(json, offset)};
    }
    return root;
}

} // namespace farthing
