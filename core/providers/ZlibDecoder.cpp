// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ContentDecoders.h"

#include <algorithm>
#include <limits>

// Makes next_in a pointer to const.
#define ZLIB_CONST
#include <zlib.h>

namespace farthing {

namespace {

constexpr int gzipWindow = MAX_WBITS + 16; ///< zlib's way to say "with a gzip header"
constexpr int rawWindow = -MAX_WBITS;

class ZlibDecoder : public ContentDecoder
{
public:
    explicit ZlibDecoder(int windowBits)
        : m_ready(inflateInit2(&m_stream, windowBits) == Z_OK)
    {}
    ~ZlibDecoder() override
    {
        if (m_ready)
            inflateEnd(&m_stream);
    }

    Result<void> decode(std::string_view encoded, std::string &out) override
    {
        if (!m_ready)
            return Error{"no memory for a zlib decoder"};
        m_output.feed(encoded.size());
        while (!encoded.empty() && !m_ignoreRest) {
            const auto piece =
                static_cast<uInt>(std::min<std::size_t>(encoded.size(), std::numeric_limits<uInt>::max()));
            m_stream.next_in = reinterpret_cast<const Bytef *>(encoded.data());
            m_stream.avail_in = piece;
            if (auto result = inflatePiece(out); !result)
                return result;
            encoded.remove_prefix(piece - m_stream.avail_in);
        }
        return {};
    }

protected:
    /// What follows the end of a compressed stream; true where a further stream begins.
    virtual bool atStreamEnd() { return false; }
    bool restart(int windowBits) { return inflateReset2(&m_stream, windowBits) == Z_OK; }

private:
    Result<void> inflatePiece(std::string &out)
    {
        do {
            m_stream.next_out = m_output.data();
            m_stream.avail_out = static_cast<uInt>(m_output.size());
            const int code = inflate(&m_stream, Z_NO_FLUSH);
            if (code == Z_DATA_ERROR && m_streamEnded && m_stream.total_out == 0) {
                m_ignoreRest =
                    true; // padding behind the last gzip member, as tape and block devices leave it
                return {};
            }
            if (auto result = m_output.take(m_output.size() - m_stream.avail_out, out); !result)
                return result;
            if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
                return Error{std::string("corrupt deflate data: ") +
                             (m_stream.msg != nullptr ? m_stream.msg : "no reason")};
            if (code == Z_STREAM_END) {
                m_streamEnded = true;
                m_ignoreRest = !atStreamEnd();
                return {};
            }
        } while (m_stream.avail_out == 0 || m_stream.avail_in > 0);
        return {};
    }

    z_stream m_stream{};
    DecodedOutput m_output;
    bool m_ready;
    bool m_streamEnded = false; ///< at least one stream or member was whole
    bool m_ignoreRest = false;
};

class GzipDecoder final : public ZlibDecoder
{
public:
    GzipDecoder()
        : ZlibDecoder(gzipWindow)
    {}

protected:
    bool atStreamEnd() override { return restart(gzipWindow); }
};

/// Tells zlib from raw by the first two bytes: a zlib header is a multiple of 31 and names method 8.
class DeflateDecoder final : public ContentDecoder
{
public:
    Result<void> decode(std::string_view encoded, std::string &out) override
    {
        if (m_decoder)
            return m_decoder->decode(encoded, out);
        m_head.append(encoded);
        if (m_head.size() < 2)
            return {};
        constexpr unsigned methodMask = 0x0F;
        constexpr unsigned deflateMethod = 8;
        constexpr unsigned headerMultiple = 31;
        const auto first = static_cast<unsigned char>(m_head[0]);
        const auto second = static_cast<unsigned char>(m_head[1]);
        const bool isZlib =
            (first & methodMask) == deflateMethod && (first * 256U + second) % headerMultiple == 0;
        m_decoder = std::make_unique<ZlibDecoder>(isZlib ? MAX_WBITS : rawWindow);
        return m_decoder->decode(m_head, out);
    }

private:
    std::unique_ptr<ZlibDecoder> m_decoder;
    std::string m_head;
};

} // namespace

std::unique_ptr<ContentDecoder> makeGzipDecoder()
{
    return std::make_unique<GzipDecoder>();
}

std::unique_ptr<ContentDecoder> makeDeflateDecoder()
{
    return std::make_unique<DeflateDecoder>();
}

} // namespace farthing
