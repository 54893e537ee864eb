// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ContentDecoders.h"

#include <zstd.h>

namespace farthing {

namespace {

constexpr int maxWindowLog = 23; ///< 8 MiB

class ZstdDecoder final : public ContentDecoder
{
public:
    ZstdDecoder()
        : m_context(ZSTD_createDCtx(), ZSTD_freeDCtx)
    {
        if (m_context)
            ZSTD_DCtx_setParameter(m_context.get(), ZSTD_d_windowLogMax, maxWindowLog);
    }

    Result<void> decode(std::string_view encoded, std::string &out) override
    {
        if (!m_context)
            return Error{"no memory for a zstd decoder"};
        m_output.feed(encoded.size());
        ZSTD_inBuffer in{encoded.data(), encoded.size(), 0};
        for (;;) {
            ZSTD_outBuffer block{m_output.data(), m_output.size(), 0};
            const std::size_t code = ZSTD_decompressStream(m_context.get(), &block, &in);
            if (auto result = m_output.take(block.pos, out); !result)
                return result;
            if (ZSTD_isError(code) != 0)
                return Error{std::string("corrupt zstd data: ") + ZSTD_getErrorName(code)};
            // A full block may have left output behind; otherwise all input has been used up.
            if (block.pos < block.size && in.pos == in.size)
                return {};
        }
    }

private:
    std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx *)> m_context;
    DecodedOutput m_output;
};

} // namespace

std::unique_ptr<ContentDecoder> makeZstdDecoder()
{
    return std::make_unique<ZstdDecoder>();
}

} // namespace farthing
