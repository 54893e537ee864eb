// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/Span.h"

#include <algorithm>

namespace farthing {

const AttributeValue *find(const Attributes &attributes, std::string_view key)
{
    const auto found = std::ranges::find(attributes, key, &Attribute::key);
    return found == attributes.end() ? nullptr : &found->value;
}

const AttributeValue *find(const Attributes &attributes, std::span<const std::string_view> keys)
{
    for (const std::string_view key : keys)
        if (const AttributeValue *const value = find(attributes, key))
            return value;
    return nullptr;
}

} // namespace farthing
