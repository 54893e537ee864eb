// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonTree.h"

#include <algorithm>
#include <simdjson.h>
#include <unordered_set>

namespace farthing {

namespace {

constexpr int deepest = 32;
constexpr std::size_t longest = 64ULL * 1024 * 1024;

void appendUtf8(std::string &out, unsigned code)
{
    const auto put = [&out](unsigned byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

/// RFC 8259 to the letter. The parsers of the libraries at hand either turn numbers into doubles or do not
/// say where a value stands; this table needs both the digits and the place.
class TreeReader
{
public:
    explicit TreeReader(std::string_view text)
        : m_text(text)
    {}

    Result<JsonNode> readDocument()
    {
        JsonNode root;
        skipSpace();
        if (!readValue(root, 1))
            return error();
        skipSpace();
        if (m_at != m_text.size())
            return error("expected the end");
        return root;
    }

private:
    [[nodiscard]] char next() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }
    [[nodiscard]] bool digit() const { return next() >= '0' && next() <= '9'; }

    [[nodiscard]] Error error(const char *expected = nullptr) const
    {
        return {std::string("is not valid JSON: ") + (expected != nullptr ? expected : m_expected),
                placeInText(m_text, m_at)};
    }

    bool fail(const char *expected)
    {
        m_expected = expected;
        return false;
    }

    bool take(char c)
    {
        const bool there = m_at < m_text.size() && m_text[m_at] == c;
        m_at += there ? 1 : 0;
        return there;
    }

    void skipSpace() { m_at = std::min(m_text.find_first_not_of(" \t\r\n", m_at), m_text.size()); }

    bool readValue(JsonNode &node, int depth)
    {
        node.offset = m_at;
        switch (next()) {
        case '{':
            return depth > deepest ? fail("nested too deeply") : readObject(node, depth);
        case '[':
            return depth > deepest ? fail("nested too deeply") : readArray(node, depth);
        case '"':
            node.type = JsonNode::Type::String;
            return readString(node.text);
        case 't':
            return readWord(node, "true", JsonNode::Type::Bool);
        case 'f':
            return readWord(node, "false", JsonNode::Type::Bool);
        case 'n':
            return readWord(node, "null", JsonNode::Type::Null);
        default:
            return readNumber(node);
        }
    }

    bool readWord(JsonNode &node, std::string_view word, JsonNode::Type type)
    {
        if (!m_text.substr(m_at).starts_with(word))
            return fail("expected a value");
        node.type = type;
        node.text = word;
        m_at += word.size();
        return true;
    }

    void takeDigits()
    {
        while (digit())
            ++m_at;
    }

    bool readNumber(JsonNode &node)
    {
        const std::size_t begin = m_at;
        take('-');
        if (!digit())
            return fail("expected a value");
        if (!take('0'))
            takeDigits();
        if (take('.')) {
            if (!digit())
                return fail("expected a digit");
            takeDigits();
        }
        if (take('e') || take('E')) {
            if (!take('+'))
                take('-');
            if (!digit())
                return fail("expected a digit");
            takeDigits();
        }
        node.type = JsonNode::Type::Number;
        node.text = m_text.substr(begin, m_at - begin);
        return true;
    }

    bool readHex(unsigned &code)
    {
        code = 0;
        for (int i = 0; i < 4; ++i, ++m_at) {
            const char c = next();
            const unsigned value = digit()                ? static_cast<unsigned>(c - '0')
                                   : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                                   : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                                          : 16U;
            if (value == 16)
                return fail("expected four hexadecimal digits");
            code = code * 16 + value;
        }
        return true;
    }

    bool readEscape(std::string &out)
    {
        constexpr std::string_view names = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (take('u')) {
            unsigned code = 0;
            if (!readHex(code))
                return false;
            if (code >= 0xD800 && code < 0xDC00) {
                unsigned low = 0;
                if (!take('\\') || !take('u') || !readHex(low) || low < 0xDC00 || low > 0xDFFF)
                    return fail("expected the second half of a surrogate pair");
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            } else if (code >= 0xDC00 && code <= 0xDFFF) {
                return fail("expected the first half of a surrogate pair");
            }
            appendUtf8(out, code);
            return true;
        }
        const std::size_t known = m_at < m_text.size() ? names.find(next()) : std::string_view::npos;
        if (known == std::string_view::npos)
            return fail("expected an escape");
        out.push_back(meanings[known]);
        ++m_at;
        return true;
    }

    bool readString(std::string &out)
    {
        if (!take('"'))
            return fail("expected a string");
        while (m_at < m_text.size()) {
            if (take('"'))
                return true;
            if (static_cast<unsigned char>(next()) < 0x20)
                return fail("expected no control character in a string");
            if (take('\\')) {
                if (!readEscape(out))
                    return false;
            } else {
                out.push_back(m_text[m_at++]);
            }
        }
        return fail("expected the end of a string");
    }

    bool readObject(JsonNode &node, int depth)
    {
        node.type = JsonNode::Type::Object;
        take('{');
        skipSpace();
        if (take('}'))
            return true;
        do {
            skipSpace();
            node.members.emplace_back();
            if (!readString(node.members.back().name))
                return false;
            skipSpace();
            if (!take(':'))
                return fail("expected ':'");
            skipSpace();
            if (!readValue(node.members.back().value, depth + 1))
                return false;
            skipSpace();
        } while (take(','));
        return take('}') || fail("expected ',' or '}'");
    }

    bool readArray(JsonNode &node, int depth)
    {
        node.type = JsonNode::Type::Array;
        take('[');
        skipSpace();
        if (take(']'))
            return true;
        do {
            skipSpace();
            node.items.emplace_back();
            if (!readValue(node.items.back(), depth + 1))
                return false;
            skipSpace();
        } while (take(','));
        return take(']') || fail("expected ',' or ']'");
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    const char *m_expected = "expected a value";
};

} // namespace

const JsonNode *JsonNode::find(std::string_view key) const
{
    for (const auto &[name, value] : members)
        if (name == key)
            return &value;
    return nullptr;
}

const JsonMember *JsonNode::repeated() const
{
    std::unordered_set<std::string_view> names;
    const auto again =
        std::ranges::find_if(members, [&names](const JsonMember &m) { return !names.insert(m.name).second; });
    return again == members.end() ? nullptr : &*again;
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
    if (!simdjson::validate_utf8(json.data(), json.size()))
        return Error{"is not UTF-8"};
    return TreeReader(json).readDocument();
}

} // namespace farthing
