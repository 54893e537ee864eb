// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace farthing {

/// Reads application/vnd.amazon.eventstream, as Bedrock streams (Smithy, "Amazon Event Stream
/// Specification"): messages of a prelude (two lengths and their CRC-32), headers, a payload and the CRC-32
/// of it all, in any cut. Where a message arrives in one chunk nothing is copied. What is no such message is
/// a fault, and nothing behind it is read: its end cannot be known.
class AwsEventStream
{
public:
    struct Message
    {
        std::string_view type;    ///< ":message-type": "event", "exception" or "error"
        std::string_view name;    ///< ":event-type", ":exception-type" or ":error-code"
        std::string_view error;   ///< ":error-message"
        std::string_view payload; ///< valid, like all the others, during the callback only
    };

    explicit AwsEventStream(std::size_t maxMessageBytes = std::size_t{32} << 20)
        : m_maxBytes(maxMessageBytes)
    {}

    /// Calls `onMessage(const Message &)` for each message that `chunk` completes.
    template <class OnMessage>
    void feed(std::string_view chunk, OnMessage onMessage)
    {
        std::string_view bytes;
        while (takeMessage(chunk, bytes)) {
            Message message;
            if (read(bytes, message))
                onMessage(message);
            m_held.clear();
        }
    }

    /// What was wrong with the stream and in which message; empty so far.
    [[nodiscard]] const std::string &fault() const { return m_fault; }

private:
    /// Cuts the next whole message off, whose prelude is as it should be.
    bool takeMessage(std::string_view &chunk, std::string_view &bytes);
    bool read(std::string_view bytes, Message &message);
    bool readHeaders(std::string_view headers, Message &message);
    /// The message's size by its prelude; 0 where that cannot be, which is a fault.
    std::size_t sizeOf(std::string_view prelude);
    bool fail(std::string_view what);

    std::size_t m_maxBytes;
    std::string m_held;     ///< a message whose end has not come yet
    std::size_t m_size = 0; ///< of that message, once its prelude is there
    std::uint64_t m_number = 1;
    std::string m_fault;
};

} // namespace farthing
