// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/PendingResponses.h"

#include <array>
#include <nlohmann/json.hpp>

namespace farthing {

using nlohmann::json;

namespace {

constexpr std::size_t atMost = 10'000;
constexpr std::size_t longestId = 256;

using Origin = PendingResponses::Origin;

constexpr std::array<std::pair<const char *, std::string Origin::*>, 8> fields = {
    {{"provider", &Origin::provider},
     {"workflow", &Origin::workflow},
     {"feature", &Origin::feature},
     {"user", &Origin::user},
     {"session", &Origin::session},
     {"request_model", &Origin::requestModel},
     {"sent_model", &Origin::sentModel},
     {"list_model", &Origin::listModel}}};

bool isOne(const std::string &id)
{
    return !id.empty() && id.size() <= longestId;
}

/// Nothing where it is no text.
std::optional<std::string> textIn(const json &object, const char *name)
{
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (found == object.end() || !found->is_string())
        return std::nullopt;
    return found->get<std::string>();
}

} // namespace

void PendingResponses::add(const std::string &id, const CostEvent &event)
{
    if (isOne(id))
        keep(id, {event.provider, event.workflow, event.feature, event.user, event.session,
                  event.requestModel, event.sentModel, event.listModel});
}

void PendingResponses::keep(std::string id, Origin origin)
{
    ++m_revision;
    if (!m_origins.insert_or_assign(id, std::make_shared<const Origin>(std::move(origin))).second)
        return;
    m_order.push_back(std::move(id));
    if (m_order.size() > atMost) {
        m_origins.erase(m_order.front());
        m_order.pop_front();
    }
}

bool PendingResponses::count(const std::string &id, const std::string &provider)
{
    return isOne(id) && note(provider + '/' + id);
}

bool PendingResponses::note(std::string name)
{
    if (!m_counted.insert(name).second)
        return false;
    ++m_revision;
    m_countedOrder.push_back(std::move(name));
    if (m_countedOrder.size() > atMost) {
        m_counted.erase(m_countedOrder.front());
        m_countedOrder.pop_front();
    }
    return true;
}

std::optional<Origin> PendingResponses::take(const std::string &id, const std::string &provider)
{
    const auto found = m_origins.find(id);
    if (found == m_origins.end() || found->second->provider != provider)
        return std::nullopt;
    ++m_revision;
    std::optional<Origin> origin = *found->second;
    m_origins.erase(found);
    std::erase(m_order, id);
    return origin;
}

PendingResponses::State PendingResponses::state() const
{
    State state;
    state.pending.reserve(m_order.size());
    for (const std::string &id : m_order)
        state.pending.emplace_back(id, m_origins.at(id));
    state.counted.assign(m_countedOrder.begin(), m_countedOrder.end());
    return state;
}

std::string PendingResponses::State::toJson() const
{
    json list = json::array();
    for (const auto &[id, origin] : pending) {
        json one = {{"id", id}};
        for (const auto &[name, field] : fields)
            one[name] = (*origin).*field;
        list.push_back(std::move(one));
    }
    const json all = {{"pending", std::move(list)}, {"counted", counted}};
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<void> PendingResponses::load(std::string_view text)
{
    const Error unreadable{"this is no list of background responses"};
    const json all = json::parse(text, nullptr, false);
    if (!all.is_object() || !all.contains("pending") || !all.contains("counted"))
        return unreadable;
    PendingResponses read;
    for (const json &one : all["pending"]) {
        Origin origin;
        const auto id = textIn(one, "id");
        for (const auto &[name, field] : fields) {
            const auto value = textIn(one, name);
            if (!id || !isOne(*id) || !value)
                return unreadable;
            origin.*field = *value;
        }
        read.keep(*id, std::move(origin));
    }
    for (const json &name : all["counted"]) {
        if (!name.is_string())
            return unreadable;
        read.note(name.get<std::string>());
    }
    read.m_revision = m_revision + 1;
    *this = std::move(read);
    return {};
}

} // namespace farthing
