// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/WebSocketPeers.h"

#include <QTest>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

namespace farthing {

inline const std::string switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
inline const std::string session =
    R"({"type":"session.created","event_id":"e1","session":{"id":"sess_1","model":"gpt-realtime",)"
    R"("audio":{"input":{"transcription":{"model":"gpt-4o-transcribe"}},)"
    R"("output":{"format":{"type":"audio/pcm","rate":24000}}}}})";

inline std::string created(const std::string &id)
{
    return R"({"type":"response.created","event_id":"e2","response":{"id":")" + id +
           R"(","status":"in_progress","metadata":{"workflow":"voice"},"usage":null}})";
}

inline std::string audio(const std::string &id, std::size_t bytes)
{
    return R"({"type":"response.output_audio.delta","event_id":"e3","response_id":")" + id +
           R"(","item_id":"i","delta":")" + std::string(bytes, 'A') + "\"}";
}

inline std::string done(const std::string &id, const std::string &status = "completed")
{
    return R"({"type":"response.done","event_id":"e4","response":{"id":")" + id + R"(","status":")" + status +
           R"(","status_details":{"type":")" + status + R"(","error":)" +
           (status == "failed" ? R"({"code":"server_error","message":"no more"})" : "null") +
           R"(},"usage":{"total_tokens":300,"input_tokens":200,"output_tokens":100,)"
           R"("input_token_details":{"text_tokens":80,"audio_tokens":120,"cached_tokens":64,)"
           R"("cached_tokens_details":{"text_tokens":64,"audio_tokens":0}},)"
           R"("output_token_details":{"text_tokens":30,"audio_tokens":70}}}})";
}

inline std::string randomBytes(std::size_t count)
{
    std::mt19937 random(7);
    std::string bytes(count, '\0');
    std::ranges::generate(bytes, [&random] { return static_cast<char>(random()); });
    return bytes;
}

/// farthingd before an upstream that speaks WebSocket by a script.
class RealtimeFixture
{
protected:
    /// A proxy before an upstream with that script.
    void serve(ScriptedUpstream::Script script, const nlohmann::json &limits = nlohmann::json::object())
    {
        m_upstream = std::make_unique<ScriptedUpstream>(std::move(script));
        serve("http://127.0.0.1:" + std::to_string(m_upstream->port()) + "/v1", limits);
    }
    void serve(const std::string &url, const nlohmann::json &limits = nlohmann::json::object())
    {
        m_proxy = std::make_unique<FarthingdProcess>();
        const nlohmann::json config = {{"upstreams", {{"openai", {{"base_url", url}}}}}, {"limits", limits}};
        m_proxy->writeConfig(QByteArray::fromStdString(config.dump()));
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
    }
    /// Asks for a WebSocket; `head` is the reply's.
    int open(std::string &head, const std::string &extra = {},
             const std::string &target = "/v1/realtime?model=gpt-realtime")
    {
        const int socket = connectTo(m_proxy->port());
        sendAll(socket, "GET " + target +
                            " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive, Upgrade\r\n"
                            "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            "Sec-WebSocket-Version: 13\r\n" +
                            extra + "\r\n");
        head = hearHead(socket);
        return socket;
    }
    std::vector<CostEvent> stopped()
    {
        if (!m_proxy->stop())
            qFatal("farthingd does not stop");
        return m_proxy->events();
    }

    void end()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

} // namespace farthing
