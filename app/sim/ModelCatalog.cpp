// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/ModelCatalog.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace farthing::sim {

namespace {

struct Alias
{
    std::string_view name;
    std::string_view snapshot;
};

constexpr std::array kOpenAi{Alias{"gpt-4o", "gpt-4o-2024-08-06"},
                             Alias{"gpt-4o-mini", "gpt-4o-mini-2024-07-18"},
                             Alias{"gpt-4.1", "gpt-4.1-2025-04-14"},
                             Alias{"gpt-4.1-mini", "gpt-4.1-mini-2025-04-14"},
                             Alias{"gpt-4.1-nano", "gpt-4.1-nano-2025-04-14"},
                             Alias{"gpt-5", "gpt-5-2025-08-07"},
                             Alias{"gpt-5-mini", "gpt-5-mini-2025-08-07"},
                             Alias{"gpt-5-nano", "gpt-5-nano-2025-08-07"},
                             Alias{"gpt-5.2", "gpt-5.2-2025-12-11"},
                             Alias{"gpt-5.4", "gpt-5.4-2026-03-05"},
                             Alias{"gpt-5.4-mini", "gpt-5.4-mini-2026-03-17"},
                             Alias{"gpt-5.5", "gpt-5.5-2026-04-23"},
                             Alias{"gpt-5.6-sol", "gpt-5.6-sol"},
                             Alias{"gpt-3.5-turbo", "gpt-3.5-turbo-0125"},
                             Alias{"o3", "o3-2025-04-16"},
                             Alias{"o3-mini", "o3-mini-2025-01-31"},
                             Alias{"o4-mini", "o4-mini-2025-04-16"},
                             Alias{"gpt-3.5-turbo-instruct", "gpt-3.5-turbo-instruct:20230824-v2"},
                             Alias{"davinci-002", "davinci:2023-07-21-v2"},
                             Alias{"text-embedding-3-small", "text-embedding-3-small"},
                             Alias{"text-embedding-3-large", "text-embedding-3-large"},
                             Alias{"text-embedding-ada-002", "text-embedding-ada-002-v2"}};

constexpr std::array kAnthropic{Alias{"claude-opus-5", "claude-opus-5"},
                                Alias{"claude-sonnet-5", "claude-sonnet-5"},
                                Alias{"claude-opus-4-6", "claude-opus-4-6"},
                                Alias{"claude-sonnet-4-6", "claude-sonnet-4-6"},
                                Alias{"claude-opus-4-5", "claude-opus-4-5-20251101"},
                                Alias{"claude-sonnet-4-5", "claude-sonnet-4-5-20250929"},
                                Alias{"claude-haiku-4-5", "claude-haiku-4-5-20251001"},
                                Alias{"claude-opus-4-1", "claude-opus-4-1-20250805"},
                                Alias{"claude-sonnet-4-0", "claude-sonnet-4-20250514"},
                                Alias{"claude-3-7-sonnet-latest", "claude-3-7-sonnet-20250219"},
                                Alias{"claude-3-5-haiku-latest", "claude-3-5-haiku-20241022"},
                                Alias{"claude-3-haiku", "claude-3-haiku-20240307"}};

constexpr std::array kGemini{Alias{"gemini-3.6-flash", "gemini-3.6-flash"},
                             Alias{"gemini-3-pro-preview", "gemini-3-pro-preview"},
                             Alias{"gemini-3-flash-preview", "gemini-3-flash-preview"},
                             Alias{"gemini-2.5-pro", "gemini-2.5-pro"},
                             Alias{"gemini-2.5-flash", "gemini-2.5-flash"},
                             Alias{"gemini-2.5-flash-lite", "gemini-2.5-flash-lite"},
                             Alias{"gemini-2.0-flash", "gemini-2.0-flash"},
                             Alias{"gemini-embedding-001", "gemini-embedding-001"}};

std::span<const Alias> aliasesOf(Wire wire)
{
    switch (wire) {
    case Wire::Anthropic:
        return kAnthropic;
    case Wire::Gemini:
        return kGemini;
    default:
        break;
    }
    return kOpenAi;
}

bool startsWithAny(std::string_view name, std::initializer_list<std::string_view> prefixes)
{
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return name.starts_with(prefix); });
}

} // namespace

