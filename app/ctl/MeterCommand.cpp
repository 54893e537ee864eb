// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Thousands.h"
#include "app/ctl/Commands.h"
#include "app/ctl/Table.h"

#include "core/base/Files.h"
#include "core/base/JsonDepth.h"
#include "core/model/EventCsv.h"
#include "core/pricing/CostCalculator.h"
#include "core/providers/ContentDecoder.h"
#include "core/providers/UsageExtractor.h"

#include <CLI/CLI.hpp>
#include <algorithm>
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

using Json = nlohmann::json;

/// One reply is a JSON document, whatever else is a stream of events; Amazon's begin with a length.
bool looksLikeEvents(std::string_view body)
{
    const auto first = body.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos || (body[first] != '{' && body[first] != '[');
}

std::string text(const Json &object, const char *member)
{
    const auto found = object.find(member);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The path that a reply of this shape comes from; empty where the shape says nothing.
std::string pathOfShape(std::string_view json)
{
    const Json document = tooDeepAt(json) ? Json() : Json::parse(json, nullptr, false);
    const Json &reply = document.is_array() && !document.empty() ? document.front() : document;
    if (!reply.is_object())
        return {};
    const std::string type = text(reply, "type");
    const std::string object = text(reply, "object");
    const Json usage = reply.value("usage", reply.value("meta", Json::object()));
    if (usage.is_object() && usage.contains("billed_units"))
        return "/v2/chat";
    if (usage.is_object() && usage.contains("inputTokens"))
        return "/model/unknown/converse";
    if (reply.contains("eval_count") || reply.contains("done"))
        return "/api/chat";
    if (type.starts_with("message-") || type.starts_with("content-"))
        return "/v2/chat";
    if (reply.contains("usageMetadata") || reply.contains("candidates"))
        return "/v1beta/models/unknown:generateContent";
    if (object == "response" || type.starts_with("response."))
        return "/v1/responses";
    if (type.starts_with("message"))
        return "/v1/messages";
    if (object == "text_completion")
        return "/v1/completions";
    if (object == "list" || object == "embedding")
        return "/v1/embeddings";
    if (object.starts_with("chat.completion") || reply.contains("choices"))
        return "/v1/chat/completions";
    return {};
}

std::string guessPath(std::string_view body)
{
    if (body.starts_with('\0'))
        return "/model/unknown/converse-stream";
    if (!looksLikeEvents(body)) {
        const std::string path = pathOfShape(body);
        return path.empty() ? pathOfShape(body.substr(0, body.find('\n'))) : path;
    }
    while (!body.empty()) {
        std::string_view line = body.substr(0, body.find('\n'));
        body.remove_prefix(std::min(body.size(), line.size() + 1));
        if (!line.starts_with("data:"))
            continue;
        if (auto path = pathOfShape(line.substr(5)); !path.empty())
            return path;
    }
    return {};
}

Wire wireOfPath(std::string_view path)
{
    if (path.find("/messages") != std::string_view::npos)
        return Wire::Anthropic;
    if (path.find("/model/") != std::string_view::npos)
        return Wire::Bedrock;
    if (path.find("/v2/") != std::string_view::npos)
        return Wire::Cohere;
    return path.find("models/") != std::string_view::npos ? Wire::Gemini : Wire::OpenAi;
}

StreamForm formOf(const Endpoint &endpoint, std::string_view body)
{
    if (body.starts_with('\0'))
        return StreamForm::AwsEvents;
    if (looksLikeEvents(body))
        return StreamForm::ServerSentEvents;
    return endpoint.streamForm() == StreamForm::JsonLines ? StreamForm::JsonLines : StreamForm::None;
}

std::string defaultProvider(const Endpoint &endpoint)
{
    const bool ollama = endpoint.streamForm() == StreamForm::JsonLines;
    return ollama ? "ollama" : std::string(nameOf(endpoint.wire));
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
    if (body.starts_with("\xef\xbb\xbf"))
        body.erase(0, 3);

    const std::string path = options.path.empty() ? guessPath(body) : options.path;
    if (path.empty())
        return fail({"is no reply that can be recognised; say where it came from with --path", options.file});
    const Endpoint endpoint = classifyEndpoint(wireOfPath(path), "POST", path);
    auto extractor = makeUsageExtractor(endpoint, 200, formOf(endpoint, body));
    extractor->feed(body);
    UsageReport found = extractor->finish();
    if (!found.reported)
        return fail({"the reply reports no usage" + (found.error.empty() ? "" : "; it says: " + found.error),
                     options.file},
                    ExitCode::NothingFound);
    const auto prices = context.prices();
    if (!prices)
        return fail(prices.error());

    CostEvent event;
    event.time = SystemClock().now();
    event.eventId = makeDerivedUuidV7(event.time, body);
    event.callId = event.eventId;
    event.provider = options.provider.empty() ? defaultProvider(endpoint) : options.provider;
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
