// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/bodies/BodyRecord.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace farthing {

/// A body as a person reads it: its content encoding undone as far as it is there, and as far as it is known.
struct BodyView
{
    explicit BodyView(BodyRecord kept);
    /// "application/json, 1,234 bytes", and what is missing of it.
    [[nodiscard]] std::string title() const;
    /// With `text` where it is UTF-8, otherwise with `base64`.
    [[nodiscard]] nlohmann::ordered_json toJson() const;

    BodyRecord record;
    std::string readable;
    bool isDecoded = false; ///< an encoding was undone
};

} // namespace farthing
