// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/RequestBuilder.h"

#include "app/sim/Json.h"
#include "app/sim/TextSource.h"

#include <algorithm>

#include <fmt/format.h>

namespace farthing::sim {

namespace {

constexpr std::int64_t kBlockTokens = 512;
/// Roughly what the wires' own framing adds.
constexpr std::int64_t kFrameTokens = 9;

/// The prompt's parts: what is shared stands first, unless something that changes was put before it.
struct PromptText
{
    std::vector<std::string> shared;
    std::string own;
};

std::string seededText(std::uint64_t seed, std::int64_t tokens)
{
    Random random(mix(seed));
    return writeText(random, std::max<std::int64_t>(tokens, 1));
}

PromptText writePrompt(const PlannedCall &call)
{
    PromptText prompt;
    const std::uint64_t name = hashBytes(call.workflow->name);
    std::int64_t left = std::max<std::int64_t>(call.row.inputTokens - kFrameTokens, 1);
    if (!call.row.hashIds.empty()) {
        for (const std::int64_t id : call.row.hashIds) {
            const std::int64_t tokens = std::min(left, kBlockTokens);
            if (tokens == 0)
                break;
            prompt.shared.push_back(seededText(static_cast<std::uint64_t>(id), tokens));
            left -= tokens;
        }
        // A chat cannot end without the user's words: the last block is theirs.
        if (left == 0) {
            prompt.own = std::move(prompt.shared.back());
            prompt.shared.pop_back();
            return prompt;
        }
    } else if (const std::int64_t shared = std::min<std::int64_t>(call.workflow->sharedTokens, left - 1);
               shared > 0) {
        std::string text = seededText(name, shared);
        if (call.workflow->prefixBroken)
            text = fmt::format("Now: {} ms.\n", call.row.tMs) + text;
        prompt.shared.push_back(std::move(text));
        left -= shared;
    }
    prompt.own = seededText(name ^ call.promptSeed, left);
    return prompt;
}

std::string joined(const std::vector<std::string> &parts)
{
    std::string text;
    for (const std::string &part : parts)
        text.append(text.empty() ? "" : "\n").append(part);
    return text;
}

Json chatBody(const PlannedCall &call, const PromptText &prompt)
{
    Json messages = Json::array();
    for (const std::string &part : prompt.shared)
        messages.push_back({{"role", "system"}, {"content", part}});
    messages.push_back({{"role", "user"}, {"content", prompt.own}});
    Json body = {{"model", call.workflow->model}, {"messages", std::move(messages)}, {"max_tokens", 4096}};
    if (call.stream)
        body["stream"] = true;
    return body;
}

Json responsesBody(const PlannedCall &call, const PromptText &prompt)
{
    Json body = {
        {"model", call.workflow->model}, {"instructions", joined(prompt.shared)}, {"input", prompt.own}};
    if (call.stream)
        body["stream"] = true;
    return body;
}

Json messagesBody(const PlannedCall &call, const PromptText &prompt)
{
    Json body = {{"model", call.workflow->model}, {"max_tokens", 4096}};
    if (!prompt.shared.empty()) {
        Json system = Json::array();
        for (const std::string &part : prompt.shared)
            system.push_back({{"type", "text"}, {"text", part}});
        system.back()["cache_control"] = {{"type", "ephemeral"}};
        body["system"] = std::move(system);
    }
    body["messages"] = Json::array({{{"role", "user"}, {"content", prompt.own}}});
    if (call.stream)
        body["stream"] = true;
    return body;
}

Json contentBody(const PromptText &prompt)
{
    Json body = {
        {"contents", Json::array({{{"role", "user"}, {"parts", Json::array({{{"text", prompt.own}}})}}})},
        {"generationConfig", {{"maxOutputTokens", 8192}}}};
    if (!prompt.shared.empty())
        body["systemInstruction"] = {{"parts", Json::array({{{"text", joined(prompt.shared)}}})}};
    return body;
}

void addTags(const PlannedCall &call, OutgoingCall &out)
{
    const auto add = [&](std::string_view name, std::string_view value) {
        out.headers.push_back(fmt::format("{}: {}", name, value));
    };
    const bool helicone = call.workflow->tags == TagStyle::Helicone;
    if (call.workflow->tags == TagStyle::None)
        return;
    if (call.workflow->tags == TagStyle::Path)
        out.path = fmt::format("/w/{}{}", call.workflow->name, out.path);
    else
        add(helicone ? "Helicone-Property-Workflow" : "X-Farthing-Workflow", call.workflow->name);
    add(helicone ? "Helicone-Property-Feature" : "X-Farthing-Feature", call.feature);
    add(helicone ? "Helicone-User-Id" : "X-Farthing-User", call.user);
    add(helicone ? "Helicone-Session-Id" : "X-Farthing-Session", call.session);
}

/// `path` below the upstream's own root, or below `otherwise` where no upstream is named.
std::string pathTo(const std::string &upstream, std::string_view otherwise, std::string_view path)
{
    return upstream.empty() ? fmt::format("{}/{}", otherwise, path)
                            : fmt::format("/up/{}/{}", upstream, path);
}

} // namespace

OutgoingCall buildRequest(const PlannedCall &call, const TargetUpstreams &upstreams)
{
    const PromptText prompt = writePrompt(call);
    OutgoingCall out;
    out.headers = {"Content-Type: application/json"};
    std::string key = "Authorization: Bearer sk-simulated";
    switch (call.workflow->style) {
    case CallStyle::Chat:
        out.path = pathTo(upstreams.openAi, "/v1", "chat/completions");
        out.body = dump(chatBody(call, prompt));
        break;
    case CallStyle::Responses:
        out.path = pathTo(upstreams.openAi, "/v1", "responses");
        out.body = dump(responsesBody(call, prompt));
        break;
    case CallStyle::Embeddings:
        out.path = pathTo(upstreams.openAi, "/v1", "embeddings");
        out.body = dump({{"model", call.workflow->model}, {"input", joined(prompt.shared) + prompt.own}});
        break;
    case CallStyle::Messages:
        out.path = pathTo(upstreams.anthropic, "", "v1/messages");
        out.body = dump(messagesBody(call, prompt));
        out.headers.emplace_back("anthropic-version: 2023-06-01");
        key = "x-api-key: sk-simulated";
        break;
    case CallStyle::Content:
        out.path = pathTo(upstreams.gemini, "",
                          fmt::format("v1beta/models/{}:{}", call.workflow->model,
                                      call.stream ? "streamGenerateContent?alt=sse" : "generateContent"));
        out.body = dump(contentBody(prompt));
        key = "x-goog-api-key: sk-simulated";
        break;
    }
    out.headers.push_back(std::move(key));
    if (call.row.outputTokens > 0)
        out.headers.push_back(fmt::format("X-Sim-Output-Tokens: {}", call.row.outputTokens));
    if (!call.fault.empty())
        out.headers.push_back("X-Sim-Fault: " + call.fault);
    addTags(call, out);
    return out;
}

} // namespace farthing::sim
