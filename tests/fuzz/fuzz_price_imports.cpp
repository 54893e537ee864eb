// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/importers/PriceImport.h"

#include <cstdlib>

/// Any bytes as another project's price file: refused, or else what was imported is a table of our own form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    const Result<PriceImport> import = importPrices({reinterpret_cast<const char *>(data), size});
    if (!import) {
        if (import.error().message.empty())
            std::abort();
        return 0;
    }
    const PriceBook book("imported", import->entries);
    const Result<PriceBook> again = parsePriceBook(serializePriceBook(book));
    if (!again || again->entries().size() != book.entries().size())
        std::abort();
    for (const PriceEntry &entry : book.entries())
        if (const PriceEntry *const found = book.find(entry.provider, entry.model, fromMicros(0)))
            if (book.labelOf(*found).empty())
                std::abort();
    return 0;
}
