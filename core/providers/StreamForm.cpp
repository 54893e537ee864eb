// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/StreamForm.h"

#include "core/providers/WireText.h"

#include <algorithm>
#include <array>
#include <utility>

namespace farthing {

StreamForm streamFormOf(std::string_view contentType, StreamForm asked)
{
    constexpr std::array<std::pair<std::string_view, StreamForm>, 6> forms = {{
        {"text/event-stream", StreamForm::ServerSentEvents},
        {"application/vnd.amazon.eventstream", StreamForm::AwsEvents},
        {"application/x-ndjson", StreamForm::JsonLines},
        {"application/ndjson", StreamForm::JsonLines},
        {"application/jsonl", StreamForm::JsonLines},
        {"application/stream+json", StreamForm::JsonLines},
    }};
    constexpr std::array vague = {"", "text/plain", "application/octet-stream"};
    const auto says = [contentType](std::string_view type) { return isMediaType(contentType, type); };
    for (const auto &[type, form] : forms)
        if (says(type))
            return form;
    return std::ranges::any_of(vague, says) ? asked : StreamForm::None;
}

} // namespace farthing
