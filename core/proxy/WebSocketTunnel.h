// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/ClientConnection.h"
#include "core/proxy/RealtimeMeter.h"
#include "core/proxy/UpgradeCall.h"

#include <boost/asio/steady_timer.hpp>
#include <optional>

namespace farthing {

/// Whether a GET with these headers opens a WebSocket (RFC 6455 section 4.2.1); any other Upgrade is
/// declined.
bool asksForWebSocket(const HeaderList &headers);

/// A WebSocket behind its handshake: passes bytes both ways as they come, holds either side back while the
/// other takes nothing, and reads what the upstream says on the side.
class WebSocketTunnel
{
public:
    /// What its owner wants of it; the call is woken when that changes.
    struct Orders
    {
        const bool &stop;   ///< end as soon as no response is under way
        const bool &giveUp; ///< end now
    };

    WebSocketTunnel(ProxyServices &services, std::shared_ptr<ClientConnection> client,
                    std::shared_ptr<UpgradeCall> upstream, CallMeter &handshake, const Secrets &secrets,
                    Orders orders);
    WebSocketTunnel(const WebSocketTunnel &) = delete;
    WebSocketTunnel &operator=(const WebSocketTunnel &) = delete;

    /// What is known of a connection's event beforehand: the endpoint, and the model of the query.
    static void describe(CostEvent &draft, RequestFacts &facts, Wire wire, std::string_view target);

    /// Sends the reply's head and stays until the connection is over. False where it broke and the client has
    /// to see that.
    Task<bool> run();

private:
    using Clock = std::chrono::steady_clock;
    class ClientEnd;
    struct Direction
    {
        ByteEnd &from;
        ByteEnd &to;
        WebSocketReader reader;
        std::string pending = {}; ///< taken from one and not yet by the other
        std::size_t sent = 0;     ///< of it
        ByteEnd::State state = ByteEnd::State::Open;
        bool isRefused = false; ///< nothing more is taken

        [[nodiscard]] bool isOver() const
        {
            return state == ByteEnd::State::Ended || state == ByteEnd::State::Broken;
        }
        [[nodiscard]] bool mayInsert() const
        {
            return pending.empty() && reader.isBetweenFrames() && !reader.isClosed();
        }
    };
    enum class Verdict : std::uint8_t { GoOn, EndsWhole, Breaks };

    Task<bool> pass(Direction &direction);
    Task<> look(Direction &direction);
    Verdict judge();
    Verdict clientIsGone(const std::string &how);
    Verdict upstreamIsGone();
    Verdict goAway(int status, const std::string &why);
    void breakOff(int status, const std::string &why);
    void await(Direction &direction);
    [[nodiscard]] Clock::time_point due() const;
    Task<> hearOut();

    ProxyServices &m_services;
    std::shared_ptr<ClientConnection> m_clientConnection;
    std::shared_ptr<UpgradeCall> m_upstream;
    std::shared_ptr<ClientEnd> m_client;
    CallMeter &m_handshake;
    std::optional<RealtimeMeter> m_meter; ///< where the upstream's messages are read
    Orders m_orders;
    MessageDeflate m_deflate; ///< of what the upstream says
    Direction m_toUpstream;
    Direction m_toClient;
    boost::asio::steady_timer m_timer;
    Clock::time_point m_armedUntil{};
    Clock::time_point m_lastMoved = Clock::now();
    std::optional<Clock::time_point> m_closingSince;
    std::optional<std::string> m_farewell; ///< the client's, when it closed first
    std::chrono::milliseconds m_silence;
    std::chrono::milliseconds m_stall;
};

} // namespace farthing
