// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"
#include "app/ctl/Table.h"

#include "core/base/Files.h"
#include "core/model/EventCsv.h"
#include "core/pricing/CostCalculator.h"
#include "core/providers/ContentDecoder.h"
#include "core/providers/UsageExtractor.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace farthing {

namespace {

struct Options
{
    std::string file;
    std::string provider;
    std::string path;
    std::string model;
    std::string encoding;
    bool json = false;
};

bool has(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

/// The path that replies of this shape come from; empty where the shape says nothing.
std::string guessPath(std::string_view body)
{
    if (has(body, "\"usageMetadata\""))
        return "/v1beta/models/unknown:generateContent";
    if (has(body, "message_start") || has(body, "\"type\":\"message\"") || has(body, "\"type\": \"message\""))
        if (!has(body, "\"object\":\"response\"") && !has(body, "\"object\": \"response\""))
            return "/v1/messages";
    if (has(body, "\"response\"") || has(body, "response.completed"))
        return "/v1/responses";
    if (has(body, "\"text_completion\""))
        return "/v1/completions";
    if (has(body, "\"embedding\""))
        return "/v1/embeddings";
    if (has(body, "chat.completion"))
        return "/v1/chat/completions";
    return {};
}

Wire wireOfPath(std::string_view path)
{
    if (has(path, "/messages"))
        return Wire::Anthropic;
    return has(path, "models/") ? Wire::Gemini : Wire::OpenAi;
}

const char *defaultProvider(Wire wire)
{
    switch (wire) {
    case Wire::OpenAi:
        return "openai";
    case Wire::Anthropic:
        return "anthropic";
    case Wire::Gemini:
        break;
    }
    return "gemini";
}

bool isEventStream(std::string_view body)
{
    return body.starts_with("data:") || body.starts_with("event:");
}

void printForPeople(const CostEvent &event)
{
    Table table;
    table.addColumn("", Table::Align::Left);
    table.addColumn("", Table::Align::Right);
    const TokenUsage &u = event.usage;
    table.addRow({"model", event.responseModel});
    for (const auto &[name, count] : {std::pair("input tokens", u.input),
                                      {"  cached", u.cachedInput},
                                      {"  cache write 5 m", u.cacheWrite5m},
                                      {"  cache write 1 h", u.cacheWrite1h},
                                      {"  audio", u.inputAudio},
                                      {"output tokens", u.output},
                                      {"  reasoning", u.reasoning},
                                      {"  audio", u.outputAudio},
                                      {"server tool calls", u.serverToolCalls}})
        table.addRow({name, withThousands(count)});
    table.addRow({"cost", event.cost ? "$" + event.cost->toUsdString() : "no price is known"});
    table.addRow({"list cost", event.listCost ? "$" + event.listCost->toUsdString() : "-"});
    table.addRow({"price", event.priceVersion});
    std::cout << table.toText();
}

ExitCode meter(const Context &context, const Options &options)
{
    const auto file = readFile(options.file);
    if (!file)
        return fail(file.error());
    const bool gzip = options.encoding.empty() && file->starts_with("\x1f\x8b");
    auto decoder = makeContentDecoder(gzip ? "gzip" : options.encoding);
    if (!decoder)
        return fail(decoder.error());
    std::string body;
    if (auto decoded = (*decoder)->decode(*file, body); !decoded)
        return fail(decoded.error().at(options.file));

    const std::string path = options.path.empty() ? guessPath(body) : options.path;
    if (path.empty())
        return fail({"is no reply that can be recognised; say where it came from with --path", options.file});
    const Endpoint endpoint = classifyEndpoint(wireOfPath(path), "POST", path);
    auto extractor =
        makeUsageExtractor(endpoint, 200, isEventStream(body) ? "text/event-stream" : "application/json");
    extractor->feed(body);
    UsageReport found = extractor->finish();
    if (!found.reported) {
        std::cerr << "farthingctl: " << options.file << ": the reply reports no usage"
                  << (found.error.empty() ? "" : "; it says: " + found.error) << '\n';
        return ExitCode::NothingFound;
    }
    const auto prices = context.prices();
    if (!prices)
        return fail(prices.error());

    CostEvent event;
    event.time = SystemClock().now();
    event.eventId = makeDerivedUuidV7(event.time, body);
    event.callId = event.eventId;
    event.provider = options.provider.empty() ? defaultProvider(endpoint.wire) : options.provider;
    event.endpoint = std::string(endpoint.name());
    event.responseModel = options.model.empty() ? found.responseModel : options.model;
    event.requestModel = event.sentModel = event.listModel = event.responseModel;
    event.status = 200;
    event.usage = found.usage;
    event.parts = std::move(found.parts);
    event.serviceTier = std::move(found.serviceTier);
    event.rawUsage = std::move(found.rawUsage);
    event.usageSource = UsageSource::Provider;
    priceEvent(event, **prices);
    if (options.json)
        std::cout << toJson(event, true) << '\n';
    else
        printForPeople(event);
    return ExitCode::Ok;
}

} // namespace

void addMeterCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const command =
        app.add_subcommand("meter", "What a recorded reply consumed and cost; records nothing");
    const auto options = std::make_shared<Options>();
    command->add_option("file", options->file, "The body of a reply, JSON or an event stream, also gzip")
        ->required();
    command->add_option("--path", options->path,
                        "The path of the request, where the reply's shape does not say it");
    command->add_option("--provider", options->provider,
                        "Whose prices apply (default: by the reply's shape)");
    command->add_option("--model", options->model, "The model, where the reply does not name it");
    command->add_option("--encoding", options->encoding, "gzip, deflate, br or zstd");
    command->add_flag("--json", options->json, "The event as JSON");
    command->callback([&context, &exit, options] { exit = meter(context, *options); });
}

} // namespace farthing
