// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/Endpoint.h"

#include <string>
#include <string_view>

namespace farthing {

/// A JSON body in the form in which a provider's SDK expects errors, so that the SDK shows the message.
std::string providerErrorBody(Wire wire, int status, std::string_view code, std::string_view message);

} // namespace farthing
