// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Finding.h"

#include <nlohmann/json.hpp>

namespace farthing {

namespace {

using Json = nlohmann::ordered_json;

const Json &at(const Json &object, const char *name)
{
    static const Json nothing;
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found == object.end() ? nothing : *found;
}

std::string textAt(const Json &object, const char *name)
{
    const Json &value = at(object, name);
    return value.is_string() ? value.get<std::string>() : std::string();
}

/// " since 2026-11-23T21:52:25.000123Z: the disk is full"
std::string sinceAndWhy(const Json &object, const char *since, const char *why)
{
    const std::string time = textAt(object, since);
    return (time.empty() ? "" : " since " + time) + ": " + textAt(object, why);
}

} // namespace

std::vector<Finding> troublesOf(const Json &health)
{
    std::vector<Finding> found;
    const auto say = [&found](const char *what, Verdict verdict, std::string text) {
        found.push_back({what, verdict, std::move(text)});
    };
    const Json &store = at(health, "store");
    if (at(store, "ok") == false)
        say("proxy", Verdict::Failed, "its store takes no events" + sinceAndWhy(store, "since", "error"));
    const Json &journal = at(health, "journal");
    if (at(journal, "full") == true)
        say("proxy", Verdict::Failed, "its journal is full since " + textAt(journal, "full_since"));
    if (const Json &unreadable = at(journal, "unreadable_records");
        unreadable.is_number_unsigned() && unreadable > 0U)
        say("proxy", Verdict::Warning,
            unreadable.dump() + " records of its journal could not be read and are set aside");
    if (const Json &lost = at(health, "unrecorded_calls"); lost.is_number_unsigned() && lost > 0U)
        say("proxy", at(health, "status") == "ok" ? Verdict::Warning : Verdict::Failed,
            lost.dump() + " calls passed without a record" +
                sinceAndWhy(health, "unrecorded_since", "unrecorded_reason"));
    if (const Json &bodies = at(health, "bodies"); at(bodies, "ok") == false)
        say("proxy", Verdict::Warning, "it keeps no bodies" + sinceAndWhy(bodies, "since", "error"));
    for (const auto &[member, file] : {std::pair("config_file", "farthing.json"),
                                       {"prices_file", "prices.json"},
                                       {"token_file", "the token"}})
        if (const Json &status = at(health, member); at(status, "ok") == false)
            say("proxy", Verdict::Warning,
                std::string("it has not taken over ") + file + sinceAndWhy(status, "since", "error"));
    if (const Json &upstreams = at(health, "upstreams"); upstreams.is_object())
        for (const auto &[name, upstream] : upstreams.items())
            if (const Json &fault = at(upstream, "fault"); fault.is_object())
                say("proxy", Verdict::Warning,
                    "calls to the upstream " + name + " fail" + sinceAndWhy(fault, "since", "error"));
    return found;
}

} // namespace farthing
