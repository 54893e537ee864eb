// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Thousands.h"
#include "app/ctl/BodyView.h"
#include "app/ctl/Commands.h"
#include "app/ctl/Table.h"

#include "core/bodies/BodyKeys.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace farthing {

namespace {

using Json = nlohmann::ordered_json;

struct Options
{
    std::string eventId;
    bool request = false;
    bool reply = false;
    bool json = false;
    std::optional<std::string> workflow;
    std::optional<std::string> before;
    bool all = false;
};

void print(const Json &json)
{
    std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

BodyKeys keysOfUser()
{
    return BodyKeys({DataDir::bodiesKey(), SecretProgram::defaultPath(), true});
}

bool isThere(const DataDir &dir)
{
    std::error_code unknown;
    return std::filesystem::exists(dir.bodies(), unknown) || unknown;
}

/// Opens the records of one event.
class Reader
{
public:
    static Result<Reader> open(const DataDir &dir)
    {
        auto store = BodyStore::open(dir.bodies(), Database::Access::ReadOnly);
        if (!store)
            return store.error();
        const auto identity = store->identity();
        if (!identity)
            return identity.error();
        if (!*identity)
            return Reader(*std::move(store), std::nullopt);
        BodyKeys keys = keysOfUser();
        auto cipher = keys.cipherOf(**identity);
        if (!cipher)
            return cipher.error();
        return Reader(*std::move(store), *cipher);
    }

    struct Found
    {
        BodyView view;
        Timestamp time;
        std::string workflow;
    };
    Result<std::optional<Found>> read(const BodyName &name)
    {
        const auto row = m_store.find(name);
        if (!row)
            return row.error();
        if (!*row || !m_cipher)
            return std::optional<Found>();
        const auto text = m_cipher->open(name, (*row)->record);
        auto record = text ? parseRecord(*text) : Result<BodyRecord>(text.error());
        if (!record)
            return record.error().at("the body of " + name.event.toString());
        return std::optional(Found{BodyView(*std::move(record)), (*row)->time, (*row)->workflow});
    }

private:
    Reader(BodyStore store, std::optional<BodyCipher> cipher)
        : m_store(std::move(store))
        , m_cipher(std::move(cipher))
    {}
    BodyStore m_store;
    std::optional<BodyCipher> m_cipher;
};

ExitCode show(const DataDir &dir, const Options &options)
{
    const auto id = Uuid::parse(options.eventId);
    if (!id)
        return fail({"'" + options.eventId + "' is not an event id"}, ExitCode::Usage);
    const Error none{"no body of the event " + options.eventId + " is kept"};
    if (!isThere(dir))
        return fail(none, ExitCode::NothingFound);
    auto reader = Reader::open(dir);
    if (!reader)
        return fail(reader.error());
    Json all = {{"event_id", id->toString()}};
    const bool both = options.request == options.reply;
    bool found = false;
    for (const auto &[side, name, wanted] :
         {std::tuple(BodySide::Request, "request", options.request || both),
          std::tuple(BodySide::Reply, "reply", options.reply || both)}) {
        const auto read = wanted ? reader->read({*id, side}) : Result(std::optional<Reader::Found>());
        if (!read)
            return fail(read.error());
        if (!*read)
            continue;
        const BodyView &view = (*read)->view;
        found = true;
        if (options.json) {
            all["time"] = formatRfc3339((*read)->time);
            all["workflow"] = (*read)->workflow;
            all[name] = view.toJson();
        } else if (both) {
            std::cout << name << ": " << view.title() << '\n' << view.readable << "\n\n";
        } else {
            std::cout << view.readable;
        }
    }
    if (!found)
        return fail(none, ExitCode::NothingFound);
    if (options.json)
        print(all);
    return ExitCode::Ok;
}

ExitCode purge(const DataDir &dir, const Options &options)
{
    if (!options.all && !options.workflow && !options.before)
        return fail({"say which: --workflow NAME, --before TIME or --all", "bodies purge"}, ExitCode::Usage);
    std::optional<Timestamp> before;
    if (options.before) {
        const auto moment = parseMoment(*options.before, SystemClock().now());
        if (!moment)
            return fail(moment.error().at("--before"), ExitCode::Usage);
        before = *moment;
    }
    std::int64_t removed = 0;
    if (isThere(dir)) {
        auto store = BodyStore::open(dir.bodies(), Database::Access::ReadWrite);
        if (!store)
            return fail(store.error());
        const auto done = store->remove(options.workflow, before);
        if (!done)
            return fail(done.error());
        removed = *done;
        if (auto given = store->giveSpaceBack(0); !given)
            return fail(given.error());
    }
    if (options.json)
        print({{"deleted_bodies", removed}});
    else
        std::cout << withThousands(removed) << " bodies are deleted\n";
    return ExitCode::Ok;
}

ExitCode status(const DataDir &dir, const Options &options)
{
    const auto config = loadConfig(dir.config());
    if (!config)
        return fail(config.error());
    const BodyOptions &bodies = config->bodies;
    BodyStore::Usage usage;
    std::string place;
    if (isThere(dir)) {
        auto store = BodyStore::open(dir.bodies(), Database::Access::ReadOnly);
        if (!store)
            return fail(store.error());
        const auto read = store->usage();
        const auto identity = store->identity();
        if (!read || !identity)
            return fail(!read ? read.error() : identity.error());
        usage = *read;
        if (*identity)
            place = keysOfUser().nameOf((*identity)->keyPlace);
    }
    if (options.json) {
        print({{"bodies", usage.bodies},
               {"calls", usage.calls},
               {"bytes", usage.bytes},
               {"oldest", usage.oldest ? Json(formatRfc3339(*usage.oldest)) : Json()},
               {"key", place.empty() ? Json() : Json(place)},
               {"workflows", bodies.workflows},
               {"max_body_bytes", bodies.maxBodyBytes},
               {"max_total_bytes", bodies.maxTotalBytes},
               {"max_age_days", bodies.maxAgeDays}});
        return ExitCode::Ok;
    }
    Table table;
    table.addColumn("Bodies", Table::Align::Left);
    table.addColumn("", Table::Align::Left);
    std::string workflows;
    for (const std::string &name : bodies.workflows)
        workflows += (workflows.empty() ? "" : ", ") + name;
    const auto number = [](auto value) { return withThousands(static_cast<std::int64_t>(value)); };
    table.addRow({"of workflows", workflows.empty() ? "none: none are kept" : workflows});
    table.addRow({"kept", number(usage.bodies) + " of " + number(usage.calls) + " calls"});
    table.addRow({"bytes", number(usage.bytes) + " of at most " + number(bodies.maxTotalBytes)});
    table.addRow({"of one body", "at most " + number(bodies.maxBodyBytes) + " bytes"});
    table.addRow({"oldest", (usage.oldest ? formatRfc3339(*usage.oldest) : "none") + ", at most " +
                                number(bodies.maxAgeDays) + " days old"});
    table.addRow({"key", place.empty() ? "none is needed yet" : place});
    std::cout << table.toText();
    return ExitCode::Ok;
}

ExitCode unlock()
{
    const std::atomic<bool> never = false;
    const auto answer = SecretProgram(SecretProgram::defaultPath())
                            .run(SecretProgram::Verb::Make, true, std::chrono::minutes(2), never);
    if (answer.outcome != SecretProgram::Outcome::Found)
        return fail({answer.text, "the secret service"});
    std::cout << "the keyring is open, and has the key\n";
    return ExitCode::Ok;
}

} // namespace

void addBodiesCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const group =
        app.add_subcommand("bodies", "Requests and replies that were kept, and the key they are kept with");
    group->require_subcommand(1);
    group->footer("None are kept unless farthing.json names their workflow:\n"
                  "  {\"bodies\": {\"workflows\": [\"summarise\"]}}");
    const auto options = std::make_shared<Options>();

