// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

struct JsonMember;

/// JSON as written: numbers keep their digits, so that prices never pass through binary floating point, and
/// every value knows where it stands, so that an error can say so.
struct JsonNode
{
    enum class Type { Null, Bool, Number, String, Array, Object };

    Type type = Type::Null;
    std::string text;                ///< a string's characters, a number's digits, "true" or "false"
    std::vector<JsonMember> members; ///< in the order of the file
    std::vector<JsonNode> items;
    std::size_t offset = 0; ///< of its first byte

    [[nodiscard]] bool isObject() const { return type == Type::Object; }
    [[nodiscard]] bool isArray() const { return type == Type::Array; }
    [[nodiscard]] bool isString() const { return type == Type::String; }
    [[nodiscard]] bool isNumber() const { return type == Type::Number; }
    /// Null where this is no object or has no such member.
    [[nodiscard]] const JsonNode *find(std::string_view key) const;
    /// The first member whose name an earlier one has; null where all are different.
    [[nodiscard]] const JsonMember *repeated() const;
};

struct JsonMember
{
    std::string name;
    JsonNode value;
};

/// Reads a whole document, at most 32 levels deep and 64 MiB long. An error names line and column.
Result<JsonNode> parseJsonTree(std::string_view json);

/// "line 3, column 17", both from 1, the column in bytes.
std::string placeInText(std::string_view text, std::size_t offset);

} // namespace farthing
