// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Thousands.h"
#include "app/ctl/Commands.h"
#include "app/ctl/Table.h"

#include "core/store/QueryService.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace farthing {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t mostOfTheTail = 10'000; ///< whole events, which are held to be sorted

struct Options
{
    FilterOptions filter;
    std::string by; ///< empty: the tail's requests one by one
    std::string what;
    std::size_t top = 0;
    bool json = false;
    bool csv = false;
};

/// A column: its name in JSON, its title for people, and its value in either form.
struct Column
{
    const char *name;
    const char *title;
    Json (*value)(const Aggregate &);
    std::string (*text)(const Aggregate &);
};

std::string dollars(Money m)
{
    return "$" + m.toUsdString();
}

std::string percent(std::int64_t part, std::int64_t whole)
{
    if (whole <= 0)
        return "-";
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %%",
                  100.0 * static_cast<double>(part) / static_cast<double>(whole));
    return text;
}

/// "12.8": how many times the other; empty where that is nothing.
std::string timesOf(Money one, Money other)
{
    if (other.nanoUsd() <= 0)
        return {};
    char text[32];
    std::snprintf(text, sizeof text, "%.1f",
                  static_cast<double>(one.nanoUsd()) / static_cast<double>(other.nanoUsd()));
    return text;
}

std::string milliseconds(std::int64_t us)
{
    return withThousands(us / 1000) + " ms";
}

#define FARTHING_MONEY(name, title, member)                                                                  \
    Column                                                                                                   \
    {                                                                                                        \
        name, title,                                                                                         \
            [](const Aggregate &a) { return a.nothingPriced() ? Json() : Json(a.member.toUsdString()); },    \
            [](const Aggregate &a) { return a.nothingPriced() ? std::string("-") : dollars(a.member); }      \
    }
#define FARTHING_COUNT(name, title, member)                                                                  \
    Column                                                                                                   \
    {                                                                                                        \
        name, title, [](const Aggregate &a) { return Json(a.member); },                                      \
            [](const Aggregate &a) { return withThousands(a.member); }                                       \
    }
#define FARTHING_TIME(name, title, member)                                                                   \
    Column                                                                                                   \
    {                                                                                                        \
        name, title, [](const Aggregate &a) { return Json(a.member); },                                      \
            [](const Aggregate &a) { return milliseconds(a.member); }                                        \
    }

const Column requests = FARTHING_COUNT("requests", "Requests", requests);
const Column unpriced = FARTHING_COUNT("unpriced", "Unpriced", unpriced);
const Column estimated = FARTHING_COUNT("estimated", "Estimated", estimated);

const std::vector<Column> costColumns = {
    requests,
    FARTHING_MONEY("cost_usd", "Cost", cost),
    FARTHING_MONEY("list_cost_usd", "List cost", listCost),
    FARTHING_MONEY("failed_cost_usd", "Failed", failedCost),
    FARTHING_MONEY("cost_p50_usd", "p50", costP50),
    FARTHING_MONEY("cost_p95_usd", "p95", costP95),
    FARTHING_MONEY("cost_p99_usd", "p99", costP99),
    FARTHING_TIME("latency_p50_us", "Latency p50", latencyP50Us),
    FARTHING_TIME("latency_p95_us", "p95", latencyP95Us),
    FARTHING_COUNT("failed", "Failed calls", failed),
    unpriced,
    estimated,
};
const std::vector<Column> tokenColumns = {
    requests,
    FARTHING_COUNT("input_tokens", "Input", usage.input),
    FARTHING_COUNT("cached_input_tokens", "Cached", usage.cachedInput),
    FARTHING_COUNT("output_tokens", "Output", usage.output),
    FARTHING_COUNT("reasoning_tokens", "Reasoning", usage.reasoning),
    FARTHING_COUNT("tokens_p50", "p50", tokensP50),
    FARTHING_COUNT("tokens_p95", "p95", tokensP95),
    FARTHING_COUNT("tokens_p99", "p99", tokensP99),
    estimated,
};
const std::vector<Column> cacheColumns = {
    requests,
    FARTHING_COUNT("input_tokens", "Input", usage.input),
    FARTHING_COUNT("cached_input_tokens", "Cached", usage.cachedInput),
    Column{"prompt_cache_hit_permille", "Prompt hit",
           [](const Aggregate &a) {
               return Json(a.usage.input > 0 ? a.usage.cachedInput * 1000 / a.usage.input : 0);
           },
           [](const Aggregate &a) { return percent(a.usage.cachedInput, a.usage.input); }},
    FARTHING_COUNT("cache_write_5m_tokens", "Written 5 m", usage.cacheWrite5m),
    FARTHING_COUNT("cache_write_1h_tokens", "Written 1 h", usage.cacheWrite1h),
    FARTHING_COUNT("response_cache_hits", "Response hits", cacheHits),
    FARTHING_MONEY("saved_prompt_cache_usd", "Saved by prompt cache", savings.promptCache),
    FARTHING_MONEY("saved_response_cache_usd", "Saved by response cache", savings.responseCache),
};

