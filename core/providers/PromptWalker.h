// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/AnatomyBuilder.h"
#include "core/providers/JsonReader.h"

#include <string_view>

namespace farthing {

/// Walks the members of a request that hold the prompt, of all wires, and tells an AnatomyBuilder what they
/// are. The names do not collide between the wires, so that one walk serves them all.
class PromptWalker
{
public:
    explicit PromptWalker(AnatomyBuilder &builder)
        : m_builder(builder)
    {}

    /// Takes one top-level member of the body; what is no part of the prompt is left alone.
    void takeMember(std::string_view key, JsonReader::Value &value);

private:
    void readTools(JsonReader::Value &value);
    void readSchema(JsonReader::Value &value, int depth);
    /// Messages, input items or contents: a string, an array, or one object.
    void readMessages(JsonReader::Value &value);
    void readMessage(JsonReader::Value &value);
    void readEmbedRequests(JsonReader::Value &value);
    /// The text that Amazon's Nova embeds, or the image, audio or video.
    void readNovaEmbedding(JsonReader::Value &value);
    void readWhole(AnatomyBuilder::Section section, PromptSegment segment, JsonReader::Value &value);
    void readPart(PromptSegment segment, JsonReader::Value &value, int depth);
    void readPartMember(PromptSegment segment, std::string_view key, JsonReader::Value &value, int depth);
    /// Cuts `<context>…</context>` and `<documents>…</documents>` out of a text as retrieved material.
    void addText(PromptSegment segment, std::string_view text);

    AnatomyBuilder &m_builder;
};

} // namespace farthing
