// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/Span.h"
#include "core/model/CostEvent.h"

#include <string_view>

namespace farthing {

/// What becomes of a span.
struct SpanEvent
{
    enum class Kind {
        Call,      ///< `event` is its event, without a cost
        NoCall,    ///< an agent's, a tool's, or nothing of GenAI's: its tokens are those of the calls in it
        PassedHere ///< the call passed through this proxy, which has metered it
    };
    Kind kind = Kind::NoCall;
    CostEvent event = {};
};

/// One event for each call of a model: a span whose operation is chat, text completion, embeddings or content
/// generation, or, without an operation, one that names provider, model and tokens.
///
/// The convention has gen_ai.usage.input_tokens include what was read from and written to a provider's cache,
/// as Farthing counts. Where the parts come to more than that, the instrumentation has handed on a count
/// without them (Anthropic's own), and they are added; reasoning likewise.
///
/// `sender` is what the request's headers say: workflow, feature, user, tags and client, for spans that say
/// nothing themselves. `listen` is this proxy's address. A span whose ids, time or counts are none is an
/// error.
Result<SpanEvent> eventOfSpan(const Span &span, const CostEvent &sender, std::string_view listen);

} // namespace farthing
