// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/RequestFacts.h"

#include "core/providers/PromptWalker.h"

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

bool isTrue(JsonReader::Value &value)
{
    bool flag = false;
    return typeOf(value) == json_type::boolean && value.get_bool().get(flag) == simdjson::SUCCESS && flag;
}

/// The body's tags; which of them is the event's user is decided when all have been seen.
struct BodyUsers
{
    std::string user;
    std::string metadataUser;
    std::string safetyIdentifier;
};

void readMetadata(JsonReader::Value &metadata, RequestFacts &facts, BodyUsers &users)
{
    if (typeOf(metadata) != json_type::object)
        return;
    forEachField(metadata, [&](std::string_view key, JsonReader::Value value) {
        if (key == "workflow")
            facts.workflow = stringOf(value);
        else if (key == "feature")
            facts.feature = stringOf(value);
        else if (key == "user_id")
            users.metadataUser = stringOf(value);
    });
}

std::string_view withoutFolder(std::string_view model)
{
    constexpr std::string_view folder = "models/"; // Gemini's embedding requests name the model as a resource
    return model.starts_with(folder) ? model.substr(folder.size()) : model;
}

/// Of what has no tokens, the model and tags alone; larger bodies are files.
constexpr std::size_t maxUnmeteredBytes = std::size_t{8} << 20;

bool hasPrompt(const Endpoint &endpoint)
{
    return endpoint.metered() || endpoint.kind == EndpointKind::CountTokens;
}

bool readBody(JsonReader::Object &root, RequestFacts &facts, BodyUsers &users, PromptWalker *prompt)
{
    return forEachField(root, [&](std::string_view key, JsonReader::Value value) {
        if (key == "model" || key == "modelId")
            facts.model = withoutFolder(stringOf(value));
        else if (key == "stream")
            facts.stream = isTrue(value);
        else if (key == "stream_options" && typeOf(value) == json_type::object)
            forEachField(value, [&](std::string_view name, JsonReader::Value option) {
                if (name == "include_usage")
                    facts.asksForUsage = isTrue(option);
            });
        else if (key == "user")
            users.user = stringOf(value);
        else if (key == "safety_identifier")
            users.safetyIdentifier = stringOf(value);
        else if (key == "metadata" || key == "requestMetadata")
            readMetadata(value, facts, users);
        else if (prompt != nullptr)
            prompt->takeMember(key, value);
    });
}

} // namespace

bool isWorthReading(const Endpoint &endpoint, std::string_view body)
{
    return hasPrompt(endpoint) || (!body.empty() && body.size() <= maxUnmeteredBytes);
}

Result<RequestFacts> readRequest(const Endpoint &endpoint, std::string &body, const AnatomyKey &key)
{
    RequestFacts facts;
    facts.model = endpoint.model;
    facts.stream = endpoint.kind == EndpointKind::OllamaChat || endpoint.kind == EndpointKind::OllamaGenerate;
    const std::size_t first = body.find_first_not_of(" \t\r\n");
    if (!hasPrompt(endpoint) && (first == std::string_view::npos || body[first] != '{'))
        return facts;
    thread_local JsonReader reader;
    const PaddedText padded(body);
    JsonReader::Object root;
    AnatomyBuilder builder(key);
    PromptWalker walker(builder);
    BodyUsers users;
    const bool whole = reader.open(padded, root) &&
                       readBody(root, facts, users, hasPrompt(endpoint) ? &walker : nullptr) &&
                       reader.intact();
    reader.shrink();
    if (!whole)
        return Error{"not the JSON object that this endpoint takes", "request body"};
    if (!endpoint.model.empty())
        facts.model = endpoint.model;
    facts.stream = facts.stream || endpoint.streams();
    facts.user = !users.user.empty()           ? users.user
                 : !users.metadataUser.empty() ? users.metadataUser
                                               : users.safetyIdentifier;
    facts.promptTextBytes = builder.textBytes();
    facts.anatomy = builder.finish();
    return facts;
}

} // namespace farthing
