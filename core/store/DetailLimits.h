// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <string_view>
#include <vector>

/// What outside bytes can make long is bounded when it is written, so that whatever was written can be read
/// and an event always fits into a journal segment.
namespace farthing::limit {

constexpr std::size_t listLength = 4096;
constexpr std::size_t textBytes = std::size_t(32) * 1024;
constexpr std::size_t rawUsageBytes = std::size_t(256) * 1024;
constexpr std::size_t listTextBytes = 256;

/// The longest beginning of at most `most` bytes that ends between two characters.
std::string_view cut(std::string_view text, std::size_t most);
/// Empty where it is too long: a piece of JSON would be no JSON.
std::string_view rawUsage(const CostEvent &event);
/// Those that fit; what is beyond is added to the last, so that the sum stays what was paid for.
std::vector<UsagePart> parts(const std::vector<UsagePart> &all);

} // namespace farthing::limit