const std::vector<Column> tailColumns = {
    requests,
    FARTHING_MONEY("cost_usd", "Cost", cost),
    FARTHING_MONEY("cost_p50_usd", "p50", costP50),
    FARTHING_MONEY("cost_p95_usd", "p95", costP95),
    FARTHING_MONEY("cost_p99_usd", "p99", costP99),
    Column{"p95_times_median", "p95 / median",
           [](const Aggregate &a) { return Json(timesOf(a.costP95, a.costP50)); },
           [](const Aggregate &a) { return timesOf(a.costP95, a.costP50); }},
    unpriced,
    estimated,
};

const std::vector<Column> &columnsOf(std::string_view what)
{
    return what == "cost"     ? costColumns
           : what == "tokens" ? tokenColumns
           : what == "cache"  ? cacheColumns
                              : tailColumns;
}

void print(const std::string &text)
{
    std::cout << text << std::flush;
}

Json toJson(const std::string &key, const Aggregate &total, const std::vector<Column> &columns)
{
    Json object;
    object["key"] = key;
    for (const Column &column : columns)
        object[column.name] = column.value(total);
    return object;
}

Json toJson(const TimeRange &range)
{
    const auto text = [](const auto &end) { return end ? Json(formatRfc3339(*end)) : Json(nullptr); };
    return {{"since", text(range.since)}, {"until", text(range.until)}};
}

/// Said beside the figures, whatever form they have.
void sayRange(const std::optional<TimeRange> &instead)
{
    if (!instead)
        return;
    std::cerr << "farthingctl: of the beginning of this time, events are no longer kept: the sums are those";
    if (instead->since)
        std::cerr << " since " << formatRfc3339(*instead->since);
    if (instead->until)
        std::cerr << " until " << formatRfc3339(*instead->until);
    std::cerr << '\n';
}

