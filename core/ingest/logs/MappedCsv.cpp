// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/MappedCsv.h"

#include "core/base/Utf8.h"
#include "core/ingest/ForeignCall.h"
#include "core/ingest/logs/RowFile.h"
#include "core/model/EventJson.h"
#include "core/model/Untagged.h"

namespace farthing {

namespace {

/// Foreign files have prompts in columns that nobody maps.
constexpr CsvRows::Limits limits = {std::size_t(1) << 20, longestForeignRow};

} // namespace

MappedCsvReader::MappedCsvReader(char delimiter)
    : m_rows({[this](std::vector<std::string> &names) -> Result<void> {
                  m_header = names;
                  return {};
              },
              [this](std::vector<std::string> &cells) { return takeRow(cells); },
              {}},
             limits, delimiter)
{}

Result<void> MappedCsvReader::bind(const CsvMapping &mapping)
{
    auto bound = mapping.bind(m_header);
    if (!bound)
        return bound.error();
    m_bound = *std::move(bound);
    return {};
}

Result<void> MappedCsvReader::takeRow(const std::vector<std::string> &cells)
{
    CostEvent event = m_bound.constants;
    GivenFields given = m_bound.given;
    std::string beside;
    std::string_view key;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto &target = m_bound.columns[i];
        const std::string_view text = cells[i];
        if (!target || text.empty())
            continue;
        Result<void> done;
        if (target->field != nullptr) {
            done = setFromText(event, *target->field, text, m_bound.times);
            markGiven(given, *target->field);
        } else if (target->isKey) {
            key = text;
            done = key.size() > longestKey ? Error{"has more than " + std::to_string(longestKey) + " bytes"}
                                           : Result<void>();
        } else {
            done = checkText(text);
            event.tags.emplace_back(target->tag, text);
            beside.append("tag.").append(target->tag).append("=").append(text).push_back('\x1f');
        }
        if (!done)
            return Error{done.error().message, excerpt(m_header[i])};
    }
    completeForeignCall(event, given);
    if (!key.empty() && isGiven(given, "time") && !isGiven(given, "event_id"))
        event.eventId = eventIdOfKey(event.time, key);
    if (auto settled = settleEvent(event, given, beside, &m_counts, m_bound.given); !settled)
        return settled;
    if (event.workflow.empty())
        event.workflow = untagged;
    m_out->push_back(std::move(event));
    return {};
}

Result<void> MappedCsvReader::feed(std::string_view chunk, std::vector<CostEvent> &out)
{
    m_out = &out;
    return m_rows.feed(chunk);
}

Result<void> MappedCsvReader::finish(std::vector<CostEvent> &out)
{
    m_out = &out;
    return m_rows.finish();
}

Result<std::unique_ptr<MappedCsvFile>> MappedCsvFile::open(const std::string &name, char delimiter)
{
    auto chunks = FileChunks::open(name);
    if (!chunks)
        return chunks.error();
    std::unique_ptr<MappedCsvFile> file(new MappedCsvFile(*std::move(chunks), delimiter));
    std::vector<CostEvent> none;
    while (!file->m_reader.hasHeader()) {
        const std::string_view chunk = file->m_file.next();
        const auto fed = file->m_reader.feedHeader(chunk);
        if (!fed)
            return fed.error();
        file->m_rest = chunk.substr(*fed);
        if (!chunk.empty())
            continue;
        for (const auto &ended : {file->m_file.atEnd(), file->m_reader.finish(none)})
            if (!ended)
                return ended.error();
        if (!file->m_reader.hasHeader())
            return Error{"has no header line"};
    }
    return file;
}

Result<void> MappedCsvFile::read(const OnBadRow &onBadRow, const Take &take)
{
    m_reader.onBadRow(onBadRow);
    std::vector<CostEvent> events;
    std::string_view chunk = m_rest.empty() ? m_file.next() : m_rest;
    for (; !chunk.empty(); chunk = m_file.next()) {
        noteRead(m_file.bytesRead());
        if (auto fed = m_reader.feed(chunk, events); !fed)
            return fed;
        if (auto taken = take(events); !taken)
            return taken;
    }
    for (const auto &ended : {m_file.atEnd(), m_reader.finish(events)})
        if (!ended)
            return ended;
    return take(events);
}

} // namespace farthing
