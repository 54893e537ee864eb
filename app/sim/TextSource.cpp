// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/TextSource.h"

#include "app/sim/Tokenizer.h"

#include <array>

namespace farthing::sim {

namespace {

// None is longer than 6 letters, so that each is one token with the space before it.
constexpr std::array<std::string_view, 96> kWords{
    "the",   "a",      "of",    "and",    "to",     "in",     "is",     "that",   "for",    "with",
    "on",    "as",     "each",  "team",   "cost",   "plan",   "order",  "ship",   "value",  "when",
    "more",  "than",   "they",  "have",   "agent",  "model",  "prompt", "token",  "cache",  "query",
    "reply", "draft",  "note",  "graph",  "table",  "index",  "market", "price",  "margin", "budget",
    "month", "week",   "today", "before", "after",  "again",  "under",  "over",   "first",  "second",
    "last",  "next",   "small", "large",  "quick",  "steady", "clear",  "simple", "common", "rare",
    "reads", "writes", "keeps", "turns",  "moves",  "holds",  "finds",  "needs",  "shows",  "starts",
    "ends",  "grows",  "user",  "client", "server", "region", "store",  "queue",  "batch",  "stream",
    "field", "record", "label", "topic",  "answer", "reason", "choice", "change", "result", "detail",
    "point", "range",  "level", "limit",  "share",  "sum"};

void appendWord(std::string &text, Random &random, bool capital)
{
    const std::string_view word = kWords[random.below(kWords.size())];
    const std::size_t at = text.size();
    text += word;
    if (capital)
        text[at] = static_cast<char>(text[at] - 'a' + 'A');
}

Json fill(const Json &root, const Json &schema, Random &random, int depth);

const Json &resolve(const Json &root, const Json &schema)
{
    const std::string reference = textOf(schema, "$ref");
    if (reference.starts_with("#/")) {
        const Json *at = &root;
        for (std::size_t from = 2; at && from <= reference.size();) {
            const std::size_t end = std::min(reference.find('/', from), reference.size());
            at = member(*at, reference.substr(from, end - from).c_str());
            from = end + 1;
        }
        if (at)
            return *at;
    }
    for (const char *key : {"anyOf", "oneOf", "allOf"}) {
        const Json *options = member(schema, key);
        if (options && options->is_array() && !options->empty())
            return options->front();
    }
    return schema;
}

std::string typeOf(const Json &schema)
{
    std::string type = textOf(schema, "type");
    const Json *types = member(schema, "type");
    if (types && types->is_array() && !types->empty() && types->front().is_string())
        type = types->front().get<std::string>();
    if (type.empty())
        type = member(schema, "properties") ? "object" : "string";
    for (char &c : type) // Gemini spells them in capitals
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return type;
}

Json fillObject(const Json &root, const Json &schema, Random &random, int depth)
{
    Json object = Json::object();
    const Json *properties = member(schema, "properties");
    if (properties && properties->is_object() && depth > 0) {
        for (const auto &[name, property] : properties->items())
            object[name] = fill(root, property, random, depth - 1);
    }
    return object;
}

Json fill(const Json &root, const Json &unresolved, Random &random, int depth)
{
    const Json &schema = depth > 0 ? resolve(root, unresolved) : unresolved;
    const Json *options = member(schema, "enum");
    if (options && options->is_array() && !options->empty())
        return (*options)[random.below(options->size())];
    if (const Json *constant = member(schema, "const"))
        return *constant;
    const std::string type = typeOf(schema);
    if (type == "object")
        return fillObject(root, schema, random, depth);
    if (type == "array") {
        const Json *items = member(schema, "items");
        return items && depth > 0 ? Json::array({fill(root, *items, random, depth - 1)}) : Json::array();
    }
    if (type == "integer" || type == "number")
        return integerOf(schema, "minimum").value_or(1) + static_cast<std::int64_t>(random.below(9));
    if (type == "boolean")
        return random.below(2) == 1;
    if (type == "null")
        return nullptr;
    return writeText(random, 2);
}

} // namespace

std::string writeText(Random &random, std::int64_t tokens)
{
    std::string text;
    text.reserve(static_cast<std::size_t>(tokens) * 6);
    std::int64_t sentenceLeft = 0;
    std::int64_t sentences = 0;
    for (std::int64_t left = tokens; left > 0; --left) {
        if (sentenceLeft == 1) {
            text += '.';
            sentenceLeft = 0;
            continue;
        }
        const bool opens = sentenceLeft == 0;
        if (opens) {
            sentenceLeft = 8 + static_cast<std::int64_t>(random.below(9));
            if (!text.empty() && ++sentences % 5 == 0 && left > 1) {
                text += "\n\n"; // a token of its own, and the word after it needs no space
                --left;
                appendWord(text, random, true);
                --sentenceLeft;
                continue;
            }
        }
        if (!text.empty())
            text += ' ';
        appendWord(text, random, opens);
        --sentenceLeft;
    }
    return text;
}

Json fillSchema(const Json &schema, Random &random)
{
    return fill(schema, schema, random, 8);
}

std::string writeId(Random &random, std::size_t length)
{
    constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    std::string id(length, ' ');
    for (char &c : id)
        c = alphabet[random.below(alphabet.size())];
    return id;
}

std::vector<TextPiece> splitTokens(std::string_view text, std::int64_t tokens)
{
    std::vector<TextPiece> pieces;
    std::size_t begin = 0;
    std::int64_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
        at = tokenEnd(text, at);
        ++count;
        const bool insideCharacter =
            at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
        if (at < text.size() && (count < tokens || insideCharacter))
            continue;
        pieces.push_back({text.substr(begin, at - begin), count});
        begin = at;
        count = 0;
    }
    return pieces;
}

} // namespace farthing::sim
