// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ConnectionLimits.h"

namespace farthing {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v6;

constexpr std::size_t answeredBeyond = 64;
constexpr std::size_t networkBytes = 8;

address clientOf(const address &peer)
{
    if (!peer.is_v6())
        return peer;
    const address_v6 six = peer.to_v6();
    if (six.is_v4_mapped())
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, six);
    auto bytes = six.to_bytes();
    std::fill(bytes.begin() + networkBytes, bytes.end(), 0);
    return six.is_loopback() ? peer : address(address_v6(bytes));
}

} // namespace

ConnectionLimits::Verdict ConnectionLimits::enter(const address &peer, const Limits &limits)
{
    ++m_all;
    const address client = clientOf(peer);
    const std::size_t ofClient = client.is_loopback() ? 0 : ++m_byClient[client];
    if (m_all > limits.maxConnections + answeredBeyond ||
        ofClient > limits.maxConnectionsPerClient + answeredBeyond)
        return Verdict::Close;
    if (ofClient > limits.maxConnectionsPerClient)
        return Verdict::TooManyOfClient;
    return m_all > limits.maxConnections ? Verdict::TooMany : Verdict::Serve;
}

void ConnectionLimits::leave(const address &peer)
{
    --m_all;
    const auto client = m_byClient.find(clientOf(peer));
    if (client != m_byClient.end() && --client->second == 0)
        m_byClient.erase(client);
}

} // namespace farthing
