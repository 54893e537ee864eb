// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/bodies/BodyKeeper.h"
#include "core/proxy/HeaderList.h"

#include <memory>
#include <string>
#include <string_view>

namespace farthing {

struct CostEvent;

/// Hands one call's bodies to the keeper when the call is over, where its workflow's are kept; otherwise it
/// costs a look. Of the headers, only what says how to show a body goes with them.
class BodyCapture
{
public:
    /// `request` is taken as the capture goes; until then it stays where it is.
    BodyCapture(BodyKeeper &keeper, const BodyOptions &options, const CostEvent &event,
                const HeaderList &headers, std::string &request);
    ~BodyCapture();
    BodyCapture(const BodyCapture &) = delete;
    BodyCapture &operator=(const BodyCapture &) = delete;

    void onHead(const HeaderList &headers);
    /// Bytes of the reply as they came from the upstream.
    void add(std::string_view received);

private:
    BodyKeeper &m_keeper;
    std::string &m_request;
    std::unique_ptr<KeptBodies> m_kept;
};

} // namespace farthing
