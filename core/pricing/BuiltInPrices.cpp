// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/PriceBook.h"

namespace farthing {

namespace embedded {
extern const std::string_view builtInPricesJson;
}

std::shared_ptr<const PriceBook> builtInPriceBook()
{
    Result<PriceBook> book = parsePriceBook(embedded::builtInPricesJson);
    // A table that does not parse fails this layer's tests; a program built regardless knows no prices and
    // says so.
    return std::make_shared<const PriceBook>(book ? std::move(*book) : PriceBook("none", {}));
}

} // namespace farthing
