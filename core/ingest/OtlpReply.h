// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/IngestRequest.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace farthing {

/// What OTLP/HTTP answers, in the encoding of the request
/// (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
enum class OtlpEncoding : std::uint8_t { Protobuf, Json };

/// An ExportTraceServiceResponse, with a partial_success where something is to be said.
IngestReply otlpTaken(OtlpEncoding encoding, std::uint64_t rejectedSpans, std::string_view message);
/// A google.rpc.Status. 503 asks for the same again in a few seconds; other errors are final.
IngestReply otlpRefused(OtlpEncoding encoding, int status, std::string_view message);

} // namespace farthing
