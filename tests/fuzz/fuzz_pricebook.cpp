// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/CostCalculator.h"
#include "core/pricing/PriceDiff.h"

#include <cstdlib>

/// Any bytes as prices.json: refused with a message, or else the table survives being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    const Result<PriceBook> book = parsePriceBook({reinterpret_cast<const char *>(data), size});
    if (!book) {
        if (book.error().message.empty())
            std::abort();
        return 0;
    }
    const Result<PriceBook> again = parsePriceBook(serializePriceBook(*book));
    if (!again || again->entries().size() != book->entries().size() || !diffPrices(*book, *again).empty())
        std::abort();
    for (const PriceEntry &entry : book->entries()) {
        CostEvent event;
        event.time = fromMicros(1'800'000'000'000'000);
        event.provider = entry.provider;
        event.requestModel = event.responseModel = entry.model;
        event.status = 200;
        event.batch = size % 2 == 0;
        event.usageSource = UsageSource::Provider;
        event.usage = {300'000, 1'000, 2'000, 3'000, 4'000, 5'000, 600, 700, 8};
        priceEvent(event, *book);
        if (event.listCost && event.savings.total() != *event.listCost - *event.cost)
            std::abort();
    }
    return 0;
}
