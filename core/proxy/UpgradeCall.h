// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/ByteEnd.h"
#include "core/proxy/CurlCall.h"
#include "core/proxy/UpgradeReplyParser.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <optional>

namespace farthing {

/// A call that asks its upstream for a WebSocket (RFC 6455 section 4). libcurl makes the connection, through
/// TLS and proxies as for every other call, and reads and writes on it; request and reply are put together
/// and parsed here. A reply other than 101 is one as any other; behind 101 the call is an end of a tunnel.
class UpgradeCall final : public CurlTransfer, public ByteEnd
{
public:
    UpgradeCall(boost::asio::io_context &context, CurlEasy easy, std::shared_ptr<CurlDriver *> driver,
                Deadlines &deadlines);
    ~UpgradeCall() override;
    UpgradeCall(const UpgradeCall &) = delete;
    UpgradeCall &operator=(const UpgradeCall &) = delete;

    void prepare(const UpstreamRequest &request, const Limits &limits);
    void finish(CURLcode result) override;

    [[nodiscard]] bool hasHead() const override { return m_hasHead; }
    [[nodiscard]] const ReplyHead &head() const override { return m_parser->head(); }
    [[nodiscard]] bool isUpgraded() const { return m_isUpgraded; }
    bool takeBody(std::string &out) override;
    [[nodiscard]] bool ended() const override { return m_ended; }
    [[nodiscard]] bool sent() const override { return m_sent > 0; }
    [[nodiscard]] const std::string &failure() const override { return m_failure; }
    [[nodiscard]] bool timedOut() const override { return m_timedOut; }

    Done read(char *into, std::size_t atMost) override;
    Done write(std::string_view bytes) override;
    void awaitReadable() override { await(Descriptor::wait_read, m_waitsRead); }
    void awaitWritable() override { await(Descriptor::wait_write, m_waitsWrite); }
    /// Resets the connection instead of ending it.
    void reset();

private:
    using Descriptor = boost::asio::posix::basic_stream_descriptor<LoopExecutor>;

    void await(Descriptor::wait_type what, bool &waits);
    void onReady();
    void drive();
    bool sendRequest();
    void receiveReply();
    void parse();
    void onIdle();
    void end(std::string failure);

    std::string m_request;
    std::size_t m_sent = 0;
    std::string m_received; ///< and not parsed yet; behind 101, not read yet
    std::string m_body;
    std::optional<UpgradeReplyParser> m_parser;
    Descriptor m_descriptor; ///< the same socket as libcurl's, for waiting alone
    Deadline m_idle;
    std::chrono::milliseconds m_idleTimeout{};
    std::string m_failure;
    bool m_hasHead = false;
    bool m_isUpgraded = false;
    bool m_ended = false;
    bool m_timedOut = false;
    bool m_waitsRead = false;
    bool m_waitsWrite = false;
};

} // namespace farthing
