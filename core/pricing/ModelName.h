// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// The price providers to ask for an upstream called `name`, in order: "azure" → azure, openai; "gemini" →
/// google; "vertex" → vertex, google, anthropic. Empty where the name is none of the known ones; it is then
/// its own provider.
std::span<const std::string_view> priceProvidersOf(std::string_view name);

/// The name that prices of that seller stand under, whatever an upstream, a file or a person calls it:
/// "gemini" → google, "OpenAI" → openai. A name that is none of the known ones is itself, in lower case.
std::string priceProviderOf(std::string_view name);

/// True for hosts that run models, open ones mostly, at prices of their own, or at none: another seller's
/// price of the same model says nothing about theirs. `name` is an upstream's.
bool sellsAtItsOwnPrices(std::string_view name);

/// True for price providers that made that model, so that their price is the model's price where a call does
/// not say who ran it.
bool isMakerOf(std::string_view provider, std::string_view model);

/// A model's name as providers and gateways write it, taken apart. Everything in lower case.
struct ModelName
{
    std::string name; ///< without "models/" or "publishers/X/models/"; a fine-tuned model without its owner;
                      ///< of the ARN of a Bedrock model or inference profile, its id
    std::string
        vendor; ///< "anthropic" of "anthropic/claude-sonnet-4.5" or of "publishers/anthropic/models/…"
    std::string bare; ///< the name behind the vendor; empty where there is no vendor
};
ModelName splitModelName(std::string_view model);

/// What is left when a date is dropped from the end, longest first: "-2024-11-20", "-20241022", "@20241022"
/// or "@latest", and behind "-preview" or "-exp" also "-05-20" and "-09-2025", with that word and then
/// without it.
std::vector<std::string> datedPrefixes(std::string_view name);

} // namespace farthing
