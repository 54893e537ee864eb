// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/PrefixMarks.h"

#include "core/base/FastHash.h"
#include "core/store/DetailLimits.h"
#include "core/store/EventRow.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace farthing {

namespace {

constexpr std::size_t placeCount = std::size_t(1) << 16;
constexpr std::size_t usuallyLooked = 4; ///< of a conversation's call, two marks are new
constexpr std::uint32_t mostDepth = 64;
constexpr std::size_t mostDepthRead = 1000; ///< rows that were written anew may have become deeper
constexpr std::size_t listsKept = 4096;

bool isOfOneDay(std::int64_t row, std::int64_t other)
{
    constexpr std::int64_t idsPerDay = Micros(std::chrono::days(1)).count() * idsPerMicrosecond;
    return row / idsPerDay == other / idsPerDay;
}

struct List
{
    std::int64_t earlier = 0;     ///< the row whose marks it begins with; 0: none
    std::size_t kept = 0;         ///< of its marks
    std::vector<PrefixMark> rest; ///< each with its tokens beyond the mark before it
};

/// Of two rows. Most begin their microsecond, so that whole microseconds lie between them.
void writeDistance(std::int64_t distance, ByteWriter &out)
{
    const bool whole = distance % idsPerMicrosecond == 0;
    out.integer(whole ? distance / idsPerMicrosecond * 2 : distance * 2 + 1);
}

std::int64_t readDistance(ByteReader &in)
{
    const std::int64_t told = in.integer();
    if (told % 2 != 0)
        return (told - 1) / 2;
    return std::abs(told) < std::numeric_limits<std::int64_t>::max() / idsPerMicrosecond
               ? told / 2 * idsPerMicrosecond
               : 0;
}

bool parse(std::int64_t row, std::string_view bytes, List &list)
{
    ByteReader in(bytes);
    list.kept = in.unsignedInt();
    list.earlier = list.kept == 0 ? 0 : row - readDistance(in);
    const std::uint64_t count = in.unsignedInt();
    if (count + list.kept > limit::listLength || count * 9 > in.left())
        return false;
    list.rest.resize(count);
    for (PrefixMark &mark : list.rest) {
        in.integer(mark.tokens);
        mark.hash = in.fixed();
    }
    return in.ok() && in.atEnd();
}

/// Those behind the first `kept`.
void writeRest(std::span<const PrefixMark> marks, std::size_t kept, ByteWriter &writer)
{
    writer.unsignedInt(marks.size() - kept);
    auto tokens = kept == 0 ? 0U : static_cast<std::uint32_t>(marks[kept - 1].tokens);
    for (const PrefixMark &mark : marks.subspan(kept)) {
        const auto own = static_cast<std::uint32_t>(mark.tokens);
        writer.integer(static_cast<std::int32_t>(own - tokens));
        writer.fixed(mark.hash);
        tokens = own;
    }
}

/// Adds what is left of a list to the beginning it goes on from.
bool append(const List &list, std::vector<PrefixMark> &marks)
{
    if (marks.size() < list.kept)
        return false;
    marks.resize(list.kept);
    for (PrefixMark mark : list.rest) {
        // Wraps around as the writer's difference did.
        const auto before = marks.empty() ? 0U : static_cast<std::uint32_t>(marks.back().tokens);
        mark.tokens = static_cast<std::int32_t>(before + static_cast<std::uint32_t>(mark.tokens));
        marks.push_back(mark);
    }
    return true;
}

} // namespace

PrefixMarkWriter::PrefixMarkWriter()
    : m_places(placeCount)
{}

void PrefixMarkWriter::forget()
{
    std::ranges::fill(m_places, Place());
}

PrefixMarkWriter::Place &PrefixMarkWriter::placeOf(std::size_t length)
{
    return m_places[m_hashes[length - 1] % placeCount];
}

void PrefixMarkWriter::prepare(std::span<const PrefixMark> marks)
{
    m_marks = marks.first(std::min(marks.size(), limit::listLength));
    m_hashes.clear();
    std::uint64_t hash = 0;
    for (const PrefixMark &mark : m_marks) {
        hash = chainedHash(chainedHash(hash, mark.hash), static_cast<std::uint32_t>(mark.tokens));
        m_hashes.push_back(hash);
    }
    const std::size_t looked = std::min(m_hashes.size(), usuallyLooked);
    for (std::size_t length = m_hashes.size() - looked + 1; length <= m_hashes.size(); ++length)
        __builtin_prefetch(&placeOf(length));
}

void PrefixMarkWriter::write(std::int64_t row, std::string &out)
{
    m_kept = 0;
    m_depth = 1;
    if (m_marks.empty())
        return;
    const Place *earlier = nullptr;
    for (std::size_t length = m_marks.size(); length > 0 && earlier == nullptr; --length)
        if (const Place &place = placeOf(length); place.hash == m_hashes[length - 1] &&
                                                  place.depth < mostDepth && place.row != row &&
                                                  isOfOneDay(row, place.row)) {
            earlier = &place;
            m_kept = length;
        }

    ByteWriter writer(out);
    writer.unsignedInt(m_kept);
    if (earlier != nullptr) {
        writeDistance(row - earlier->row, writer);
        m_depth = earlier->depth + 1;
    }
    writeRest(m_marks, m_kept, writer);
}

void PrefixMarkWriter::written(std::int64_t row)
{
    // What an earlier row has stays with that one: all lists with the same beginning then have it one row
    // away.
    for (std::size_t length = m_kept + 1; length <= m_hashes.size(); ++length)
        placeOf(length) = {m_hashes[length - 1], row, m_depth};
}

bool refersToAnotherDay(std::int64_t row, std::string_view bytes)
{
    ByteReader in(bytes);
    return in.unsignedInt() > 0 && !isOfOneDay(row, row - readDistance(in)) && in.ok();
}

void writeInFull(std::span<const PrefixMark> marks, std::string &out)
{
    if (marks.empty())
        return;
    ByteWriter writer(out);
    writer.unsignedInt(0);
    writeRest(marks, 0, writer);
}

Result<PrefixMarkReader> PrefixMarkReader::open(Database &database)
{
    auto find = database.prepare("SELECT marks FROM events WHERE id = ?");
    if (!find)
        return find.error();
    return PrefixMarkReader(*std::move(find));
}

bool PrefixMarkReader::read(std::int64_t row, std::string_view bytes, std::vector<PrefixMark> &marks)
{
    marks.clear();
    if (bytes.empty())
        return true;
    std::vector<List> lists(1); // the last comes first
    if (!parse(row, bytes, lists.back()))
        return false;
    while (lists.back().earlier != 0) {
        const std::int64_t earlier = lists.back().earlier;
        if (const auto known = m_known.find(earlier); known != m_known.end()) {
            marks = known->second;
            break;
        }
        m_find.bind(1, earlier);
        const bool found = m_find.step() == Statement::Step::Row && lists.size() < mostDepthRead &&
                           parse(earlier, m_find.bytes(0), lists.emplace_back());
        m_find.reset();
        if (!found)
            return false;
    }
    for (auto list = lists.rbegin(); list != lists.rend(); ++list)
        if (!append(*list, marks))
            return false;
    if (m_known.size() >= listsKept)
        m_known.clear();
    m_known.insert_or_assign(row, marks);
    return true;
}

} // namespace farthing
