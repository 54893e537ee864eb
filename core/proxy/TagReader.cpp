// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/TagReader.h"

#include "core/base/PercentDecoding.h"
#include "core/base/TextSearch.h"
#include "core/base/Utf8.h"
#include "core/providers/WireText.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

namespace farthing {

namespace {

constexpr std::size_t maxTagBytes = 256;
constexpr std::size_t maxFreeTags = 32;
constexpr std::string_view heliconeProperty = "helicone-property-";

std::string firstOf(std::initializer_list<std::string_view> candidates)
{
    for (const std::string_view candidate : candidates)
        if (std::string value = cleanText(candidate, maxTagBytes); !value.empty())
            return value;
    return {};
}

/// Calls `visit(key, value)` for each member of "k=v,k2=v2".
template <class Visit>
void forEachPair(std::string_view list, Visit visit)
{
    while (!list.empty()) {
        const std::string_view item = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), item.size() + 1));
        const auto equals = item.find('=');
        if (equals != std::string_view::npos)
            visit(trimmed(item.substr(0, equals)), trimmed(item.substr(equals + 1)));
        else if (!trimmed(item).empty())
            visit(trimmed(item), std::string_view());
    }
}

std::string baggageMember(std::string_view baggage, std::string_view wanted)
{
    std::string found;
    forEachPair(baggage, [&](std::string_view key, std::string_view value) {
        if (found.empty() && key == wanted)
            found = percentDecoded(trimmed(value.substr(0, value.find(';')))); // properties follow
    });
    return found;
}

class Portkey
{
public:
    explicit Portkey(std::string_view metadata)
        : m_json(metadata.empty() ? nlohmann::json() : nlohmann::json::parse(metadata, nullptr, false))
    {}
    [[nodiscard]] std::string get(const char *key) const
    {
        if (!m_json.is_object() || !m_json.contains(key) || !m_json[key].is_string())
            return {};
        return m_json[key].get<std::string>();
    }

private:
    nlohmann::json m_json;
};

/// The trace id of "00-<32 hex>-<16 hex>-01".
std::string_view traceId(std::string_view traceparent)
{
    return traceparent.size() >= 35 && traceparent[2] == '-' ? traceparent.substr(3, 32) : std::string_view();
}

void readFreeTags(CostEvent &event, const HeaderList &headers)
{
    const auto add = [&event](std::string_view key, std::string_view value) {
        if (event.tags.size() < maxFreeTags && !trimmed(key).empty())
            event.tags.emplace_back(cleanText(key, maxTagBytes), cleanText(value, maxTagBytes));
    };
    forEachPair(find(headers, "x-farthing-tags"), add);
    forEachPair(find(headers, "x-litellm-tags"), add);
    for (const Header &header : headers) {
        const std::string_view name = header.name;
        if (name.size() <= heliconeProperty.size() ||
            !sameName(name.substr(0, heliconeProperty.size()), heliconeProperty))
            continue;
        const std::string_view property = name.substr(heliconeProperty.size());
        if (!sameName(property, "workflow") && !sameName(property, "feature"))
            add(property, header.value);
    }
}

bool isInUtf8(const HeaderList &headers)
{
    return std::ranges::all_of(headers, [](const Header &header) { return isUtf8(header.value); });
}

/// JavaScript's fetch, and HTTP before it, write header values in ISO 8859-1.
HeaderList inUtf8(HeaderList headers)
{
    for (Header &header : headers)
        if (!isUtf8(header.value))
            header.value = utf8OfLatin1(header.value);
    return headers;
}

} // namespace

void readTags(CostEvent &event, const HeaderList &headers, std::string_view workflowOfPath,
              const RequestFacts &body)
{
    if (!isInUtf8(headers))
        return readTags(event, inUtf8(headers), workflowOfPath, body);
    const Portkey portkey(find(headers, "x-portkey-metadata"));
    const std::string baggage = listed(headers, "baggage");
    event.workflow = firstOf({find(headers, "x-farthing-workflow"), workflowOfPath,
                              find(headers, "helicone-property-workflow"), portkey.get("workflow"),
                              baggageMember(baggage, "workflow"), body.workflow, "untagged"});
    event.feature = firstOf({find(headers, "x-farthing-feature"), find(headers, "helicone-property-feature"),
                             portkey.get("feature"), baggageMember(baggage, "feature"), body.feature});
    event.user = firstOf({find(headers, "x-farthing-user"), find(headers, "helicone-user-id"),
                          find(headers, "x-litellm-customer-id"), find(headers, "x-litellm-end-user-id"),
                          portkey.get("_user"), body.user});
    event.session = firstOf({find(headers, "x-farthing-session"), find(headers, "helicone-session-id"),
                             find(headers, "x-claude-code-session-id"), find(headers, "x-portkey-trace-id"),
                             traceId(find(headers, "traceparent"))});
    event.client = cleanText(find(headers, "user-agent"), maxTagBytes);
    readFreeTags(event, headers);
}

} // namespace farthing
