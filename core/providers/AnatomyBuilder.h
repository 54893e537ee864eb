// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/PromptAnatomy.h"
#include "core/providers/RequestFacts.h"
#include "core/providers/SipHash.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace farthing {

/// Builds a prompt's anatomy from its pieces, told in whatever order the JSON has them. Each byte is hashed
/// once, in blocks of 4 KiB (about 1,024 tokens) counted from the start of its message; hashes of segments
/// and prefixes chain the blocks'. So a segment's hash does not depend on what stands before it, and equal
/// prompts have equal marks up to where they part.
class AnatomyBuilder
{
public:
    /// Where providers put it in the prompt, whatever the order of the JSON: Anthropic documents tools,
    /// system, messages.
    enum class Section : std::uint8_t { Tools, System, Messages };

    explicit AnatomyBuilder(const AnatomyKey &key)
        : m_key(key)
    {}

    /// Forgets a section: a JSON key that comes twice counts the last time.
    void restart(Section section);
    /// A message begins. `role` is part of what is hashed, and has to stay valid until the message ends.
    void beginMessage(Section section, std::string_view role);
    /// Text of the current message; its segment may be another one (context inside a user's turn).
    void text(PromptSegment segment, std::string_view text) { add(segment, text, true); }
    /// Bytes that no provider counts as text (images, audio): hashed, not counted.
    void data(PromptSegment segment, std::string_view bytes) { add(segment, bytes, false); }
    /// Ends a message, or a part of one behind which a prefix may end as well.
    void endBlock();

    /// Bytes of text that the provider will count as input, so far.
    [[nodiscard]] std::int64_t textBytes() const;
    /// The messages before the last one of the user become history.
    [[nodiscard]] PromptAnatomy finish();

private:
    struct Block
    {
        std::uint64_t hash = 0;
        std::uint32_t textBytes = 0;
        PromptSegment segment = PromptSegment::User;
    };

    void add(PromptSegment segment, std::string_view bytes, bool isText);
    std::vector<Block> &blocks() { return m_sections[static_cast<std::size_t>(m_section)]; }

    AnatomyKey m_key;
    std::array<std::vector<Block>, 3> m_sections;
    std::optional<SipHash> m_hash; ///< of the open block
    Block m_block;
    std::size_t m_blockBytes = 0;
    Section m_section = Section::Messages;
    std::size_t m_messageStart = 0;
    std::size_t m_lastUserStart = 0; ///< first block of the last message that holds words of the user
    std::string_view m_role;
};

} // namespace farthing
