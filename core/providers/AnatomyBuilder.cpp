// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/AnatomyBuilder.h"

#include <algorithm>
#include <limits>

namespace farthing {

namespace {

constexpr std::size_t blockBytes = 4096;
constexpr std::int64_t bytesPerToken = 4;
constexpr std::size_t maxPrefixMarks = 64;

std::int32_t tokensOf(std::int64_t bytes)
{
    const std::int64_t tokens = (bytes + bytesPerToken - 1) / bytesPerToken;
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(tokens, std::numeric_limits<std::int32_t>::max()));
}

/// Hashes of blocks chained into one; 0 while nothing was added, and never after.
class Chain
{
public:
    explicit Chain(const AnatomyKey &key)
        : m_key(key)
    {}
    void add(std::uint64_t blockHash, std::int64_t textBytes)
    {
        SipHash hash(m_key);
        hash.update(m_hash);
        hash.update(blockHash);
        m_hash = std::max<std::uint64_t>(hash.finish(), 1);
        m_textBytes += textBytes;
    }
    [[nodiscard]] std::uint64_t hash() const { return m_hash; }
    [[nodiscard]] std::int32_t tokens() const { return tokensOf(m_textBytes); }

private:
    const AnatomyKey &m_key;
    std::uint64_t m_hash = 0;
    std::int64_t m_textBytes = 0;
};

} // namespace

void AnatomyBuilder::restart(Section section)
{
    m_sections[static_cast<std::size_t>(section)].clear();
    if (section == Section::Messages)
        m_lastUserStart = 0;
}

void AnatomyBuilder::beginMessage(Section section, std::string_view role)
{
    m_section = section;
    m_role = role;
    m_messageStart = blocks().size();
}

void AnatomyBuilder::add(PromptSegment segment, std::string_view bytes, bool isText)
{
    if (bytes.empty())
        return;
    if (m_section == Section::Messages && segment == PromptSegment::User)
        m_lastUserStart = m_messageStart;
    if (m_hash && m_block.segment != segment)
        endBlock();
    while (!bytes.empty()) {
        if (!m_hash) {
            m_hash.emplace(m_key);
            m_hash->update(m_role);
            m_block = Block{.segment = segment};
            m_blockBytes = 0;
        }
        const std::string_view piece = bytes.substr(0, blockBytes - m_blockBytes);
        m_hash->update(piece);
        m_blockBytes += piece.size();
        m_block.textBytes += isText ? static_cast<std::uint32_t>(piece.size()) : 0;
        bytes.remove_prefix(piece.size());
        if (m_blockBytes == blockBytes)
            endBlock();
    }
    // Keeps "ab", "c" apart from "a", "bc".
    if (m_hash)
        m_hash->update(std::string_view("\0", 1));
}

void AnatomyBuilder::endBlock()
{
    if (!m_hash)
        return;
    m_block.hash = m_hash->finish();
    m_hash.reset();
    blocks().push_back(m_block);
}

std::int64_t AnatomyBuilder::textBytes() const
{
    std::int64_t bytes = 0;
    for (const auto &section : m_sections)
        for (const Block &block : section)
            bytes += block.textBytes;
    return bytes;
}

PromptAnatomy AnatomyBuilder::finish()
{
    auto &messages = m_sections[static_cast<std::size_t>(Section::Messages)];
    for (std::size_t i = 0; i < std::min(m_lastUserStart, messages.size()); ++i)
        if (messages[i].segment == PromptSegment::User)
            messages[i].segment = PromptSegment::History;

    PromptAnatomy anatomy;
    std::vector<Chain> segments(promptSegmentCount, Chain(m_key));
    Chain prefix(m_key);
    std::size_t index = 0;
    std::size_t stride = 1;
    for (const auto &section : m_sections)
        for (const Block &block : section) {
            segments[static_cast<std::size_t>(block.segment)].add(block.hash, block.textBytes);
            prefix.add(block.hash, block.textBytes);
            if (++index % stride != 0)
                continue;
            if (anatomy.prefix.size() == maxPrefixMarks) {
                // Every other mark goes, so that what is left still lies where another prompt of the same
                // start has it.
                stride *= 2;
                std::size_t kept = 0;
                for (std::size_t i = 1; i < anatomy.prefix.size(); i += 2)
                    anatomy.prefix[kept++] = anatomy.prefix[i];
                anatomy.prefix.resize(kept);
                if (index % stride != 0)
                    continue;
            }
            anatomy.prefix.push_back({prefix.tokens(), prefix.hash()});
        }
    if (prefix.hash() != 0 && (anatomy.prefix.empty() || anatomy.prefix.back().hash != prefix.hash()))
        anatomy.prefix.push_back({prefix.tokens(), prefix.hash()});
    for (std::size_t i = 0; i < promptSegmentCount; ++i)
        anatomy.segments[i] = {segments[i].tokens(), segments[i].hash()};
    return anatomy;
}

} // namespace farthing
