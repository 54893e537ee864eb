// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace farthing {

/// Learns bytes per token for each model from calls whose usage the provider reported, and estimates the
/// rest. Not synchronised: it belongs to the proxy's event loop; save() and load() carry it over a restart.
class TokenEstimator
{
public:
    enum class Direction : std::uint8_t { Input, Output };

    /// Takes a reported call into account, as an exponentially weighted ratio of sums.
    void learn(std::string_view model, Direction direction, std::int64_t textBytes, std::int64_t tokens);
    /// Tokens in `textBytes` of text; at the mean of what the model taught, at 4 bytes per token where it
    /// taught nothing.
    [[nodiscard]] std::int64_t estimate(std::string_view model, Direction direction,
                                        std::int64_t textBytes) const;

    [[nodiscard]] std::string save() const; ///< JSON
    void load(std::string_view json);       ///< a state that cannot be read leaves the estimator as it was

private:
    struct Ratio
    {
        double bytes = 0;
        double tokens = 0;
    };
    std::unordered_map<std::string, Ratio> m_input;
    std::unordered_map<std::string, Ratio> m_output;
};

} // namespace farthing
