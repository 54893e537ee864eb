// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Faults.h"

#include <array>
#include <cstdlib>

namespace farthing::sim {

namespace {

constexpr std::array<std::pair<std::string_view, Fault>, 9> kNames{{{"429", Fault::RateLimited},
                                                                    {"500", Fault::ServerError},
                                                                    {"529", Fault::Overloaded},
                                                                    {"reset", Fault::Reset},
                                                                    {"truncate", Fault::Truncate},
                                                                    {"hang", Fault::Hang},
                                                                    {"slow", Fault::Slow},
                                                                    {"malformed", Fault::Malformed},
                                                                    {"stream-error", Fault::StreamError}}};
constexpr std::string_view kModelPrefix = "sim-fault-";

} // namespace

Result<Fault> faultOf(std::string_view name)
{
    for (const auto &[known, fault] : kNames) {
        if (known == name)
            return fault;
    }
    std::string message = "unknown fault \"" + std::string(name) + "\"; expected one of";
    for (const auto &[known, fault] : kNames)
        message.append(" ").append(known);
    return Error{message};
}

Result<void> FaultPlan::add(std::string_view specification)
{
    const std::size_t equals = specification.find('=');
    const Result<Fault> fault = faultOf(specification.substr(0, equals));
    if (!fault)
        return fault.error().at("--fault");
    double share = 1;
    if (equals != std::string_view::npos) {
        const std::string number(specification.substr(equals + 1));
        char *end = nullptr;
        share = std::strtod(number.c_str(), &end);
        if (number.empty() || *end != '\0' || !(share >= 0 && share <= 1))
            return Error{"\"" + number + "\" is no share between 0 and 1", "--fault"};
    }
    m_shares.emplace_back(*fault, share);
    return {};
}

void FaultPlan::addMixed(double share)
{
    constexpr std::array kinds{Fault::RateLimited, Fault::ServerError, Fault::Overloaded, Fault::Truncate};
    for (const Fault kind : kinds)
        m_shares.emplace_back(kind, share / static_cast<double>(kinds.size()));
}

Result<Fault> FaultPlan::choose(std::string_view header, std::string_view model, Random &random) const
{
    if (!header.empty())
        return faultOf(header);
    if (model.starts_with(kModelPrefix))
        return faultOf(model.substr(kModelPrefix.size()));
    double drawn = random.uniform();
    for (const auto &[fault, share] : m_shares) {
        if (drawn < share)
            return fault;
        drawn -= share;
    }
    return Fault::None;
}

} // namespace farthing::sim
