// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/JournalSegment.h"

#include <cstdlib>
#include <fstream>
#include <unistd.h>

/// Any bytes as a journal segment that an earlier process left: refused, or else read to an end within the
/// file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    static const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("fuzz-journal-" + std::to_string(::getpid()));
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(data), std::streamsize(size));
    {
        const auto segment = JournalSegment::openExisting(path);
        if (segment) {
            std::uint64_t end = JournalSegment::firstOffset;
            for (auto record = (*segment)->from(end); record; record = (*segment)->from(end)) {
                if (record->next <= end || record->payload.size() > size)
                    std::abort();
                end = record->next;
            }
            if (end != (*segment)->end() || end > (*segment)->size())
                std::abort();
            (*segment)->reopen();
        }
    }
    std::filesystem::remove(path);
    return 0;
}
