// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/import/Importing.h"

#include "core/base/Files.h"
#include "core/base/Utf8.h"
#include "core/ingest/logs/MappedCsv.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

namespace farthing {

namespace {

struct CsvArguments : ImportArguments
{
    std::string file;
    std::vector<std::string> columns;
    std::string mapFile;
    std::vector<std::string> constants;
    std::string times = "auto";
    std::string delimiter = ",";
    bool onlyMapped = false;

    void addMappingTo(CLI::App &command);
    [[nodiscard]] Result<char> separator() const;
    [[nodiscard]] Result<CsvMapping> mapping() const;
};

void CsvArguments::addMappingTo(CLI::App &command)
{
    command.add_option("file", file, "Rows under a header line; - is standard input")->required();
    command
        .add_option(
            "--map", columns,
            "COLUMN=FIELD; repeatable. Fields are the columns of `export events`, and user_id, model,\n"
            "cache_hit, idempotency_key (the file's own name for a call) and tag.NAME")
        ->allow_extra_args(false);
    command.add_option("--map-file", mapFile, "The same as JSON: {\"COLUMN\": \"FIELD\", ...}");
    command
        .add_option("--set", constants, "FIELD=VALUE for all events, which the file does not say; repeatable")
        ->allow_extra_args(false);
    command.add_flag("--only-mapped", onlyMapped,
                     "Leave out columns that are not mapped, also those that have a field's name");
    command
        .add_option(
            "--time-format", times,
            "auto: RFC 3339, or a number since 1970 whose size says whether it is of seconds, ms or us.\n"
            "Or rfc3339, unix, unix-ms, unix-us, or a pattern as strptime has it, with %f for decimals\n"
            "of a second, such as '%Y-%m-%d %H:%M:%S': UTC, or with %z what that says")
        ->capture_default_str();
    command.add_option("--delimiter", delimiter, "Between cells: ',', ';' or tab")->capture_default_str();
}

Result<char> CsvArguments::separator() const
{
    if (delimiter == "," || delimiter == ";" || delimiter == "\t")
        return delimiter.front();
    if (delimiter == "tab" || delimiter == "\\t")
        return '\t';
    return Error{"'" + excerpt(delimiter) + "' is neither ',', ';' nor tab", "--delimiter"};
}

Result<CsvMapping> CsvArguments::mapping() const
{
    CsvMapping mapping;
    if (!mapFile.empty()) {
        const auto text = readFile(mapFile);
        if (!text)
            return text.error();
        if (auto mapped = mapping.mapAll(*text); !mapped)
            return mapped.error().at(mapFile);
    }
    for (const std::string &text : columns) {
        const auto equals = text.rfind('=');
        const auto mapped = equals == std::string::npos
                                ? Error{"'" + excerpt(text) + "' is not COLUMN=FIELD"}
                                : mapping.map(text.substr(0, equals), text.substr(equals + 1));
        if (!mapped)
            return mapped.error().at("--map");
    }
    for (const std::string &text : constants) {
        const auto equals = text.find('=');
        const auto set = equals == std::string::npos
                             ? Error{"'" + excerpt(text) + "' is not FIELD=VALUE"}
                             : mapping.set(text.substr(0, equals), text.substr(equals + 1));
        if (!set)
            return set.error().at("--set");
    }
    auto format = TimeFormat::of(times);
    if (!format)
        return format.error().at("--time-format");
    mapping.setTimes(*std::move(format));
    if (onlyMapped)
        mapping.setOnlyMapped();
    return mapping;
}

void sayLeftOut(const std::vector<std::string> &names)
{
    constexpr std::size_t namesSaid = 20;
    if (names.empty())
        return;
    std::cerr << "farthingctl: left out " << (names.size() == 1 ? "column " : "columns ");
    for (std::size_t i = 0; i < std::min(names.size(), namesSaid); ++i)
        std::cerr << (i > 0 ? ", " : "") << '\'' << excerpt(names[i]) << '\'';
    if (names.size() > namesSaid)
        std::cerr << " and " << names.size() - namesSaid << " more";
    std::cerr << '\n';
}

ExitCode importCsv(const Context &context, const CsvArguments &arguments)
{
    const auto mapping = arguments.mapping();
    if (!mapping)
        return fail(mapping.error(), ExitCode::Usage);
    const auto separator = arguments.separator();
    if (!separator)
        return fail(separator.error(), ExitCode::Usage);
    const auto source = MappedCsvFile::open(arguments.file, *separator);
    if (!source)
        return fail(source.error().at(arguments.file));
    if (auto bound = (*source)->bind(*mapping); !bound)
        return fail(bound.error().at(arguments.file), ExitCode::Usage);
    sayLeftOut((*source)->leftOut());
    return importFrom(context, **source, arguments, arguments.file);
}

} // namespace

void addCsvImport(CLI::App &group, const Context &context, ExitCode &exit)
{
    CLI::App *const command = group.add_subcommand(
        "csv",
        "Any CSV with a call a row, by what its columns mean: --map created_at=time --map "
        "prompt=input_tokens.\n"
        "Columns that have a field's name need no --map. Rows without a cost are priced; those that are\n"
        "in the store are skipped");
    const auto arguments = std::make_shared<CsvArguments>();
    arguments->addMappingTo(*command);
    arguments->addTo(*command, "stop");
    arguments->addNamesTo(*command);
    command->callback([&context, &exit, arguments] { exit = importCsv(context, *arguments); });
}

} // namespace farthing
