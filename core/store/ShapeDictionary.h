// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Dictionary.h"
#include "core/store/EventShape.h"

namespace farthing {

/// Numbers shapes, inside the caller's transaction.
class ShapeDictionary
{
public:
    static Result<ShapeDictionary> open(Database &database);
    Result<std::int64_t> idOf(Database &database, Dictionary &strings, const CostEvent &event);
    /// After a rollback: numbers given since the last commit never were.
    void forget();

private:
    explicit ShapeDictionary(Dictionary shapes)
        : m_shapes(std::move(shapes))
    {}

    Dictionary m_shapes;
    KnownTexts m_byTexts; ///< so that an event of a known shape asks for no text's number
    std::string m_key;
    std::string m_body;
};

} // namespace farthing
