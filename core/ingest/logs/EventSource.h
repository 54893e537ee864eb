// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"
#include "core/pricing/PriceBook.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

namespace farthing {

/// Files in which others wrote down their calls, read from the beginning to the end.
class EventSource
{
public:
    /// Asked about each row that cannot be read: true leaves it out and goes on.
    using OnBadRow = std::function<bool(const Error &)>;
    /// Gets the events read so far, and empties the vector when it has used them.
    using Take = std::function<Result<void>(std::vector<CostEvent> &events)>;

    EventSource() = default;
    virtual ~EventSource() = default;
    EventSource(const EventSource &) = delete;
    EventSource &operator=(const EventSource &) = delete;

    /// Once. Errors name the file where there are several, and the line or the place in the array. A bad row
    /// ends the reading where nobody is asked about it.
    virtual Result<void> read(const OnBadRow &onBadRow, const Take &take) = 0;
    /// Fills what the event costs and saved, as far as the source does not say it. False where it said
    /// something that could not be kept: a list cost, of which nobody knows by what it was saved.
    virtual bool price(CostEvent &event, const PriceBook &book) const;
    /// Whether an event may have been written down before its reply was whole, so that the same one with more
    /// output takes its place.
    [[nodiscard]] virtual bool mayGrow() const { return false; }
    /// What there is to read; 0 where nobody knows.
    [[nodiscard]] virtual std::uint64_t bytes() const = 0;
    /// How far it was read; of any thread.
    [[nodiscard]] std::uint64_t bytesRead() const { return m_bytesRead.load(std::memory_order_relaxed); }

protected:
    void noteRead(std::uint64_t bytes) { m_bytesRead.store(bytes, std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> m_bytesRead = 0;
};

} // namespace farthing
