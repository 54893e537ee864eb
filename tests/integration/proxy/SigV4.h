// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

namespace farthing {

/// AWS Signature Version 4 (IAM User Guide, "Create a signed request"), for signing what a client sends and
/// for judging, as the service does, what arrives. The key is the one of Amazon's examples.
struct SignedParts
{
    std::string method;
    std::string target;                         ///< path and query as they stand in the request line
    std::map<std::string, std::string> headers; ///< by lower-case name; all that are in `signedHeaders`
    std::string body;
};

/// The Authorization header for `signedHeaders` ("content-type;host;x-amz-date").
std::string signV4(const SignedParts &request, const std::string &signedHeaders);
/// Whether the request's Authorization is what the service would have made of the request as it is.
bool verifiesV4(const SignedParts &request);

} // namespace farthing
