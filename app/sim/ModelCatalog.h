// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Json.h"
#include "core/providers/Endpoint.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace farthing::sim {

/// False for what the provider would answer 404 "model not found".
bool modelExists(Wire wire, std::string_view model);
/// What the reply says answered: the dated snapshot behind an alias, otherwise the name itself.
std::string snapshotOf(std::string_view model);
/// True for models that reason before they answer, asked or not.
bool reasonsByItself(Wire wire, std::string_view model);
/// True where OpenAI reports `cache_write_tokens`.
bool reportsCacheWrites(std::string_view model);
/// The shortest prompt, in tokens, that the provider caches for this model.
std::int64_t cacheMinimumOf(Wire wire, std::string_view model);
/// The provider's list of models, and one entry of it.
Json modelList(Wire wire);
Json modelEntry(Wire wire, std::string_view model);

} // namespace farthing::sim
