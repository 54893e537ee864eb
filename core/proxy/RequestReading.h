// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/RequestFacts.h"
#include "core/proxy/HeaderList.h"

namespace farthing {

/// True where reading this body would hold up whoever shares the thread: it is long, or what it decodes to
/// may be.
bool takesTimeToRead(const HeaderList &headers, std::string_view body);

/// What a request says, as far as it can be read: its body, decoded where it is encoded, up to
/// `decodedAtMost` bytes of it. The model is the endpoint's where the body names none. The
/// body is longer while it is read, and afterwards as it was.
RequestFacts readFacts(const Endpoint &endpoint, const HeaderList &headers, std::string &body,
                       std::size_t decodedAtMost, const AnatomyKey &key);

} // namespace farthing