    CLI::App *const showing = group->add_subcommand("show", "Print what one call sent and got");
    showing->add_option("EVENT_ID", options->eventId, "As in X-Farthing-Event-Id")->required();
    showing->add_flag("--request", options->request, "Only the request, nothing but its bytes");
    showing->add_flag("--reply", options->reply, "Only the reply, nothing but its bytes");
    showing->add_flag("--json", options->json, "As JSON, with content type and encoding");
    showing->callback([&context, &exit, options] { exit = show(context.dir(), *options); });

    CLI::App *const purging = group->add_subcommand("purge", "Delete what is kept, for good");
    auto *const workflow = purging->add_option("--workflow", options->workflow, "Of this workflow");
    auto *const before =
        purging->add_option("--before", options->before, "Older than: RFC 3339, a date, or 7d, 24h, 30m ago");
    purging->add_flag("--all", options->all, "All of it")->excludes(workflow)->excludes(before);
    purging->add_flag("--json", options->json, "Say it as JSON");
    purging->callback([&context, &exit, options] { exit = purge(context.dir(), *options); });

    CLI::App *const state = group->add_subcommand("status", "How much is kept, where its key is, the limits");
    state->add_flag("--json", options->json, "As JSON");
    state->callback([&context, &exit, options] { exit = status(context.dir(), *options); });

    group->add_subcommand("unlock", "Have the desktop ask for the keyring's password, where it is locked")
        ->callback([&exit] { exit = unlock(); });
}

} // namespace farthing
