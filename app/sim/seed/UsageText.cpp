// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/seed/UsageText.h"

#include <fmt/format.h>

#include <iterator>

namespace farthing::sim {

void writeUsage(CallStyle style, const TokenUsage &u, std::string &out)
{
    out.clear();
    const auto to = std::back_inserter(out);
    switch (style) {
    case CallStyle::Chat:
        fmt::format_to(
            to,
            R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},"prompt_tokens_details":{{"cached_tokens":{},"audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":{},"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}})",
            u.input, u.output, u.input + u.output, u.cachedInput, u.reasoning);
        return;
    case CallStyle::Responses:
        fmt::format_to(
            to,
            R"({{"input_tokens":{},"input_tokens_details":{{"cached_tokens":{}}},"output_tokens":{},"output_tokens_details":{{"reasoning_tokens":{}}},"total_tokens":{}}})",
            u.input, u.cachedInput, u.output, u.reasoning, u.input + u.output);
        return;
    case CallStyle::Embeddings:
        fmt::format_to(to, R"({{"prompt_tokens":{0},"total_tokens":{0}}})", u.input);
        return;
    case CallStyle::Messages:
        fmt::format_to(
            to,
            R"({{"input_tokens":{},"cache_creation_input_tokens":{},"cache_read_input_tokens":{},"cache_creation":{{"ephemeral_5m_input_tokens":{},"ephemeral_1h_input_tokens":{}}},"output_tokens":{},"service_tier":"standard"}})",
            u.input - u.cachedInput - u.cacheWrite5m - u.cacheWrite1h, u.cacheWrite5m + u.cacheWrite1h,
            u.cachedInput, u.cacheWrite5m, u.cacheWrite1h, u.output);
        return;
    case CallStyle::Content:
        fmt::format_to(
            to,
            R"({{"promptTokenCount":{},"candidatesTokenCount":{},"totalTokenCount":{},"cachedContentTokenCount":{},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":{}}}],"thoughtsTokenCount":{}}})",
            u.input, u.output - u.reasoning, u.input + u.output, u.cachedInput, u.input, u.reasoning);
        return;
    }
}

} // namespace farthing::sim
