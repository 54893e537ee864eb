// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace farthing {

/// How Claude Code's User-Agent begins; the version follows.
inline constexpr std::string_view claudeCodeClient = "claude-cli/";

/// Reads Claude Code's transcripts, PROJECT/SESSION.jsonl: an object a line, of which those with a
/// `message.usage` tell of a call.
///
/// A message comes once for each of its blocks, again in the transcript of a session that was resumed or
/// forked, and its output counts grow while it streams. So lines with one message id and request id are one
/// event, at the first line's time, with the usage of the line that counts most output. Lines without a
/// message id are calls of their own. `<synthetic>` messages reached no provider.
///
/// The events are of workflow "claude-code", of the feature that the project's folder is called, and of the
/// session; their ids come from message, request and time, so that transcripts can be read again.
class ClaudeCodeLog
{
public:
    ClaudeCodeLog();
    ~ClaudeCodeLog();
    ClaudeCodeLog(const ClaudeCodeLog &) = delete;
    ClaudeCodeLog &operator=(const ClaudeCodeLog &) = delete;

    /// Takes a line, which FileLines::padding readable bytes follow. Lines that tell of no call are passed
    /// over; the error says what is wrong with one that does, or that is no object.
    Result<void> take(std::string_view line);
    /// Appends the events that lines to come are not likely to change.
    void takeSettled(std::vector<CostEvent> &out) { handOut(held, out); }
    /// Appends all.
    void takeAll(std::vector<CostEvent> &out) { handOut(0, out); }

private:
    /// Messages are this far apart at most where several agents write into one transcript; what comes later
    /// still counts, as a change of an event.
    static constexpr std::size_t held = 64;

    struct Readers;
    struct Line;
    struct Message
    {
        std::uint64_t hash = 0; ///< of key
        std::string key;
        CostEvent event;

        /// Gives the event its time and, by it, its ids.
        Result<void> settle(Timestamp time);
    };
    struct Seen
    {
        Timestamp time;
        std::int64_t output = 0; ///< tokens
    };

    Result<void> read(Line &line);
    Result<void> readUsage(Line &line);
    /// Where the line is not of a message that counted as much before.
    Result<void> keep(const Line &line);
    void handOut(std::size_t keep, std::vector<CostEvent> &out);

    std::unique_ptr<Readers> m_readers;
    std::deque<Message> m_held;
    std::unordered_map<std::uint64_t, Seen> m_seen; ///< those that were handed out, by hash
};

} // namespace farthing
