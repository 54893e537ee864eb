// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/WebSocketReader.h"

#include <algorithm>
#include <zlib.h>

namespace farthing {

namespace {

constexpr unsigned lastFrame = 0x80;
constexpr unsigned compressed = 0x40;
constexpr unsigned otherExtensions = 0x30;
constexpr unsigned opcodeBits = 0x0f;
constexpr unsigned controlOpcodes = 0x08;
constexpr unsigned textOpcode = 0x01;
constexpr unsigned lastDataOpcode = 0x02;
constexpr unsigned closeOpcode = 0x08;
constexpr unsigned lastControlOpcode = 0x0a;
constexpr unsigned maskedBit = 0x80;
constexpr unsigned lengthBits = 0x7f;
constexpr unsigned twoByteLength = 126;
constexpr unsigned eightByteLength = 127;
constexpr std::uint64_t longestControl = 125;
constexpr std::size_t keptCapacity = std::size_t(64) << 10;

unsigned byteAt(std::string_view text, std::size_t at)
{
    return static_cast<unsigned char>(text[at]);
}

std::size_t frameHeadSize(std::string_view head)
{
    if (head.size() < 2)
        return 2;
    const unsigned length = byteAt(head, 1) & lengthBits;
    const std::size_t more = length == twoByteLength ? 2 : length == eightByteLength ? 8 : 0;
    return 2 + more + ((byteAt(head, 1) & maskedBit) != 0 ? 4 : 0);
}

} // namespace

MessageDeflate MessageDeflate::read(std::string_view extensions, bool fromServer)
{
    std::string lower(extensions);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const auto says = [&lower](const char *word) { return lower.find(word) != std::string::npos; };
    return {says("permessage-deflate"),
            !says(fromServer ? "server_no_context_takeover" : "client_no_context_takeover")};
}

/// zlib's raw inflate, over messages that each lack their last four bytes (RFC 7692 section 7.2.2).
class WebSocketReader::Inflater
{
public:
    Inflater() { m_ok = inflateInit2(&m_stream, -MAX_WBITS) == Z_OK; }
    ~Inflater() { inflateEnd(&m_stream); }
    Inflater(const Inflater &) = delete;
    Inflater &operator=(const Inflater &) = delete;

    /// Hands out what the bytes stand for, in pieces. False where they are damaged.
    template <class OnText>
    bool add(std::string_view bytes, OnText onText)
    {
        m_stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
        m_stream.avail_in = static_cast<uInt>(bytes.size());
        std::array<char, std::size_t(16) * 1024> piece;
        for (bool more = m_ok; more;) {
            m_stream.next_out = reinterpret_cast<Bytef *>(piece.data());
            m_stream.avail_out = piece.size();
            const int result = ::inflate(&m_stream, Z_SYNC_FLUSH);
            m_ok = result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
            if (m_ok)
                onText(std::string_view(piece.data(), piece.size() - m_stream.avail_out));
            if (result == Z_STREAM_END)
                m_ok = goOnBehindTheLastBlock();
            more = m_ok && result != Z_BUF_ERROR && (m_stream.avail_in > 0 || m_stream.avail_out == 0);
        }
        return m_ok;
    }
    void forget() { inflateReset(&m_stream); }

private:
    /// A block that says it is the last ends no message, nor what later ones refer to (section 7.2.3.4).
    bool goOnBehindTheLastBlock()
    {
        std::array<Bytef, std::size_t(32) * 1024> window;
        uInt size = 0;
        return inflateGetDictionary(&m_stream, window.data(), &size) == Z_OK &&
               inflateReset(&m_stream) == Z_OK &&
               inflateSetDictionary(&m_stream, window.data(), size) == Z_OK;
    }

