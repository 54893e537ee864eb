// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farthing {

/// One end of a connection whose bytes are passed on. Nothing here waits: who finds it blocked asks to be
/// woken.
class ByteEnd
{
public:
    enum class State : std::uint8_t { Open, Blocked, Ended, Broken };
    struct Done
    {
        State state = State::Open;
        std::size_t bytes = 0;
    };
    ByteEnd() = default;
    virtual ~ByteEnd() = default;
    ByteEnd(const ByteEnd &) = delete;
    ByteEnd &operator=(const ByteEnd &) = delete;

    virtual Done read(char *into, std::size_t atMost) = 0;
    /// What was blocked is written again from the same place, as TLS wants it.
    virtual Done write(std::string_view bytes) = 0;
    virtual void awaitReadable() = 0;
    virtual void awaitWritable() = 0;
};

} // namespace farthing
