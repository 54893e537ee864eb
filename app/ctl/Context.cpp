// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Context.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>

namespace farthing {

namespace {

bool errorsInJson = false; ///< of the whole program, which runs one command

std::optional<Micros> parseDuration(const std::string &text)
{
    std::int64_t count = 0;
    const char *const end = text.data() + text.size();
    const auto [unit, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc() || count < 0 || count > 1'000'000 || unit + 1 != end)
        return std::nullopt;
    switch (*unit) {
    case 'd':
        return std::chrono::days(count);
    case 'h':
        return std::chrono::hours(count);
    case 'm':
        return std::chrono::minutes(count);
    default:
        return std::nullopt;
    }
}

} // namespace

Result<std::shared_ptr<const PriceBook>> Context::prices() const
{
    return loadPriceBook(dir().prices());
}

Result<Timestamp> parseMoment(const std::string &text, Timestamp now)
{
    if (const auto ago = parseDuration(text))
        return now - *ago;
    if (auto moment = parseRfc3339(text))
        return moment;
    return Error{"'" + text +
                 "' is neither a time such as 2026-11-23T09:30:00Z, nor a date, nor 7d, 24h or 30m"};
}

void FilterOptions::addTo(CLI::App &command)
{
    command.add_option("--since", since, "From this time on: RFC 3339, a date (UTC), or 7d, 24h, 30m ago");
    command.add_option("--until", until, "Before this time");
    command.add_option(
        "--filter", filters,
        "dimension=value[,value] or dimension!=value; repeatable. Dimensions: workflow, user, feature,\n"
        "model, provider, session, endpoint, status, cache, tier, client, day, hour");
}

Result<EventFilter> FilterOptions::resolve() const
{
    const Timestamp now = SystemClock().now();
    EventFilter filter;
    for (const auto &[text, bound, name] : {std::tuple(&since, &filter.range.since, "--since"),
                                            std::tuple(&until, &filter.range.until, "--until")}) {
        if (!*text)
            continue;
        const auto moment = parseMoment(**text, now);
        if (!moment)
            return moment.error().at(name);
        *bound = *moment;
    }
    for (const std::string &text : filters) {
        auto condition = parseDimensionFilter(text);
        if (!condition)
            return condition.error().at("--filter");
        filter.dimensions.push_back(*std::move(condition));
    }
    return filter;
}

void failInJson()
{
    errorsInJson = true;
}

ExitCode fail(const Error &error, ExitCode code)
{
    using Json = nlohmann::ordered_json;
    if (errorsInJson)
        std::cout << Json{{"error", {{"message", error.message}, {"where", error.place}}}}.dump(
                         -1, ' ', false, Json::error_handler_t::replace)
                  << '\n';
    else
        std::cerr << "farthingctl: " << error.toString() << '\n';
    return code;
}

} // namespace farthing
