// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/DetailCodec.h"

#include "core/store/DetailLimits.h"
#include "core/store/UsageFields.h"

#include <algorithm>
#include <array>

namespace farthing {

namespace {

/// What follows, in this order.
enum Piece : std::uint8_t { usage = 1, parts = 2, tags = 4, segments = 8, allPieces = 15 };

std::uint8_t piecesOf(const CostEvent &event)
{
    std::uint8_t pieces = 0;
    pieces |= limit::rawUsage(event).empty() ? 0 : usage;
    pieces |= event.parts.empty() ? 0 : parts;
    pieces |= event.tags.empty() ? 0 : tags;
    pieces |= event.anatomy.segments == PromptAnatomy{}.segments ? 0 : segments;
    return pieces;
}

/// A number where the text came before; 0 and the text where it did not.
Result<void> writeText(Database &database, Dictionary &strings, std::string_view text, ByteWriter &out)
{
    text = limit::cut(text, limit::listTextBytes);
    const auto number = strings.idOfRepeated(database, text);
    if (!number)
        return number.error();
    out.unsignedInt(static_cast<std::uint64_t>(*number));
    if (*number == 0)
        out.text(text);
    return {};
}

void readText(ByteReader &in, StringTable &strings, std::string &text)
{
    const std::uint64_t number = in.unsignedInt();
    text = number == 0 ? in.text() : std::string_view(strings.text(static_cast<std::int64_t>(number)));
}

Result<void> writeParts(Database &database, Dictionary &strings, const std::vector<UsagePart> &list,
                        ByteWriter &out)
{
    out.unsignedInt(list.size());
    for (const UsagePart &part : list) {
        if (auto written = writeText(database, strings, part.model, out); !written)
            return written;
        usageFields(out, part.usage);
    }
    return {};
}

/// The number of entries of a list, each of which has bytes of its own.
std::size_t lengthOf(ByteReader &in)
{
    const std::uint64_t length = in.unsignedInt();
    if (length > limit::listLength || length > in.left())
        in.fail();
    return in.ok() ? static_cast<std::size_t>(length) : 0;
}

void writeSegment(const PromptAnatomy::Segment &segment, ByteWriter &out)
{
    out.integer(segment.tokens);
    out.fixed(segment.hash);
}

void readSegment(ByteReader &in, PromptAnatomy::Segment &segment)
{
    in.integer(segment.tokens);
    segment.hash = in.fixed();
}

std::string_view bytesOf(const PromptAnatomy::Segment &segment, std::string &buffer)
{
    buffer.clear();
    {
        ByteWriter writer(buffer, sizeof segment + 2);
        writeSegment(segment, writer);
    }
    return buffer;
}

} // namespace

Result<DetailWriter> DetailWriter::open(Database &database)
{
    auto usage = UsageFormDictionary::open(database);
    auto tagLists = Dictionary::open(database, Numbered::TagLists);
    auto segments = Dictionary::open(database, Numbered::Segments);
    if (!usage || !tagLists || !segments)
        return database.lastError();
    return DetailWriter(*std::move(usage), *std::move(tagLists), *std::move(segments));
}

void DetailWriter::forget()
{
    m_usage.forget();
    m_tagLists.forget();
    m_segments.forget();
}

/// The list's number where the whole of it came before, else 0 and the list.
Result<void> DetailWriter::writeTags(Database &database, Dictionary &strings, const CostEvent &event,
                                     ByteWriter &out)
{
    const std::size_t count = std::min(event.tags.size(), limit::listLength);
    m_buffer.clear();
    {
        ByteWriter list(m_buffer);
        for (std::size_t i = 0; i < count; ++i)
            for (const std::string *const text : {&event.tags[i].first, &event.tags[i].second})
                list.text(limit::cut(*text, limit::listTextBytes));
    }
    const auto number = m_tagLists.idOfRepeated(database, m_buffer);
    if (!number)
        return number.error();
    out.unsignedInt(static_cast<std::uint64_t>(*number));
    if (*number != 0)
        return {};
    out.unsignedInt(count);
    for (std::size_t i = 0; i < count; ++i)
        for (const std::string *const text : {&event.tags[i].first, &event.tags[i].second})
            if (auto written = writeText(database, strings, *text, out); !written)
                return written;
    return {};
}

/// Which there are, which of these are known, then a number or tokens and hash for each.
Result<void> DetailWriter::writeSegments(Database &database, const PromptAnatomy &anatomy, ByteWriter &out)
{
    std::uint64_t there = 0;
    std::array<std::int64_t, promptSegmentCount> numbers{};
    for (std::size_t i = 0; i < promptSegmentCount; ++i) {
        const PromptAnatomy::Segment &segment = anatomy.segments[i];
        if (segment == PromptAnatomy::Segment{})
            continue;
        const auto number = m_segments.idOfRepeated(database, bytesOf(segment, m_buffer));
        if (!number)
            return number.error();
        numbers[i] = *number;
        there |= std::uint64_t(1) << i | (*number != 0 ? std::uint64_t(1) << (promptSegmentCount + i) : 0);
    }
    out.unsignedInt(there);
    for (std::size_t i = 0; i < promptSegmentCount; ++i)
        if (numbers[i] != 0)
            out.unsignedInt(static_cast<std::uint64_t>(numbers[i]));
        else if ((there >> i & 1) != 0)
            writeSegment(anatomy.segments[i], out);
    return {};
}

Result<void> DetailWriter::write(Database &database, Dictionary &strings, const CostEvent &event,
                                 std::string &out)
{
    const std::uint8_t pieces = piecesOf(event);
    if (pieces == 0)
        return {};
    ByteWriter writer(out);
    writer.byte(pieces);
    Result<void> written;
    if ((pieces & usage) != 0)
        written = m_usage.write(database, event.rawUsage, event.usage, writer);
    if (written && (pieces & parts) != 0)
        written = event.parts.size() <= limit::listLength
                      ? writeParts(database, strings, event.parts, writer)
                      : writeParts(database, strings, limit::parts(event.parts), writer);
    if (written && (pieces & tags) != 0)
        written = writeTags(database, strings, event, writer);
    if (written && (pieces & segments) != 0)
        written = writeSegments(database, event.anatomy, writer);
    return written;
}

Result<DetailReader> DetailReader::open(Database &database)
{
    auto usage = UsageFormTable::open(database);
    auto tagLists = StringTable::open(database, Numbered::TagLists);
    auto segments = StringTable::open(database, Numbered::Segments);
    if (!usage || !tagLists || !segments)
        return database.lastError();
    return DetailReader(*std::move(usage), *std::move(tagLists), *std::move(segments));
}

bool DetailReader::readTags(ByteReader &in, StringTable &strings, CostEvent &event)
{
    if (const std::uint64_t number = in.unsignedInt(); number != 0) {
        ByteReader list(m_tagLists.text(static_cast<std::int64_t>(number)));
        while (list.ok() && !list.atEnd()) {
            auto &[key, value] = event.tags.emplace_back();
            key = list.text();
            value = list.text();
        }
        return list.ok() && !event.tags.empty();
    }
    event.tags.resize(lengthOf(in));
    for (auto &[key, value] : event.tags) {
        readText(in, strings, key);
        readText(in, strings, value);
    }
    return true;
}

bool DetailReader::readSegments(ByteReader &in, PromptAnatomy &anatomy)
{
    const std::uint64_t there = in.unsignedInt();
    for (std::size_t i = 0; i < promptSegmentCount; ++i) {
        if ((there >> i & 1) == 0)
            continue;
        if ((there >> (promptSegmentCount + i) & 1) == 0) {
            readSegment(in, anatomy.segments[i]);
            continue;
        }
        ByteReader known(m_segments.text(static_cast<std::int64_t>(in.unsignedInt())));
        readSegment(known, anatomy.segments[i]);
        if (!known.ok())
            return false;
    }
    return true;
}

bool DetailReader::read(std::string_view details, StringTable &strings, CostEvent &event)
{
    event.rawUsage.clear();
    event.parts.clear();
    event.tags.clear();
    event.anatomy.segments = {};
    if (details.empty())
        return true;
    ByteReader in(details);
    const std::uint8_t pieces = in.byte();
    if (pieces > allPieces)
        return false;
    if ((pieces & usage) != 0 && !m_usage.read(in, event.usage, event.rawUsage))
        return false;
    if ((pieces & parts) != 0) {
        event.parts.resize(lengthOf(in));
        for (UsagePart &part : event.parts) {
            readText(in, strings, part.model);
            usageFields(in, part.usage);
        }
    }
    if ((pieces & tags) != 0 && !readTags(in, strings, event))
        return false;
    if ((pieces & segments) != 0 && !readSegments(in, event.anatomy))
        return false;
    return in.ok() && in.atEnd();
}

} // namespace farthing
