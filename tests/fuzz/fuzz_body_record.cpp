// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bodies/BodyCipher.h"
#include "core/bodies/BodyRecord.h"

#include <cstdlib>

/// Decrypted records, and bytes that pretend to be encrypted ones.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    const std::string text(reinterpret_cast<const char *>(data), size);
    if (const auto record = parseRecord(text)) {
        const auto again = parseRecord(
            recordHead(record->contentType, record->contentEncoding, record->size) + record->bytes);
        if (!again || again->bytes != record->bytes || again->contentType != record->contentType ||
            again->contentEncoding != record->contentEncoding || again->size != record->size)
            std::abort();
    }
    static const BodyCipher cipher{SecretKey(SecretKey::Bytes{})};
    const BodyName name{makeDerivedUuidV7(fromMicros(0), ""), BodySide::Reply};
    if (cipher.open(name, text))
        std::abort();
    const auto sealed = cipher.seal(name, {}, {text});
    const auto opened = sealed ? cipher.open(name, *sealed) : Result<std::string>(sealed.error());
    if (!opened || *opened != text)
        std::abort();
    return 0;
}
