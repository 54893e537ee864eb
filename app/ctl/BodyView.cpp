// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/BodyView.h"
#include "app/cli/Thousands.h"

#include "core/base/Utf8.h"
#include "core/providers/ContentDecoder.h"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

namespace farthing {

namespace {

std::string base64(std::string_view bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char *>(text.data()),
                    reinterpret_cast<const unsigned char *>(bytes.data()), static_cast<int>(bytes.size()));
    text.pop_back();
    return text;
}

std::string bytesText(std::uint64_t bytes)
{
    return withThousands(static_cast<std::int64_t>(bytes)) + " bytes";
}

} // namespace

BodyView::BodyView(BodyRecord kept)
    : record(std::move(kept))
{
    auto decoder = makeContentDecoder(record.contentEncoding);
    if (record.contentEncoding.empty() || !decoder) {
        readable = record.bytes;
        return;
    }
    std::ignore =
        (*decoder)->decode(record.bytes, readable); // what is cut off in the middle fails at its end
    isDecoded = true;
}

std::string BodyView::title() const
{
    std::string text = record.contentType.empty() ? "no content type" : record.contentType;
    if (!record.contentEncoding.empty())
        text += ", " + record.contentEncoding + (isDecoded ? " (decoded here)" : " (as it is)");
    text += ", " + bytesText(record.size);
    if (record.isTruncated())
        text += ", cut to the first " + bytesText(record.bytes.size());
    return text;
}

nlohmann::ordered_json BodyView::toJson() const
{
    nlohmann::ordered_json json = {{"content_type", record.contentType},
                                   {"content_encoding", record.contentEncoding},
                                   {"decoded", isDecoded},
                                   {"bytes", record.size},
                                   {"kept_bytes", record.bytes.size()},
                                   {"truncated", record.isTruncated()}};
    if (isUtf8(readable))
        json["text"] = readable;
    else
        json["base64"] = base64(readable);
    return json;
}

} // namespace farthing
