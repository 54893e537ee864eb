// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ContentDecoders.h"

#include <brotli/decode.h>

namespace farthing {

namespace {

class BrotliDecoder final : public ContentDecoder
{
public:
    BrotliDecoder()
        : m_state(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance)
    {}

    Result<void> decode(std::string_view encoded, std::string &out) override
    {
        if (!m_state)
            return Error{"no memory for a brotli decoder"};
        m_output.feed(encoded.size());
        const auto *next = reinterpret_cast<const std::uint8_t *>(encoded.data());
        std::size_t left = encoded.size();
        for (;;) {
            std::uint8_t *block = m_output.data();
            std::size_t space = m_output.size();
            const auto code =
                BrotliDecoderDecompressStream(m_state.get(), &left, &next, &space, &block, nullptr);
            if (auto result = m_output.take(m_output.size() - space, out); !result)
                return result;
            if (code == BROTLI_DECODER_RESULT_ERROR)
                return Error{std::string("corrupt brotli data: ") +
                             BrotliDecoderErrorString(BrotliDecoderGetErrorCode(m_state.get()))};
            if (code != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT)
                return {};
        }
    }

private:
    std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState *)> m_state;
    DecodedOutput m_output;
};

} // namespace

std::unique_ptr<ContentDecoder> makeBrotliDecoder()
{
    return std::make_unique<BrotliDecoder>();
}

} // namespace farthing
