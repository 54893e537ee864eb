// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/JournalSegment.h"

#include "core/base/FastHash.h"
#include "core/base/Files.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <zlib.h>

namespace farthing {

namespace {

constexpr char magic[8] = {'F', 'R', 'T', 'H', 'J', 'N', 'L', '2'};
constexpr char magicOfFormat1[8] = {'F', 'R', 'T', 'H', 'J', 'N', 'L', '1'};
constexpr std::uint32_t committed = 0x4d41524b;

struct FileHeader
{
    char magic[8];
    std::uint64_t number;
    std::uint8_t journal[16];
    std::uint8_t boot[16]; ///< 0: not known
};

struct RecordHeader
{
    std::uint64_t ticket;
    std::uint64_t progress;
    std::uint32_t kind;
    std::uint32_t size;
    std::uint32_t checksum;
    std::uint32_t closed;
    std::uint32_t unused;
    std::uint32_t mark;
};
static_assert(sizeof(RecordHeader) == 40 && sizeof(FileHeader) <= JournalSegment::firstOffset);

/// Linux's name for the time since the machine was started; null where it has none.
const Uuid &thisBoot()
{
    static const Uuid boot = [] {
        constexpr std::size_t length = 36;
        const auto text = readFile("/proc/sys/kernel/random/boot_id");
        return text ? Uuid::parse(std::string_view(*text).substr(0, length)).value_or(Uuid()) : Uuid();
    }();
    return boot;
}

constexpr std::uint64_t aligned(std::uint64_t n)
{
    return (n + 7) & ~std::uint64_t(7);
}

RecordHeader *headerAt(const MappedFile &file, std::uint64_t offset)
{
    return reinterpret_cast<RecordHeader *>(file.data() + offset);
}

template <class T>
std::atomic_ref<T> atomically(T &value)
{
    return std::atomic_ref<T>(value);
}

} // namespace

JournalSegment::JournalSegment(std::unique_ptr<MappedFile> file, std::filesystem::path path,
                               const Uuid &journal, std::uint64_t number, Checksum checksum)
    : m_file(std::move(file))
    , m_path(std::move(path))
    , m_journal(journal)
    , m_number(number)
    , m_checksum(checksum)
{}

std::uint32_t JournalSegment::checksumOf(std::uint32_t kind, std::uint64_t ticket,
                                         std::string_view payload) const
{
    if (m_checksum == Checksum::Xxh3)
        return static_cast<std::uint32_t>(fastHash(payload) ^ (ticket * 0x9e3779b97f4a7c15U >> 32) ^ kind);
    uLong sum = crc32(0, reinterpret_cast<const Bytef *>(&ticket), sizeof ticket);
    sum = crc32(sum, reinterpret_cast<const Bytef *>(&kind), sizeof kind);
    return static_cast<std::uint32_t>(
        crc32(sum, reinterpret_cast<const Bytef *>(payload.data()), static_cast<uInt>(payload.size())));
}

Result<std::unique_ptr<JournalSegment>> JournalSegment::create(const std::filesystem::path &dir,
                                                               const Uuid &journal, std::uint64_t number,
                                                               std::size_t size)
{
    const std::filesystem::path path = dir / nameOf(number);
    auto file = MappedFile::create(path, size);
    if (!file)
        return file.error();
    FileHeader header = {};
    header.number = number;
    std::memcpy(header.journal, journal.bytes.data(), sizeof header.journal);
    std::memcpy(header.boot, thisBoot().bytes.data(), sizeof header.boot);
    std::memcpy((*file)->data(), &header, sizeof header);
    std::memcpy((*file)->data(), magic, sizeof magic);
    if ((*file)->isLost()) {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
        return Error{"the disk does not take it", path.string()};
    }
    return std::unique_ptr<JournalSegment>(
        new JournalSegment(*std::move(file), path, journal, number, Checksum::Xxh3));
}

Result<std::unique_ptr<JournalSegment>> JournalSegment::openExisting(const std::filesystem::path &path)
{
    auto file = MappedFile::openExisting(path);
    if (!file)
        return file.error();
    FileHeader header = {};
    if ((*file)->size() >= firstOffset)
        std::memcpy(&header, (*file)->data(), sizeof header);
    const bool isFormat1 = std::memcmp(header.magic, magicOfFormat1, sizeof magicOfFormat1) == 0;
    if (!isFormat1 && std::memcmp(header.magic, magic, sizeof magic) != 0)
        return Error{"is not a journal segment", path.string()};
    Uuid journal;
    std::memcpy(journal.bytes.data(), header.journal, sizeof header.journal);
    std::unique_ptr<JournalSegment> segment(new JournalSegment(*std::move(file), path, journal, header.number,
                                                               isFormat1 ? Checksum::Crc32 : Checksum::Xxh3));
    segment->m_end = segment->size();
    std::uint64_t end = firstOffset;
    while (const auto record = segment->from(end))
        end = record->next;
    segment->m_end = end;
    return segment;
}

std::string JournalSegment::nameOf(std::uint64_t number)
{
    char name[32];
    std::snprintf(name, sizeof name, "%012llu.journal", static_cast<unsigned long long>(number));
    return name;
}

std::uint64_t JournalSegment::recordSize(std::size_t payload)
{
    return sizeof(RecordHeader) + aligned(payload);
}

std::size_t JournalSegment::payloadSize(std::uint64_t offset) const
{
    return headerAt(*m_file, offset)->size;
}

bool JournalSegment::isOfThisBoot() const
{
    const auto *const header = reinterpret_cast<const FileHeader *>(m_file->data());
    return !thisBoot().isNull() &&
           std::memcmp(header->boot, thisBoot().bytes.data(), sizeof header->boot) == 0;
}

bool JournalSegment::fits(std::size_t payload) const
{
    return !isLost() && m_end.load(std::memory_order_relaxed) + recordSize(payload) <= size();
}

std::size_t JournalSegment::mostPayload(std::size_t size)
{
    return size - firstOffset - sizeof(RecordHeader) - (alignof(RecordHeader) - 1);
}

std::optional<std::uint64_t> JournalSegment::append(Kind kind, std::uint64_t ticket, std::string_view payload)
{
    const std::uint64_t offset = m_end.load(std::memory_order_relaxed);
    RecordHeader *const header = headerAt(*m_file, offset);
    const auto kindNumber = static_cast<std::uint32_t>(kind);
    header->ticket = ticket;
    header->progress = 0;
    header->kind = kindNumber;
    header->size = static_cast<std::uint32_t>(payload.size());
    header->checksum = checksumOf(kindNumber, ticket, payload);
    header->closed = 0;
    std::memcpy(header + 1, payload.data(), payload.size());
    if (!isLost())
        atomically(header->mark).store(committed, std::memory_order_release);
    if (isLost()) {
        atomically(header->mark).store(0, std::memory_order_release);
        return std::nullopt;
    }
    m_end.store(offset + recordSize(payload.size()), std::memory_order_release);
    return offset;
}

void JournalSegment::close(std::uint64_t intentOffset)
{
    atomically(headerAt(*m_file, intentOffset)->closed).store(1, std::memory_order_release);
}

void JournalSegment::setProgress(std::uint64_t intentOffset, std::uint64_t value)
{
    atomically(headerAt(*m_file, intentOffset)->progress).store(value, std::memory_order_relaxed);
}

std::optional<JournalSegment::Record> JournalSegment::at(std::uint64_t offset, Trust trust) const
{
    if (offset < firstOffset || offset % 8 != 0 || offset + sizeof(RecordHeader) > end())
        return std::nullopt;
    RecordHeader *const header = headerAt(*m_file, offset);
    if (atomically(header->mark).load(std::memory_order_acquire) != committed)
        return std::nullopt;
    const std::uint64_t begin = offset + sizeof(RecordHeader);
    if (header->size > size() - begin || header->kind < 1 || header->kind > 3)
        return std::nullopt;
    const std::string_view payload(reinterpret_cast<const char *>(header + 1), header->size);
    const bool trusted = trust == Trust::Intents && header->kind == static_cast<std::uint32_t>(Kind::Intent);
    if (!trusted && checksumOf(header->kind, header->ticket, payload) != header->checksum)
        return std::nullopt;
    Record record;
    record.kind = static_cast<Kind>(header->kind);
    record.ticket = header->ticket;
    record.closed = atomically(header->closed).load(std::memory_order_acquire) != 0;
    record.progress = atomically(header->progress).load(std::memory_order_relaxed);
    record.payload = payload;
    record.offset = offset;
    record.next = std::min<std::uint64_t>(begin + aligned(header->size), size());
    return record;
}

std::optional<JournalSegment::Record> JournalSegment::from(std::uint64_t offset, Trust trust) const
{
    const std::uint64_t first = offset;
    for (; offset + sizeof(RecordHeader) <= end(); offset += 8)
        if (auto record = at(offset, offset == first ? trust : Trust::Nothing)) {
            record->damaged = offset - first;
            return record;
        }
    return std::nullopt;
}

/// From the back, so that whoever dies in between leaves a segment that only ends sooner: nothing in it looks
/// damaged, and all of it is committed.
Result<void> JournalSegment::renew(const std::filesystem::path &dir, std::uint64_t number)
{
    constexpr std::uint64_t piece = std::uint64_t(64) * 1024;
    for (std::uint64_t left = end(); left > firstOffset;) {
        const std::uint64_t from = std::max(firstOffset, left - std::min(left, piece));
        std::memset(m_file->data() + from, 0, left - from);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        left = from;
    }
    const Error notTaken{"the disk does not take it", m_path.string()};
    if (isLost())
        return notTaken;
    std::error_code error;
    std::filesystem::rename(m_path, dir / nameOf(number), error);
    if (error)
        return Error{"cannot be renamed: " + error.message(), m_path.string()};
    m_path = dir / nameOf(number);
    auto *const header = reinterpret_cast<FileHeader *>(m_file->data());
    header->number = number;
    std::memcpy(header->boot, thisBoot().bytes.data(), sizeof header->boot);
    std::memcpy(m_file->data(), magic, sizeof magic);
    m_number = number;
    m_checksum = Checksum::Xxh3;
    if (isLost())
        return notTaken;
    m_end.store(firstOffset, std::memory_order_release);
    return {};
}

void JournalSegment::reopen()
{
    std::memset(m_file->data() + end(), 0, size() - end());
}

void JournalSegment::prefault()
{
    constexpr std::size_t page = 4096;
    for (std::size_t offset = page; offset < size() && !isLost(); offset += page)
        atomically(*reinterpret_cast<std::uint64_t *>(m_file->data() + offset)).fetch_add(0);
}

} // namespace farthing