    z_stream m_stream{};
    bool m_ok = false;
};

bool WebSocketReader::Frame::isControl() const
{
    return (opcode & controlOpcodes) != 0;
}

WebSocketReader::WebSocketReader(MessageDeflate deflate, WebSocketTexts *texts)
    : m_deflate(deflate)
    , m_texts(texts)
{
    if (m_deflate.agreed && m_texts != nullptr)
        m_inflater = std::make_unique<Inflater>();
}

WebSocketReader::~WebSocketReader() = default;

void WebSocketReader::fail(std::string reason)
{
    m_error = std::move(reason);
    m_message = {};
    m_inflater.reset();
}

void WebSocketReader::feed(std::string_view bytes)
{
    while (m_error.empty()) {
        if (!m_inFrame && (!takeHead(bytes) || !readHead()))
            return;
        takePayload(bytes);
        if (m_frame.done < m_frame.length || !m_error.empty())
            return;
        m_inFrame = false;
        if (m_frame.opcode == closeOpcode)
            m_isClosed = true;
        else if (!m_frame.isControl() && m_frame.isLast)
            endMessage();
    }
}

bool WebSocketReader::takeHead(std::string_view &bytes)
{
    for (std::size_t size = frameHeadSize(m_head); m_head.size() < size; size = frameHeadSize(m_head)) {
        if (bytes.empty())
            return false;
        const std::string_view taken = bytes.substr(0, size - m_head.size());
        m_head += taken;
        bytes.remove_prefix(taken.size());
    }
    return true;
}

bool WebSocketReader::readHead()
{
    const unsigned first = byteAt(m_head, 0);
    m_frame = {};
    m_frame.opcode = first & opcodeBits;
    m_frame.isLast = (first & lastFrame) != 0;
    m_frame.isMasked = (byteAt(m_head, 1) & maskedBit) != 0;
    const std::size_t maskSize = m_frame.isMasked ? m_frame.mask.size() : 0;
    m_frame.length = byteAt(m_head, 1) & lengthBits;
    if (m_frame.length >= twoByteLength) {
        m_frame.length = 0;
        for (std::size_t i = 2; i < m_head.size() - maskSize; ++i)
            m_frame.length = m_frame.length << 8 | byteAt(m_head, i);
    }
    std::copy_n(m_head.end() - static_cast<std::ptrdiff_t>(maskSize), maskSize, m_frame.mask.begin());
    m_head.clear();
    m_inFrame = true;

    const unsigned opcode = m_frame.opcode;
    const bool begins = !m_frame.isControl() && opcode != 0;
    const bool isDeflated = (first & compressed) != 0;
    if ((first & otherExtensions) != 0 || (isDeflated && (!m_deflate.agreed || !begins)))
        fail("a WebSocket frame uses an extension that was not agreed upon");
    else if (m_frame.isControl() && (!m_frame.isLast || m_frame.length > longestControl))
        fail("a WebSocket control frame is not whole");
    else if (m_frame.isControl() ? opcode > lastControlOpcode : opcode > lastDataOpcode)
        fail("a WebSocket frame has the unknown opcode " + std::to_string(opcode));
    else if (!m_frame.isControl() && begins == m_inMessage)
        fail("a WebSocket message begins inside another, or goes on without a beginning");
    else if (m_frame.length >> 63 != 0)
        fail("a WebSocket frame is longer than may be");
    if (begins && m_error.empty()) {
        m_inMessage = true;
        m_isText = opcode == textOpcode;
        m_isDeflated = isDeflated;
    }
    return m_error.empty();
}

void WebSocketReader::takePayload(std::string_view &bytes)
{
    const std::string_view taken = bytes.substr(0, m_frame.length - m_frame.done);
    bytes.remove_prefix(taken.size());
    const bool isRead = m_frame.isControl() ? m_frame.opcode == closeOpcode
                                            : m_texts != nullptr && (m_isText || m_isDeflated);
    if (isRead && !taken.empty()) {
        m_unmasked.clear();
        if (m_frame.isMasked)
            for (std::size_t i = 0; i < taken.size(); ++i)
                m_unmasked += static_cast<char>(taken[i] ^ m_frame.mask[(m_frame.done + i) % 4]);
        const std::string_view payload = m_frame.isMasked ? m_unmasked : taken;
        if (m_frame.isControl())
            takeControl(payload);
        else if (m_isDeflated)
            inflate(payload);
        else
            keep(payload);
    }
    m_frame.done += taken.size();
}

void WebSocketReader::takeControl(std::string_view payload)
{
    for (std::uint64_t at = m_frame.done; at < 2 && !payload.empty(); ++at) {
        m_closeCode = m_closeCode << 8 | static_cast<int>(byteAt(payload, 0));
        payload.remove_prefix(1);
    }
}

void WebSocketReader::inflate(std::string_view payload)
{
    if (!m_inflater->add(payload, [this](std::string_view text) { keep(text); }))
        fail("a WebSocket message is not what deflate makes");
}

void WebSocketReader::keep(std::string_view text)
{
    m_size += text.size();
    if (!m_isText)
        return;
    if (!m_isDecided) {
        const std::string_view head = text.substr(0, headSize - m_message.size());
        m_message += head;
        text.remove_prefix(head.size());
        if (m_message.size() == headSize)
            decide();
    }
    if (m_isWanted && m_size > longestMessage)
        m_message.resize(headSize);
    else if (m_isWanted)
        m_message += text;
}

void WebSocketReader::decide()
{
    m_isDecided = true;
    m_isWanted = m_texts->wants(m_message);
}

void WebSocketReader::endMessage()
{
    m_inMessage = false;
    if (m_texts == nullptr)
        return;
    if (m_isDeflated) {
        constexpr std::string_view lastBytes("\0\0\xff\xff", 4);
        inflate(lastBytes);
        if (!m_error.empty())
            return;
        if (!m_deflate.keepsContext)
            m_inflater->forget();
    }
    if (m_isText && !m_isDecided)
        decide();
    if (m_isText)
        m_texts->take({m_message, m_size, m_isWanted && m_size == m_message.size()});
    m_message.clear();
    if (m_message.capacity() > keptCapacity)
        m_message = {};
    m_size = 0;
    m_isDecided = m_isWanted = false;
}

} // namespace farthing
