// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/UsageMembers.h"

#include "core/providers/JsonReader.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace farthing {

namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

void mergeInto(Members &members, std::string_view usageJson)
{
    JsonReader::Object root;
    thread_local JsonReader reader; // some providers send usage with every chunk
    if (!reader.open(usageJson, root))
        return;
    forEachField(root, [&](std::string_view key, JsonReader::Value value) {
        const std::string_view raw = rawOf(value);
        // A key that needs escaping is no usage member of any provider, and would have to be escaped again.
        if (raw.empty() || key.find_first_of("\"\\\n") != std::string_view::npos)
            return;
        const auto known = std::find_if(members.begin(), members.end(),
                                        [&](const auto &member) { return member.first == key; });
        if (known == members.end())
            members.emplace_back(key, raw);
        else if (raw != "null")
            known->second = raw;
    });
}

} // namespace

void UsageMembers::merge(std::string_view usageJson)
{
    if (m_json.empty() || m_json == usageJson) {
        m_json = usageJson;
        return;
    }
    Members members;
    mergeInto(members, m_json);
    mergeInto(members, usageJson);
    m_json = "{";
    for (const auto &[key, value] : members) {
        if (m_json.size() > 1)
            m_json += ',';
        m_json.append(1, '"').append(key).append("\":").append(value);
    }
    m_json += '}';
}

} // namespace farthing
