// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/EventIntake.h"
#include "core/store/QueryService.h"

#include <QTemporaryDir>
#include <QTest>

namespace farthing {

/// An intake over a real journal and a real store.
class IntakeFixture
{
public:
    explicit IntakeFixture(EventJournal::Options options = {})
        : m_database(std::filesystem::path(m_folder.path().toStdString()) / "events.sqlite")
    {
        auto opened = EventJournal::open(m_folder.filePath("journal").toStdString(), options);
        if (!opened)
            qFatal("%s", opened.error().toString().c_str());
        journal = *std::move(opened);
    }
    void startWriter() { writer = StoreWriter::start(m_database, *journal); }

    [[nodiscard]] EventIntake intake()
    {
        return EventIntake({.journal = journal.get(),
                            .journalError = "there is no journal",
                            .writer = writer.get(),
                            .database = m_database,
                            .prices = m_prices,
                            .listen = "127.0.0.1:4141",
                            .keptSince = keptSince,
                            .counters = counters});
    }
    static IngestRequest request(std::string_view body, std::string_view contentType = "application/json")
    {
        IngestRequest request{.body = body,
                              .contentType = contentType,
                              .contentEncoding = {},
                              .idempotencyKey = {},
                              .mostBytes = std::uint64_t(1) << 20,
                              .sender = {}};
        request.sender.time = arrival;
        request.sender.workflow = "untagged";
        request.sender.client = "curl/7.88.1";
        request.sender.instance = "127.0.0.1:4141";
        return request;
    }
    /// What the store has, oldest first.
    std::vector<CostEvent> stored()
    {
        if (!writer)
            startWriter();
        std::vector<CostEvent> all;
        if (!writer->flush(std::chrono::seconds(5)))
            qFatal("%s", writer->health().error.c_str());
        auto queries = QueryService::open(m_database);
        const auto done = queries ? (*queries)->forEach(
                                        {},
                                        [&all](const CostEvent &event) {
                                            all.push_back(event);
                                            return true;
                                        },
                                        nullptr)
                                  : Result<QueryService::Visited>(queries.error());
        if (!done)
            qFatal("%s", done.error().toString().c_str());
        return all;
    }
    [[nodiscard]] const std::filesystem::path &database() const { return m_database; }

    static constexpr Timestamp arrival = fromMicros(1'790'000'000'000'000);
    std::unique_ptr<EventJournal> journal;
    std::unique_ptr<StoreWriter> writer;
    IngestCounters counters;
    std::optional<Timestamp> keptSince;

private:
    QTemporaryDir m_folder;
    std::filesystem::path m_database;
    std::shared_ptr<const PriceBook> m_prices = builtInPriceBook();
};

} // namespace farthing