void printGroups(const Options &options, const GroupResult &result, const std::vector<Column> &columns)
{
    const std::size_t shown =
        options.top > 0 ? std::min(options.top, result.rows.size()) : result.rows.size();
    if (options.json) {
        Json report = {{"report", options.what}, {"by", options.by}, {"rows", Json::array()}};
        for (std::size_t i = 0; i < shown; ++i)
            report["rows"].push_back(toJson(result.rows[i].key, result.rows[i].total, columns));
        report["total"] = toJson("total", result.total, columns);
        if (result.instead)
            report["range"] = toJson(*result.instead);
        return print(report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    }
    Table table;
    table.addColumn(options.by, Table::Align::Left);
    for (const Column &column : columns)
        table.addColumn(options.csv ? column.name : column.title, Table::Align::Right);
    const auto add = [&](const std::string &key, const Aggregate &total) {
        std::vector<std::string> cells = {key.empty() && !options.csv ? "(none)" : key};
        for (const Column &column : columns) {
            const Json value = column.value(total);
            cells.push_back(!options.csv        ? column.text(total)
                            : value.is_null()   ? std::string()
                            : value.is_string() ? value.get<std::string>()
                                                : value.dump());
        }
        table.addRow(std::move(cells));
    };
    for (std::size_t i = 0; i < shown; ++i)
        add(result.rows[i].key, result.rows[i].total);
    if (!options.csv)
        add("total", result.total);
    print(options.csv ? table.toCsv() : table.toText());
}

ExitCode reportTail(const Options &options, const EventFilter &filter, QueryService &queries)
{
    if (options.top > mostOfTheTail)
        return fail({"lists at most " + withThousands(static_cast<std::int64_t>(mostOfTheTail)) +
                         " requests one by one; `export events` has them all",
                     "--top"},
                    ExitCode::Usage);
    const auto snapshot = queries.holdSnapshot(); // the median is of the same events as the rows
    const auto groups = queries.groupBy(Dimension::Workflow, filter);
    if (!groups)
        return fail(groups.error());
    sayRange(groups->instead);
    const auto page =
        queries.events(filter, EventOrder::MostExpensiveFirst, options.top > 0 ? options.top : 20);
    if (!page)
        return fail(page.error());
    const Money median = groups->total.costP50;
    Json rows = Json::array();
    Table table;
    for (const char *title : {"time", "workflow", "feature", "user", "model"})
        table.addColumn(title, Table::Align::Left);
    for (const char *title :
         {"input_tokens", "cached_input_tokens", "output_tokens", "times_median", "cost_usd"})
        table.addColumn(title, Table::Align::Right);
    table.addColumn("event_id", Table::Align::Left);
    for (const CostEvent &e : page->events) {
        const std::string cost = e.cost ? e.cost->toUsdString() : "unpriced";
        const std::string times = e.cost ? timesOf(*e.cost, median) : std::string();
        const std::string &model = e.model();
        table.addRow({formatRfc3339(e.time), e.workflow, e.feature, e.user, model,
                      std::to_string(e.usage.input), std::to_string(e.usage.cachedInput),
                      std::to_string(e.usage.output), times, cost, e.eventId.toString()});
        rows.push_back({{"time", formatRfc3339(e.time)},
                        {"workflow", e.workflow},
                        {"feature", e.feature},
                        {"user", e.user},
                        {"model", model},
                        {"input_tokens", e.usage.input},
                        {"cached_input_tokens", e.usage.cachedInput},
                        {"output_tokens", e.usage.output},
                        {"times_median", times},
                        {"cost_usd", e.cost ? Json(cost) : Json(nullptr)},
                        {"event_id", e.eventId.toString()}});
    }
    if (options.json)
        print(Json{{"report", "tail"},
                   {"median_cost_usd", groups->total.costP50.toUsdString()},
                   {"p95_cost_usd", groups->total.costP95.toUsdString()},
                   {"rows", rows}}
                  .dump(2, ' ', false, Json::error_handler_t::replace) +
              "\n");
    else
        print(options.csv ? table.toCsv() : table.toText());
    return page->events.empty() ? ExitCode::NothingFound : ExitCode::Ok;
}

ExitCode report(const Context &context, const Options &options)
{
    const auto filter = options.filter.resolve();
    if (!filter)
        return fail(filter.error(), ExitCode::Usage);
    auto queries = QueryService::open(context.dir().database());
    if (!queries)
        return fail(queries.error());
    if (options.by.empty())
        return reportTail(options, *filter, **queries);
    const auto result = (*queries)->groupBy(*dimensionOf(options.by), *filter);
    if (!result)
        return fail(result.error());
    sayRange(result->instead);
    printGroups(options, *result, columnsOf(options.what));
    return result->rows.empty() ? ExitCode::NothingFound : ExitCode::Ok;
}

} // namespace

void addReportCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const group =
        app.add_subcommand("report", "Sum events up: cost, tokens, cache, or the expensive tail");
    group->require_subcommand(1);
    for (const auto &[what, help] :
         {std::pair("cost", "What was paid, and the percentiles of cost and latency"),
          std::pair("tokens", "Tokens in and out"), std::pair("cache", "Prompt cache and response cache"),
          std::pair("tail", "The most expensive requests, or how far the costs of each group spread")}) {
        CLI::App *const command = group->add_subcommand(what, help);
        const auto options = std::make_shared<Options>();
        options->what = what;
        options->filter.addTo(*command);
        const bool isTail = options->what == "tail";
        options->by = isTail ? "" : "workflow";
        command
            ->add_option("--by", options->by,
                         std::string("workflow, user, feature, model, provider, session, endpoint, status, "
                                     "cache, tier, client,\nday or hour (UTC)") +
                             (isTail ? "; without it, the requests one by one" : ""))
            ->check(CLI::IsMember({"workflow", "user", "feature", "model", "provider", "session", "endpoint",
                                   "status", "cache", "tier", "client", "day", "hour"}));
        command
            ->add_option("--top", options->top,
                         isTail ? "Only the first N rows (of requests 20, at most 10,000)"
                                : "Only the first N rows")
            ->check(CLI::Range(1, 1'000'000));
        command->add_flag("--json", options->json,
                          "JSON; money as decimal strings in USD, times in microseconds");
        command->add_flag("--csv", options->csv, "CSV (RFC 4180)");
        command->callback([&context, &exit, options] { exit = report(context, *options); });
    }
}

} // namespace farthing
