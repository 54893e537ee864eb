// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Thousands.h"
#include "app/ctl/Commands.h"
#include "app/ctl/HttpFetch.h"
#include "app/ctl/Table.h"

#include "core/base/Files.h"
#include "core/pricing/CostCalculator.h"
#include "core/pricing/ModelName.h"
#include "core/pricing/PriceDiff.h"
#include "core/pricing/importers/PriceImport.h"
#include "core/store/Reprice.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace farthing {

namespace {

using Json = nlohmann::ordered_json;

constexpr long downloadMs = 60'000;
constexpr std::size_t downloadBytes = std::size_t(64) << 20;

struct Options
{
    std::string name; ///< a model, a file, or a URL
    std::string provider;
    bool json = false;
    bool all = false;
    bool dryRun = false;
    std::string asOf;     ///< the day that the file's prices hold on
    bool replace = false; ///< the user's own prices, rather than come over them
};

/// Pico-USD a token as USD per million tokens, which is how everybody quotes prices.
std::string perMillion(const std::optional<PicoUsd> &price)
{
    return price ? Money::fromNanoUsd(*price * 1000).toUsdString() : std::string();
}

std::vector<std::string> cellsOf(const PriceEntry &e)
{
    return {e.provider,
            e.model,
            perMillion(e.standard.input),
            perMillion(e.standard.cachedInput),
            perMillion(e.standard.cacheWrite5m),
            perMillion(e.standard.cacheWrite1h),
            perMillion(e.standard.output),
            e.validFrom ? formatRfc3339(*e.validFrom).substr(0, 10) : ""};
}

constexpr std::array columnNames = {"provider",       "model",          "input",  "cached_input",
                                    "cache_write_5m", "cache_write_1h", "output", "valid_from"};

void print(const std::vector<const PriceEntry *> &entries, bool json, const std::string &version)
{
    Table table;
    Json list = Json::array();
    for (const char *name : columnNames)
        table.addColumn(name, list.empty() && (name == columnNames[0] || name == columnNames[1])
                                  ? Table::Align::Left
                                  : Table::Align::Right);
    for (const PriceEntry *entry : entries) {
        auto cells = cellsOf(*entry);
        Json object;
        for (std::size_t i = 0; i < columnNames.size(); ++i)
            object[columnNames[i]] = cells[i].empty() ? Json(nullptr) : Json(cells[i]);
        object["source"] = entry->source;
        list.push_back(std::move(object));
        table.addRow(std::move(cells));
    }
    if (json)
        std::cout << Json{{"version", version}, {"unit", "USD per million tokens"}, {"prices", list}}.dump(2)
                  << '\n';
    else
        std::cout << table.toText() << "USD per million tokens, prices of " << version << '\n';
}

ExitCode list(const Context &context, const Options &options)
{
    const auto book = context.prices();
    if (!book)
        return fail(book.error());
    std::vector<const PriceEntry *> entries;
    for (const PriceEntry &entry : (*book)->entries())
        if (options.provider.empty() || entry.provider == priceProviderOf(options.provider))
            entries.push_back(&entry);
    print(entries, options.json, (*book)->version());
    return entries.empty() ? ExitCode::NothingFound : ExitCode::Ok;
}

ExitCode show(const Context &context, const Options &options)
{
    const auto book = context.prices();
    if (!book)
        return fail(book.error());
    const PriceEntry *const entry = (*book)->find(options.provider, options.name, SystemClock().now());
    if (entry == nullptr)
        return fail({"no price is known for '" + options.name + "'"}, ExitCode::NothingFound);
    print({entry}, options.json, (*book)->version());
    return ExitCode::Ok;
}

const char *nameOf(PriceChange::Kind kind)
{
    return kind == PriceChange::Kind::Added     ? "added"
           : kind == PriceChange::Kind::Removed ? "removed"
                                                : "changed";
}

Json notesToJson(const std::vector<PriceImport::Note> &notes)
{
    Json list = Json::array();
    for (const PriceImport::Note &note : notes)
        list.push_back({{"model", note.model}, {"reason", note.reason}});
    return list;
}

/// How many models of the file have each note.
void printNotes(const char *what, const std::vector<PriceImport::Note> &notes)
{
    std::map<std::string, std::size_t> counts;
    for (const PriceImport::Note &note : notes)
        ++counts[note.reason];
    for (const auto &[reason, count] : counts)
        std::cout << withThousands(static_cast<std::int64_t>(count)) << (count == 1 ? " model " : " models ")
                  << what << ": " << reason << '\n';
}

void printChanges(const std::vector<PriceChange> &changes, const PriceImport &imported,
                  const Options &options)
{
    std::map<PriceChange::Kind, std::size_t> counts;
    Json list = Json::array();
    for (const PriceChange &change : changes) {
        ++counts[change.kind];
        list.push_back(
            {{"kind", nameOf(change.kind)},
             {"provider", change.provider},
             {"model", change.model},
             {"valid_from", change.validFrom ? Json(formatRfc3339(*change.validFrom).substr(0, 10)) : Json()},
             {"field", change.field},
             {"before", change.before},
             {"after", change.after}});
    }
    if (options.json) {
        std::cout << Json{{"changes", list},
                          {"skipped", notesToJson(imported.skipped)},
                          {"warnings", notesToJson(imported.warnings)}}
                         .dump(2, ' ', false, Json::error_handler_t::replace)
                  << '\n';
        return;
    }
    for (const PriceChange &change : changes) {
        if (change.kind == PriceChange::Kind::Added)
            continue;
        std::cout << change.provider << "/" << change.model
                  << (change.validFrom ? " from " + formatRfc3339(*change.validFrom).substr(0, 10) : "");
        if (change.kind == PriceChange::Kind::Removed)
            std::cout << " removed\n";
        else
            std::cout << " " << change.field << ": " << (change.before.empty() ? "-" : change.before) << " → "
                      << (change.after.empty() ? "-" : change.after) << '\n';
    }
    std::cout << counts[PriceChange::Kind::Added] << " prices added, " << counts[PriceChange::Kind::Changed]
              << " fields changed, " << counts[PriceChange::Kind::Removed] << " removed\n";
    printNotes("left out", imported.skipped);
    printNotes("taken", imported.warnings);
}

std::string excuse(const std::vector<PriceImport::Note> &skipped)
{
    if (skipped.empty())
        return {};
    const auto &[model, reason] = skipped.front();
    const std::string more =
        skipped.size() == 1 ? "" : ", and " + std::to_string(skipped.size() - 1) + " more";
    return "; left out: " + model + " (" + reason + ")" + more;
}

/// The imported entries come over the user's prices.json, or take its place; the built-in table stays behind.
ExitCode takeOver(const Context &context, const Options &options, const std::string &text)
{
    const Timestamp now = SystemClock().now();
    const auto asOf = options.asOf.empty() ? Result<Timestamp>(now) : parseMoment(options.asOf, now);
    if (!asOf)
        return fail(asOf.error().at("--as-of"), ExitCode::Usage);
    auto read = importPrices(text);
    if (!read)
        return fail(read.error().at(options.name));
    if (read->entries.empty())
        return fail({"holds no price of a model" + excuse(read->skipped), options.name});
    const auto own = loadOwnPrices(context.dir().prices());
    if (!own)
        return fail(own.error());
    const auto builtIn = builtInPriceBook();
    const auto before = *own ? overlay(*builtIn, **own) : builtIn;
    PriceImport imported = fitImport(*std::move(read), options.replace ? *builtIn : *before, *asOf);
    const std::string version = formatRfc3339(now).substr(0, 19) + "Z";
    PriceBook local(version, std::move(imported.entries));
    if (*own && !options.replace)
        local = PriceBook(version, overlay(**own, local)->entries());
    const std::string json = serializePriceBook(local);
    if (const auto readable = parsePriceBook(json); !readable)
        return fail(readable.error().at("the prices that would be written"));
    if (!options.dryRun) {
        if (auto created = context.dir().create(); !created)
            return fail(created.error());
        if (auto written = writeLinkedFile(context.dir().prices(), json); !written)
            return fail(written.error());
    }
    printChanges(diffPrices(*before, *overlay(*builtIn, local)), imported, options);
    return ExitCode::Ok;
}

ExitCode importFile(const Context &context, const Options &options)
{
    const auto text = readFile(options.name);
    return text ? takeOver(context, options, *text) : fail(text.error());
}

ExitCode update(const Context &context, const Options &options)
{
    const auto answer = httpGet(options.name, downloadMs, downloadBytes);
    if (!answer)
        return fail(answer.error());
    if (answer->status != 200)
        return fail({"answers " + std::to_string(answer->status), options.name});
    return takeOver(context, options, answer->body);
}

ExitCode repriceEvents(const Context &context, const Options &options)
{
    const auto book = context.prices();
    if (!book)
        return fail(book.error());
    const auto count =
        reprice(context.dir().database(), options.all ? RepriceScope::All : RepriceScope::Unpriced,
                [&book](CostEvent &event) { return repriceEvent(event, **book); });
    if (!count)
        return fail(count.error());
    if (options.json)
        std::cout << Json{{"looked_at", count->looked},
                          {"changed", count->changed},
                          {"damaged", count->damaged}}
                         .dump()
                  << '\n';
    else
        std::cout << withThousands(static_cast<std::int64_t>(count->looked)) << " events looked at, "
                  << withThousands(static_cast<std::int64_t>(count->changed)) << " priced anew\n";
    if (count->damaged > 0)
        std::cerr << withThousands(static_cast<std::int64_t>(count->damaged))
                  << " were left as they are: their details cannot be read\n";
    return ExitCode::Ok;
}

} // namespace

void addPricesCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const group = app.add_subcommand("prices", "The price table");
    group->require_subcommand(1);
    const auto add = [&](const char *name, const char *help,
                         ExitCode (*run)(const Context &, const Options &)) {
        CLI::App *const command = group->add_subcommand(name, help);
        const auto options = std::make_shared<Options>();
        command->add_flag("--json", options->json, "JSON instead of a table");
        command->callback([&context, &exit, options, run] { exit = run(context, *options); });
        return std::pair(command, options);
    };
    const auto [listing, listOptions] = add("list", "Every price, in USD per million tokens", list);
    listing->add_option("--provider", listOptions->provider, "Only this provider's");
    const auto [showing, showOptions] =
        add("show", "The price that a model's events are billed at today", show);
    showing->add_option("model", showOptions->name, "As requests or replies name it")->required();
    showing->add_option("--provider", showOptions->provider, "The upstream it is called at");
    const auto [importing, importOptions] =
        add("import", "Take over prices from a file: Farthing's own form, LiteLLM's or genai-prices'",
            importFile);
    importing->add_option("file", importOptions->name, "The file, as its project publishes it")->required();
    const auto [updating, updateOptions] = add(
        "update", "The same from a URL, such as that of LiteLLM's or genai-prices' published file", update);
    updating->add_option("url", updateOptions->name, "http or https")->required();
    for (const auto &[command, options] :
         {std::pair(importing, importOptions), std::pair(updating, updateOptions)}) {
        command->add_flag("--dry-run", options->dryRun, "Only show what would change");
        command->add_option(
            "--as-of", options->asOf,
            "The day that the file's prices hold from, where it gives no dates: a date, or 7d ago\n"
            "(default: today). What held before stays, and so do prices that begin later");
        command->add_flag("--replace", options->replace,
                          "Drop the prices of prices.json that the file does not have");
    }
    const auto [repricing, repriceOptions] =
        add("reprice", "Price the events that had no price", repriceEvents);
    repricing->add_flag("--all", repriceOptions->all, "Also those that have one: at today's prices");
}

} // namespace farthing
