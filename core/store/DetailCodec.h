// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/ByteReader.h"
#include "core/store/ByteWriter.h"
#include "core/store/Dictionary.h"
#include "core/store/StringTable.h"
#include "core/store/UsageForms.h"

#include "core/model/CostEvent.h"

namespace farthing {

/// Writes the column `details` of `events`: raw usage, parts, tags and the segments of the anatomy, with
/// numbers for what came before. Nothing where an event has none of these. Inside the caller's transaction.
class DetailWriter
{
public:
    static Result<DetailWriter> open(Database &database);
    Result<void> write(Database &database, Dictionary &strings, const CostEvent &event, std::string &out);
    /// After a rollback: numbers given since the last commit never were.
    void forget();

private:
    DetailWriter(UsageFormDictionary usage, Dictionary tagLists, Dictionary segments)
        : m_usage(std::move(usage))
        , m_tagLists(std::move(tagLists))
        , m_segments(std::move(segments))
    {}
    Result<void> writeTags(Database &database, Dictionary &strings, const CostEvent &event, ByteWriter &out);
    Result<void> writeSegments(Database &database, const PromptAnatomy &anatomy, ByteWriter &out);

    UsageFormDictionary m_usage;
    Dictionary m_tagLists;
    Dictionary m_segments;
    std::string m_buffer;
};

/// Reads it back. The event's usage has to be there already.
class DetailReader
{
public:
    static Result<DetailReader> open(Database &database);
    /// False where the bytes are not details.
    bool read(std::string_view details, StringTable &strings, CostEvent &event);

private:
    DetailReader(UsageFormTable usage, StringTable tagLists, StringTable segments)
        : m_usage(std::move(usage))
        , m_tagLists(std::move(tagLists))
        , m_segments(std::move(segments))
    {}
    bool readTags(ByteReader &in, StringTable &strings, CostEvent &event);
    bool readSegments(ByteReader &in, PromptAnatomy &anatomy);

    UsageFormTable m_usage;
    StringTable m_tagLists;
    StringTable m_segments;
};

} // namespace farthing
