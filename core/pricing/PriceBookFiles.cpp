// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Files.h"
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

Result<std::shared_ptr<const PriceBook>> loadOwnPrices(const std::filesystem::path &file)
{
    const auto text = readFileIfThere(file);
    if (!text)
        return text.error();
    if (!*text)
        return std::shared_ptr<const PriceBook>();
    auto own = parsePriceBook(**text);
    if (!own)
        return own.error().at(file.string());
    return std::make_shared<const PriceBook>(*std::move(own));
}

Result<std::shared_ptr<const PriceBook>> loadPriceBook(const std::filesystem::path &file)
{
    const auto own = loadOwnPrices(file);
    if (!own)
        return own.error();
    return *own ? overlay(*builtInPriceBook(), **own) : builtInPriceBook();
}

} // namespace farthing
