// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bodies/BodyRecord.h"

#include "core/store/ByteReader.h"
#include "core/store/ByteWriter.h"

namespace farthing {

namespace {

constexpr std::size_t longestName = 256;

} // namespace

std::string recordHead(std::string_view contentType, std::string_view contentEncoding, std::uint64_t size)
{
    std::string head;
    ByteWriter writer(head);
    writer.text(contentType.substr(0, longestName));
    writer.text(contentEncoding.substr(0, longestName));
    writer.unsignedInt(size);
    return head;
}

Result<BodyRecord> parseRecord(std::string_view text)
{
    ByteReader reader(text);
    BodyRecord record;
    record.contentType = reader.text();
    record.contentEncoding = reader.text();
    record.size = reader.unsignedInt();
    record.bytes = reader.take(reader.left());
    if (!reader.ok() || record.bytes.size() > record.size || record.contentType.size() > longestName ||
        record.contentEncoding.size() > longestName)
        return Error{"is not a body as Farthing keeps them"};
    return record;
}

} // namespace farthing
