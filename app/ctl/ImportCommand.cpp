// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"
#include "app/ctl/Table.h"

#include "core/base/Files.h"
#include "core/model/EventCsv.h"
#include "core/store/StoreWriter.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

namespace farthing {

namespace {

constexpr std::size_t eventsPerTransaction = 10'000;

struct Options
{
    std::string file;
    bool json = false;
};

/// Writes what has gathered once it is enough, or at the end.
class Importer
{
public:
    explicit Importer(std::filesystem::path database)
        : m_database(std::move(database))
    {}

    std::vector<CostEvent> &events() { return m_events; }
    Result<void> writeIf(bool enough)
    {
        if (!enough || m_events.empty())
            return {};
        const auto count = writeEvents(m_database, m_events);
        if (!count)
            return count.error();
        m_count.written += count->written;
        m_count.alreadyThere += count->alreadyThere;
        m_events.clear();
        return {};
    }
    Result<void> writeIfEnough() { return writeIf(m_events.size() >= eventsPerTransaction); }
    [[nodiscard]] const ImportCount &count() const { return m_count; }

private:
    std::filesystem::path m_database;
    std::vector<CostEvent> m_events;
    ImportCount m_count;
};

Result<void> importCsv(std::istream &in, Importer &importer)
{
    EventCsvReader reader;
    std::string chunk(std::size_t(1) << 16, '\0');
    while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0) {
        if (auto read = reader.feed({chunk.data(), static_cast<std::size_t>(in.gcount())}, importer.events());
            !read)
            return read;
        if (auto written = importer.writeIfEnough(); !written)
            return written;
    }
    if (auto read = reader.finish(importer.events()); !read)
        return read;
    return importer.writeIf(true);
}

Result<void> importJsonLines(std::istream &in, Importer &importer)
{
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        auto event = eventFromJson(line);
        if (!event)
            return event.error().at("line " + std::to_string(number));
        importer.events().push_back(*std::move(event));
        if (auto written = importer.writeIfEnough(); !written)
            return written;
    }
    return importer.writeIf(true);
}

ExitCode importEvents(const Context &context, const Options &options)
{
    std::ifstream in(options.file, std::ios::binary);
    if (!in)
        return fail({"cannot be opened", options.file});
    if (auto created = context.dir().create(); !created)
        return fail(created.error());
    Importer importer(context.dir().database());
    const auto done = in.peek() == '{' ? importJsonLines(in, importer) : importCsv(in, importer);
    const ImportCount &count = importer.count();
    if (options.json)
        std::cout << nlohmann::json{{"written", count.written}, {"already_there", count.alreadyThere}}.dump()
                  << '\n';
    else
        std::cout << withThousands(static_cast<std::int64_t>(count.written)) << " events written, "
                  << withThousands(static_cast<std::int64_t>(count.alreadyThere)) << " were there already\n";
    return done ? ExitCode::Ok : fail(done.error().at(options.file));
}

} // namespace

void addImportCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const group = app.add_subcommand("import", "Take over events from a file");
    group->require_subcommand(1);
    CLI::App *const command =
        group->add_subcommand("events", "What `export events` wrote, CSV or JSON lines");
    const auto options = std::make_shared<Options>();
    command->add_option("file", options->file, "Events that are in the store already are skipped")
        ->required();
    command->add_flag("--json", options->json, "The counts as JSON");
    command->callback([&context, &exit, options] { exit = importEvents(context, *options); });
}

} // namespace farthing
