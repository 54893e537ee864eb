// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/OpenAiText.h"

#include "app/sim/ModelCatalog.h"
#include "app/sim/OpenAiChat.h"
#include "app/sim/TextSource.h"

#include <iterator>
#include <utility>

namespace farthing::sim {

namespace {

constexpr std::size_t kMostPrompts = 128;

Json choiceJson(std::string_view text, std::size_t index, Json finish)
{
    return {{"text", text}, {"index", index}, {"logprobs", nullptr}, {"finish_reason", std::move(finish)}};
}

std::string finishReason(const Choice &choice)
{
    return choice.cut ? "length" : "stop";
}

Json frame(const ModelCall &call, const ModelAnswer &answer, Json choices)
{
    return {{"id", "cmpl-" + answer.id},
            {"object", "text_completion"},
            {"created", answer.createdS},
            {"model", snapshotOf(call.model)},
            {"choices", std::move(choices)}};
}

std::vector<Piece> streamOf(const ModelCall &call, const ModelAnswer &answer, bool withUsage)
{
    std::vector<Piece> pieces;
    const auto add = [&](Json choices, const Json &usage, std::int64_t tokens) {
        Json chunk = frame(call, answer, std::move(choices));
        if (withUsage)
            chunk["usage"] = usage;
        pieces.push_back({sseData(dump(chunk)), tokens});
    };
    for (std::size_t index = 0; index < answer.choices.size(); ++index) {
        const Choice &choice = answer.choices[index];
        for (const TextPiece &piece : splitTokens(choice.text, 1))
            add(Json::array({choiceJson(piece.text, index, nullptr)}), nullptr, piece.tokens);
        add(Json::array({choiceJson("", index, finishReason(choice))}), nullptr, 0);
    }
    if (withUsage)
        add(Json::array(), openAiUsage(call, answer), 0);
    pieces.push_back({sseData("[DONE]"), 0});
    return pieces;
}

/// Each prompt has answers of its own; the usage is that of all of them.
ModelAnswer answerEach(ModelCall call, Engine &engine)
{
    const std::vector<PromptBlock> prompts = std::exchange(call.prompt, {});
    ModelAnswer all;
    for (const PromptBlock &prompt : prompts) {
        call.prompt = {prompt};
        ModelAnswer one = engine.answer(call);
        std::vector<Choice> choices = std::exchange(all.choices, {});
        std::move(one.choices.begin(), one.choices.end(), std::back_inserter(choices));
        one.inputTokens += all.inputTokens;
        one.outputTokens += all.outputTokens;
        one.reasoningTokens += all.reasoningTokens;
        one.cache.read += all.cache.read;
        one.cache.write5m += all.cache.write5m;
        one.choices = std::move(choices);
        all = std::move(one);
    }
    return all;
}

} // namespace

Outcome openAiCompletions(const HttpCall &http, const Json &body, Engine &engine)
{
    ModelCall call = openAiCall(http, body);
    if (!modelExists(Wire::OpenAi, call.model))
        return openAiNoModel(call.model);
    const Json *prompt = member(body, "prompt");
    if (prompt && prompt->is_string())
        call.prompt.push_back({"prompt", prompt->get<std::string>()});
    else if (prompt && prompt->is_array() && !prompt->empty() && prompt->front().is_number())
        call.prompt.push_back({"prompt" + dump(*prompt), {}, static_cast<std::int64_t>(prompt->size())});
    else if (prompt && prompt->is_array() && prompt->size() > kMostPrompts)
        return ApiError{400, "Invalid 'prompt': at most 128 of them.", "invalid_value", "prompt"};
    else if (prompt && prompt->is_array())
        for (const Json &text : *prompt)
            call.prompt.push_back({"prompt", text.is_string() ? text.get<std::string>() : dump(text)});
    if (call.prompt.empty())
        return ApiError{400, "Missing required parameter: 'prompt'.", "missing_required_parameter", "prompt"};
    if (!call.maxTokens)
        call.maxTokens = 16; // the endpoint's own default
    const ModelAnswer answer = answerEach(call, engine);
    Reply reply;
    reply.work = answer.work();
    if (call.stream) {
        const Json *options = member(body, "stream_options");
        reply.contentType = "text/event-stream";
        reply.pieces = streamOf(call, answer, options && flagOf(*options, "include_usage"));
        return reply;
    }
    Json choices = Json::array();
    for (std::size_t index = 0; index < answer.choices.size(); ++index)
        choices.push_back(choiceJson(answer.choices[index].text, index, finishReason(answer.choices[index])));
    Json whole = frame(call, answer, std::move(choices));
    whole["usage"] = openAiUsage(call, answer);
    reply.body = dump(whole);
    return reply;
}

} // namespace farthing::sim
