// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/PromptWalker.h"

#include <algorithm>
#include <array>

namespace farthing {

using simdjson::ondemand::json_type;
using Section = AnatomyBuilder::Section;

namespace {

constexpr int maxPartDepth = 8;

template <std::size_t N>
using Names = std::array<std::string_view, N>;

/// Members of a content part that hold text, or parts in turn.
constexpr Names<17> textMembers = {
    "text",    "content",  "parts",   "output",           "title",        "refusal",
    "summary", "thinking", "context", "result",           "arguments",    "reasoning_content",
    "code",    "results",  "message", "reasoningContent", "reasoningText"};
/// Members that providers spell out as JSON into the prompt.
constexpr Names<9> jsonMembers = {"input",        "args",    "response",       "function",     "tool_calls",
                                  "functionCall", "toolUse", "executableCode", "function_call"};
/// Members that hold something else than text.
constexpr Names<15> dataMembers = {"image_url", "inlineData", "inline_data", "input_audio", "audio",
                                   "file",      "file_data",  "file_id",     "fileData",    "file_data_url",
                                   "file_url",  "image",      "images",      "video",       "document"};
/// Parts that hold retrieved material, beside the results of tools.
constexpr Names<6> contextTypes = {"document",   "search_result",    "file",
                                   "input_file", "file_search_call", "web_search_call"};

/// The instructions, by the wires' names.
constexpr Names<5> systemMembers = {"system", "instructions", "systemInstruction", "system_instruction",
                                    "preamble"};
/// A prompt that is one text, or texts: OpenAI's completions, Llama's and Ollama's; Cohere's; Titan's.
constexpr Names<6> promptMembers = {"prompt", "message", "query", "texts", "inputs", "inputText"};

/// Where structured output is asked for: the schema stands in the prompt, beside the tools.
constexpr Names<6> schemaMembers = {"response_format",   "text",          "generationConfig",
                                    "generation_config", "output_format", "output_config"};
/// Schemas themselves, inside those.
constexpr Names<6> schemas = {"json_schema",        "schema",          "responseSchema",
                              "responseJsonSchema", "response_schema", "response_json_schema"};

bool contains(const auto &names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// A string member as it stands in the text: roles and types may come last. Empty where there is none; false
/// where the object is broken and must not be touched any more.
bool peek(JsonReader::Object &object, std::string_view name, std::string_view &text)
{
    std::string_view raw;
    if (!peekMember(object, name, raw))
        return false;
    const bool isString = raw.size() >= 2 && raw.front() == '"';
    text = isString ? raw.substr(1, raw.size() - 2) : std::string_view();
    return true;
}

PromptSegment segmentOfRole(std::string_view role)
{
    if (role == "system" || role == "developer" || role == "SYSTEM")
        return PromptSegment::System;
    if (role == "assistant" || role == "model" || role == "CHATBOT")
        return PromptSegment::History;
    if (role == "tool" || role == "function" || role == "TOOL")
        return PromptSegment::Context;
    return PromptSegment::User;
}

bool holdsContext(std::string_view type)
{
    return contains(contextTypes, type) || type.ends_with("tool_result") || type.ends_with("_output");
}

} // namespace

void PromptWalker::takeMember(std::string_view key, JsonReader::Value &value)
{
    if (key == "messages" || key == "input" || key == "contents" || key == "content") {
        m_builder.restart(Section::Messages);
        readMessages(value);
    } else if (contains(systemMembers, key)) {
        m_builder.restart(Section::System);
        readWhole(Section::System, PromptSegment::System, value);
    } else if (key == "tools" || key == "functions") {
        m_builder.restart(Section::Tools);
        readTools(value);
    } else if (key == "toolConfig" && typeOf(value) == json_type::object) {
        forEachField(value, [this](std::string_view name, JsonReader::Value field) {
            if (name == "tools")
                takeMember(name, field);
        });
    } else if (contains(promptMembers, key)) {
        readWhole(Section::Messages, PromptSegment::User, value);
    } else if (key == "documents") {
        readWhole(Section::Messages, PromptSegment::Context, value);
    } else if (key == "chat_history") {
        readMessages(value);
    } else if (key == "singleEmbeddingParams" || key == "segmentedEmbeddingParams") {
        readNovaEmbedding(value);
    } else if (key == "requests") {
        readEmbedRequests(value);
    } else if (contains(schemaMembers, key)) {
        readSchema(value, 0);
    }
}

void PromptWalker::readTools(JsonReader::Value &value)
{
    forEachItem(value, [this](JsonReader::Value tool) {
        m_builder.beginMessage(Section::Tools, "tool");
        m_builder.text(PromptSegment::Tools, rawOf(tool));
        m_builder.endBlock();
    });
}

void PromptWalker::readSchema(JsonReader::Value &value, int depth)
{
    if (typeOf(value) != json_type::object || depth >= maxPartDepth)
        return;
    forEachField(value, [&](std::string_view key, JsonReader::Value field) {
        if (!contains(schemas, key)) {
            readSchema(field, depth + 1);
            return;
        }
        m_builder.beginMessage(Section::Tools, "schema");
        m_builder.text(PromptSegment::Tools, rawOf(field));
        m_builder.endBlock();
    });
}

void PromptWalker::readWhole(Section section, PromptSegment segment, JsonReader::Value &value)
{
    m_builder.beginMessage(section, segment == PromptSegment::System ? "system" : "user");
    readPart(segment, value, 0);
    m_builder.endBlock();
}

void PromptWalker::readMessages(JsonReader::Value &value)
{
    if (typeOf(value) != json_type::array) {
        readMessage(value);
        return;
    }
    bool plain = false; // texts and token ids side by side are one turn
    forEachItem(value, [&](JsonReader::Value item) {
        if (typeOf(item) == json_type::object) {
            plain = false;
            readMessage(item);
            return;
        }
        if (!plain)
            m_builder.beginMessage(Section::Messages, "user");
        plain = true;
        readPart(PromptSegment::User, item, 0);
        m_builder.endBlock();
    });
}

void PromptWalker::readMessage(JsonReader::Value &value)
{
    if (typeOf(value) != json_type::object) {
        readWhole(Section::Messages, PromptSegment::User, value);
        return;
    }
    JsonReader::Object message;
    std::string_view role;
    std::string_view type;
    if (value.get_object().get(message) != simdjson::SUCCESS || !peek(message, "role", role) ||
        !peek(message, "type", type))
        return;
    PromptSegment segment = segmentOfRole(role);
    // Items of the Responses API without a role are calls of tools, their results, and reasoning.
    if (role.empty() && !type.empty() && type != "message")
        segment = holdsContext(type) ? PromptSegment::Context : PromptSegment::History;
    m_builder.beginMessage(Section::Messages, role.empty() ? type : role);
    forEachField(message, [&](std::string_view key, JsonReader::Value field) {
        readPartMember(segment, key, field, 0);
    });
    m_builder.endBlock();
}

void PromptWalker::readEmbedRequests(JsonReader::Value &value)
{
    m_builder.restart(Section::Messages);
    m_builder.beginMessage(Section::Messages, "user");
    forEachItem(value, [this](JsonReader::Value request) {
        forEachField(request, [this](std::string_view key, JsonReader::Value field) {
            if (key == "content")
                readPart(PromptSegment::User, field, 0);
        });
        m_builder.endBlock();
    });
}

void PromptWalker::readNovaEmbedding(JsonReader::Value &value)
{
    if (typeOf(value) != json_type::object)
        return;
    m_builder.beginMessage(Section::Messages, "user");
    forEachField(value, [this](std::string_view key, JsonReader::Value field) {
        if (typeOf(field) != json_type::object)
            return;
        if (key != "text") {
            readPartMember(PromptSegment::User, key, field, 0);
            return;
        }
        forEachField(field, [this](std::string_view name, JsonReader::Value text) {
            if (name == "value")
                readPart(PromptSegment::User, text, 0);
        });
    });
    m_builder.endBlock();
}

void PromptWalker::readPart(PromptSegment segment, JsonReader::Value &value, int depth)
{
    switch (typeOf(value)) {
    case json_type::string:
        addText(segment, stringOf(value));
        break;
    case json_type::number: // token ids, which completions and embeddings take in place of text
        m_builder.text(segment, rawOf(value));
        break;
    case json_type::array:
        if (depth < maxPartDepth)
            forEachItem(value, [&](JsonReader::Value item) { readPart(segment, item, depth + 1); });
        break;
    case json_type::object: {
        JsonReader::Object part;
        std::string_view type;
        if (depth >= maxPartDepth || value.get_object().get(part) != simdjson::SUCCESS ||
            !peek(part, "type", type))
            break;
        const PromptSegment inner = holdsContext(type) ? PromptSegment::Context : segment;
        forEachField(part, [&](std::string_view key, JsonReader::Value field) {
            readPartMember(inner, key, field, depth + 1);
        });
        break;
    }
    default:
        break;
    }
}

void PromptWalker::readPartMember(PromptSegment segment, std::string_view key, JsonReader::Value &value,
                                  int depth)
{
    if (key == "functionResponse" || key == "function_response" || key == "codeExecutionResult" ||
        key == "toolResult") {
        m_builder.text(PromptSegment::Context, rawOf(value));
    } else if (contains(textMembers, key)) {
        readPart(segment, value, depth);
    } else if (contains(jsonMembers, key)) {
        if (typeOf(value) == json_type::string)
            addText(segment, stringOf(value));
        else if (typeOf(value) != json_type::null)
            m_builder.text(segment, rawOf(value));
    } else if (contains(dataMembers, key)) {
        m_builder.data(segment, rawOf(value));
    } else if (key == "source") {
        // Anthropic: a document's source may be plain text, or content parts; images and PDFs are no text.
        JsonReader::Object source;
        std::string_view type;
        if (typeOf(value) != json_type::object || value.get_object().get(source) != simdjson::SUCCESS ||
            !peek(source, "type", type))
            return;
        const bool isText = type == "text";
        forEachField(source, [&](std::string_view name, JsonReader::Value field) {
            if (name == "content" || (name == "data" && isText))
                readPart(segment, field, depth + 1);
            else if (name == "data" || name == "url" || name == "file_id")
                m_builder.data(segment, rawOf(field));
        });
    }
}

void PromptWalker::addText(PromptSegment segment, std::string_view text)
{
    constexpr Names<2> opening = {"<context>", "<documents>"};
    constexpr Names<2> closing = {"</context>", "</documents>"};
    constexpr std::size_t none = std::string_view::npos;
    const bool mayHold = segment == PromptSegment::User || segment == PromptSegment::System;
    std::size_t done = 0;
    // The next opening of each kind; what has been searched is not searched again, whatever the text.
    std::array<std::size_t, 2> next{mayHold ? text.find(opening[0]) : none,
                                    mayHold ? text.find(opening[1]) : none};
    for (;;) {
        const std::size_t kind = next[0] <= next[1] ? 0 : 1;
        const std::size_t start = next[kind];
        if (start == none)
            break;
        const std::size_t end = text.find(closing[kind], start);
        if (end == none) {
            next[kind] = none; // nor is there one behind a later opening
            continue;
        }
        m_builder.text(segment, text.substr(done, start - done));
        done = end + closing[kind].size();
        m_builder.text(PromptSegment::Context, text.substr(start, done - start));
        for (std::size_t i = 0; i < next.size(); ++i)
            if (next[i] < done)
                next[i] = text.find(opening[i], done);
    }
    m_builder.text(segment, text.substr(done));
}

} // namespace farthing
