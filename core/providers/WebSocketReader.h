// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace farthing {

/// How the two ends of a WebSocket connection agreed to compress messages (RFC 7692).
struct MessageDeflate
{
    bool agreed = false;
    bool keepsContext = true; ///< from message to message, in the direction that is read

    /// From the server's Sec-WebSocket-Extensions; `fromServer` for what the server sends.
    static MessageDeflate read(std::string_view extensions, bool fromServer);
};

/// What a reader hands out: the text messages of one direction.
class WebSocketTexts
{
public:
    struct Text
    {
        std::string_view text; ///< the message, or where it was not wanted or too long, its head
        std::uint64_t size = 0;
        bool isWhole = false;
    };
    WebSocketTexts() = default;
    virtual ~WebSocketTexts() = default;
    WebSocketTexts(const WebSocketTexts &) = delete;
    WebSocketTexts &operator=(const WebSocketTexts &) = delete;

    /// Asked once for each message, with its first bytes: whether the rest is worth keeping.
    virtual bool wants(std::string_view head) = 0;
    virtual void take(const Text &message) = 0;
};

/// Reads one direction of a WebSocket connection as it passes, in any cut (RFC 6455). Never throws; memory is
/// bounded: of a message that is not wanted, or longer than the limit, only the head is kept. What is no
/// WebSocket ends the reading.
class WebSocketReader
{
public:
    static constexpr std::size_t headSize = 512;
    static constexpr std::size_t longestMessage = std::size_t(32) << 20;

    /// Without `texts` only frames are told apart.
    explicit WebSocketReader(MessageDeflate deflate = {}, WebSocketTexts *texts = nullptr);
    ~WebSocketReader();
    WebSocketReader(const WebSocketReader &) = delete;
    WebSocketReader &operator=(const WebSocketReader &) = delete;

    void feed(std::string_view bytes);
    /// Why reading ended; empty while it goes on.
    [[nodiscard]] const std::string &error() const { return m_error; }
    /// Whether a frame may begin here.
    [[nodiscard]] bool isBetweenFrames() const { return m_error.empty() && !m_inFrame && m_head.empty(); }
    /// Whether a Close frame has passed, whole.
    [[nodiscard]] bool isClosed() const { return m_isClosed; }
    /// What it said; 0 where it said nothing.
    [[nodiscard]] int closeCode() const { return m_closeCode; }

private:
    class Inflater;
    struct Frame
    {
        unsigned opcode = 0;
        bool isLast = false;
        bool isMasked = false;
        std::array<char, 4> mask{};
        std::uint64_t length = 0;
        std::uint64_t done = 0;

        [[nodiscard]] bool isControl() const;
    };

    bool takeHead(std::string_view &bytes);
    bool readHead();
    void takePayload(std::string_view &bytes);
    void takeControl(std::string_view payload);
    void inflate(std::string_view payload);
    void keep(std::string_view text);
    void decide();
    void endMessage();
    void fail(std::string reason);

    MessageDeflate m_deflate;
    WebSocketTexts *m_texts;
    std::unique_ptr<Inflater> m_inflater;
    std::string m_head; ///< of the frame that begins
    Frame m_frame;
    bool m_inFrame = false;
    bool m_inMessage = false;
    bool m_isText = false;
    bool m_isDeflated = false;
    bool m_isDecided = false;
    bool m_isWanted = false;
    bool m_isClosed = false;
    int m_closeCode = 0;
    std::string m_message;
    std::uint64_t m_size = 0; ///< of the message so far
    std::string m_unmasked;
    std::string m_error;
};

} // namespace farthing
