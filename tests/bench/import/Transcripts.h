// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

namespace farthing {

/// Writes made-up transcripts as Claude Code lays them out: projects with sessions of some hundred to some
/// thousand lines, messages of one to three lines whose output counts grow, the results of tools between
/// them, with a long tail of lengths, lines that tell of no call, and sessions that were resumed and begin
/// with what another one says.
class Transcripts
{
public:
    Transcripts(std::filesystem::path folder, std::uint64_t lines)
        : m_folder(std::move(folder))
        , m_wanted(lines)
    {
        for (int i = 0; i < 4096; ++i)
            m_filler += words[m_random() % words.size()];
    }

    /// The bytes written.
    std::uint64_t write()
    {
        for (int session = 0; m_lines < m_wanted; ++session) {
            const auto project = m_folder / "projects" / fmt::format("-home-me-src-app{}", session % 30);
            std::filesystem::create_directories(project);
            m_session = fmt::format("{:08x}-5f1e-4c53-9d1e-{:012x}", m_random(), session);
            m_cwd = fmt::format("/home/me/src/app{}", session % 30);
            const std::string path = project / (m_session + ".jsonl");
            std::ofstream out(path, std::ios::binary);
            if (session % 20 == 19)
                out << m_text; // resumed: the one before, again
            m_text.clear();
            writeSession(200 + lengthAround(700, 0.9, 8000));
            out << m_text;
            m_bytes += static_cast<std::uint64_t>(out.tellp());
        }
        return m_bytes;
    }
    [[nodiscard]] std::uint64_t lines() const { return m_lines; }

private:
    static constexpr std::array<const char *, 16> words = {
        "the ",   "request ", "file ", "return ", "src/core/main.cpp\\n", "const auto ",
        "{ ",     "} ",       "if ( ", "usage ",  "\\\"quoted\\\" ",      "error ",
        "größe ", "0x1f3a ",  "test ", "\\n\\t"};
    static constexpr std::array models = {"claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929",
                                          "claude-opus-4-1-20250805", "claude-haiku-4-5-20251001"};

    std::uint64_t lengthAround(double median, double sigma, double most)
    {
        std::lognormal_distribution<double> length(std::log(median), sigma);
        return static_cast<std::uint64_t>(std::min(length(m_random), most));
    }
    std::string filler(std::uint64_t bytes)
    {
        std::string text;
        while (text.size() + m_filler.size() < bytes)
            text += m_filler;
        // Words are not cut, so that nothing is cut within an escape.
        while (text.size() < bytes)
            text += words[m_random() % words.size()];
        return text;
    }
    std::string head(const char *type)
    {
        m_time += std::chrono::milliseconds(300 + lengthAround(4000, 1.2, 600'000));
        return fmt::format(R"({{"parentUuid":"{0:08x}-1111-4222-8333-{1:012x}","isSidechain":false,)"
                           R"("userType":"external","cwd":"{2}","sessionId":"{3}","version":"2.0.{4}",)"
                           R"("gitBranch":"main","type":"{5}","uuid":"{0:08x}-aaaa-4bbb-8ccc-{1:012x}",)"
                           R"("timestamp":"{6}Z")",
                           m_random() & 0xffffffffU, ++m_serial, m_cwd, m_session, m_random() % 40, type,
                           formatRfc3339(m_time).substr(0, 23));
    }
    void add(const std::string &line)
    {
        m_text += line;
        m_text += '\n';
        ++m_lines;
    }

    void writeSession(std::uint64_t lines)
    {
        const std::uint64_t end = m_lines + lines;
        m_time = fromMicros(1'788'000'000'000'000) + std::chrono::seconds(m_random() % (60 * 86'400));
        std::uint64_t context = 15'000;
        const char *const model = models[m_random() % models.size()];
        while (m_lines < end) {
            if (m_random() % 12 == 0)
                add(head("user") + R"(,"message":{"role":"user","content":")" +
                    filler(lengthAround(120, 1, 9000)) + R"("}})");
            if (m_random() % 15 == 0)
                add(R"({"type":"file-history-snapshot","messageId":"x","snapshot":{"trackedFileBackups":{}}})");
            writeTurn(model, context);
        }
    }

    void writeTurn(const char *model, std::uint64_t &context)
    {
        const std::string message = fmt::format("msg_01{:016x}{:06x}", m_random(), ++m_serial & 0xffffffU);
        const std::string request = fmt::format("req_011{:016x}", m_random());
        const std::uint64_t blocks = 1 + m_random() % 20 / 9;
        const std::uint64_t written = 200 + m_random() % 4000;
        const std::uint64_t output = 20 + lengthAround(300, 1.1, 16'000);
        for (std::uint64_t block = 1; block <= blocks; ++block)
            add(head("assistant") +
                fmt::format(
                    R"(,"requestId":"{}","message":{{"id":"{}","type":"message","role":"assistant",)"
                    R"("model":"{}","content":[{{"type":"{}","text":"{}"}}],"stop_reason":null,)"
                    R"("stop_sequence":null,"usage":{{"input_tokens":{},"cache_creation_input_tokens":{},)"
                    R"("cache_read_input_tokens":{},"cache_creation":{{"ephemeral_5m_input_tokens":{},)"
                    R"("ephemeral_1h_input_tokens":0}},"output_tokens":{},"service_tier":"standard"}}}}}})",
                    request, message, model, block == blocks ? "tool_use" : "text",
                    filler(lengthAround(400, 1.1, 60'000)), 3 + m_random() % 2, written, context, written,
                    block == blocks ? output : 1 + block));
        context = context > 160'000 ? 15'000 : context + written;
        for (std::uint64_t result = 0; result <= m_random() % 4 / 3; ++result)
            add(head("user") +
                R"(,"message":{"role":"user","content":[{"tool_use_id":"toolu_01","type":"tool_result","content":")" +
                filler(lengthAround(900, 1.3, 200'000)) +
                R"("}]},"toolUseResult":{"stdout":"","stderr":""}})");
    }

    std::filesystem::path m_folder;
    std::uint64_t m_wanted;
    std::uint64_t m_lines = 0;
    std::uint64_t m_bytes = 0;
    std::uint64_t m_serial = 0;
    std::mt19937_64 m_random{7};
    std::string m_filler;
    std::string m_text; ///< of the session under way
    std::string m_session;
    std::string m_cwd;
    Timestamp m_time;
};

} // namespace farthing