bool modelExists(Wire wire, std::string_view model)
{
    for (const std::string_view part : {"does-not-exist", "nonexistent", "no-such"}) {
        if (model.find(part) != std::string_view::npos)
            return false;
    }
    if (model.starts_with("sim-"))
        return true;
    switch (wire) {
    case Wire::Anthropic:
        return model.starts_with("claude-");
    case Wire::Gemini:
        return startsWithAny(model, {"gemini-", "gemma-", "text-embedding-", "embedding-", "models/"});
    default:
        break;
    }
    // The OpenAI wire also stands in for compatible servers, which name models as they like.
    return !model.empty();
}

std::string snapshotOf(std::string_view model)
{
    for (const Wire wire : {Wire::OpenAi, Wire::Anthropic}) {
        for (const Alias &alias : aliasesOf(wire)) {
            if (alias.name == model)
                return std::string(alias.snapshot);
        }
    }
    return std::string(model);
}

bool reasonsByItself(Wire wire, std::string_view model)
{
    if (wire == Wire::OpenAi)
        return startsWithAny(model, {"gpt-5", "o1", "o3", "o4"});
    return wire == Wire::Gemini && startsWithAny(model, {"gemini-2.5-pro", "gemini-2.5-flash", "gemini-3"}) &&
           model.find("lite") == std::string_view::npos;
}

bool reportsCacheWrites(std::string_view model)
{
    return model.starts_with("gpt-5.6");
}

std::int64_t cacheMinimumOf(Wire wire, std::string_view model)
{
    if (wire == Wire::Gemini)
        return model.find("pro") != std::string_view::npos ? 4096 : 1024;
    if (wire == Wire::OpenAi)
        return 1024;
    if (startsWithAny(model, {"claude-haiku-4-5", "claude-opus-4-5", "claude-opus-4-6", "claude-opus-4-7",
                              "claude-opus-4-8"}))
        return 4096;
    if (startsWithAny(model, {"claude-3-haiku", "claude-3-5-haiku", "claude-sonnet-4-6"}))
        return 2048;
    return 1024;
}

Json modelEntry(Wire wire, std::string_view model)
{
    const std::string name(model);
    if (wire == Wire::Anthropic)
        return {
            {"type", "model"}, {"id", name}, {"display_name", name}, {"created_at", "2025-09-29T00:00:00Z"}};
    if (wire == Wire::OpenAi)
        return {{"id", name}, {"object", "model"}, {"created", 1'715'367'049}, {"owned_by", "system"}};
    const bool embeds = name.find("embedding") != std::string::npos;
    Json methods = embeds ? Json{"embedContent", "batchEmbedContents"}
                          : Json{"generateContent", "countTokens", "batchGenerateContent"};
    return {{"name", "models/" + name},   {"version", "001"},
            {"displayName", name},        {"inputTokenLimit", 1'048'576},
            {"outputTokenLimit", 65'536}, {"supportedGenerationMethods", std::move(methods)}};
}

Json modelList(Wire wire)
{
    Json entries = Json::array();
    for (const Alias &alias : aliasesOf(wire))
        entries.push_back(modelEntry(wire, wire == Wire::Anthropic ? alias.snapshot : alias.name));
    if (wire == Wire::Gemini)
        return {{"models", std::move(entries)}};
    if (wire == Wire::OpenAi)
        return {{"object", "list"}, {"data", std::move(entries)}};
    Json list = {{"data", entries}, {"has_more", false}};
    list["first_id"] = entries.front()["id"];
    list["last_id"] = entries.back()["id"];
    return list;
}

} // namespace farthing::sim
