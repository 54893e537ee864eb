// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bodies/BodySink.h"

#include "core/bodies/BodyRecord.h"

namespace farthing {

namespace {

constexpr std::uint64_t groupBytes = 4'194'304;
constexpr std::uint64_t indexBytes = 65'536;   ///< what the rows around a group take
constexpr std::int64_t spareBytes = 1'048'576; ///< that may wait in the file for new bodies

std::uint64_t bytesOf(const KeptBodies &call)
{
    std::uint64_t bytes = 0;
    for (const BodySide side : {BodySide::Request, BodySide::Reply})
        for (const std::string &block : call.of(side).bytes.blocks())
            bytes += block.size();
    return bytes;
}

} // namespace

void BodySink::forget()
{
    m_cipher.reset();
    m_store.reset();
}

Result<void> BodySink::openStore()
{
    if (m_store && m_store->isMovedAway())
        forget();
    if (m_store)
        return {};
    auto store = BodyStore::open(m_path, Database::Access::ReadWrite);
    if (!store)
        return store.error();
    m_store.emplace(*std::move(store));
    return {};
}

Result<void> BodySink::prepare(const BodyOptions &options)
{
    if (auto opened = openStore(); !opened)
        return opened;
    if (m_cipher && m_place == options.key)
        return {};
    m_cipher.reset();
    auto cipher = m_keys.cipherFor(*m_store, options.key);
    if (!cipher)
        return cipher.error();
    m_cipher.emplace(*cipher);
    m_place = options.key;
    return {};
}

Result<void> BodySink::write(std::span<const std::unique_ptr<KeptBodies>> calls, const BodyOptions &options,
                             std::uint64_t &kept)
{
    while (!calls.empty()) {
        std::size_t count = 0;
        for (std::uint64_t bytes = 0; count < calls.size() && bytes < groupBytes; ++count)
            bytes += bytesOf(*calls[count]);
        const auto written = writeGroup(calls.first(count), options);
        if (!written)
            return written.error();
        kept += *written;
        calls = calls.subspan(count);
    }
    return {};
}

Result<std::uint64_t> BodySink::writeGroup(std::span<const std::unique_ptr<KeptBodies>> calls,
                                           const BodyOptions &options)
{
    auto transaction = m_store->begin();
    if (!transaction)
        return transaction.error();
    std::uint64_t kept = 0;
    for (const auto &call : calls) {
        const std::uint64_t needed = bytesOf(*call) + indexBytes;
        const auto fits = m_store->shrinkTo(options.maxTotalBytes - std::min(needed, options.maxTotalBytes));
        if (!fits)
            return fits.error();
        for (const BodySide side : {BodySide::Request, BodySide::Reply}) {
            const KeptBody &body = call->of(side);
            if (!*fits || body.bytes.isLost() || body.bytes.size() == 0)
                continue;
            const BodyName name{call->event, side};
            const auto record =
                m_cipher->seal(name, recordHead(body.contentType, body.contentEncoding, body.bytes.size()),
                               body.bytes.blocks());
            if (!record)
                return record.error();
            if (auto inserted = m_store->insert(name, call->time, call->workflow, *record); !inserted)
                return inserted.error();
            ++kept;
        }
    }
    if (auto committed = transaction->commit(); !committed)
        return committed.error();
    return kept;
}

Result<void> BodySink::tidy(const BodyOptions &options, Timestamp now)
{
    std::error_code unknown;
    if (!m_store && !std::filesystem::exists(m_path, unknown))
        return {};
    if (auto opened = openStore(); !opened)
        return opened;
    const auto removed = m_store->remove(std::nullopt, now - std::chrono::days(options.maxAgeDays));
    if (!removed)
        return removed.error();
    auto transaction = m_store->begin();
    if (!transaction)
        return transaction.error();
    if (const auto shrunk = m_store->shrinkTo(options.maxTotalBytes); !shrunk)
        return shrunk.error();
    if (auto committed = transaction->commit(); !committed)
        return committed;
    return m_store->giveSpaceBack(*removed > 0 ? 1 : spareBytes);
}

} // namespace farthing
