// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace farthing {

/// The first CR or LF from `from`; npos where there is none. Two vectorised searches, faster than one loop
/// over both.
std::size_t sseLineEnd(std::string_view text, std::size_t from = 0);

/// An incremental parser of text/event-stream (WHATWG HTML, "Server-sent events"): any cut, CR, LF and CRLF
/// line ends, a byte order mark, comments, data over several lines. Where an event arrives in one chunk
/// nothing is copied. An event above the size limit is dropped, and so is one that the end of the stream cuts
/// off.
class SseParser
{
public:
    struct Event
    {
        std::string_view type; ///< empty where the stream names none
        std::string_view data; ///< lines joined by LF; valid during the callback only
    };

    explicit SseParser(std::size_t maxEventBytes = std::size_t{32} << 20)
        : m_maxEventBytes(maxEventBytes)
    {}

    /// Calls `onEvent(const Event &)` for each event that `chunk` completes.
    template <class OnEvent>
    void feed(std::string_view chunk, OnEvent onEvent)
    {
        std::string_view line;
        while (takeLine(chunk, line)) {
            if (!line.empty()) {
                takeField(line);
            } else if (m_hasData && !m_tooLarge) {
                onEvent(Event{m_type, m_inPlace ? m_view : std::string_view(m_data)});
                clearEvent();
            } else {
                clearEvent();
            }
            m_line.clear();
        }
        keepView();
    }

private:
    bool takeLine(std::string_view &chunk, std::string_view &line);
    void takeField(std::string_view line);
    void appendData(std::string_view value);
    void keepView();
    void clearEvent();

    std::size_t m_maxEventBytes;
    std::string m_line; ///< a line whose end has not come yet
    std::string m_type;
    std::string m_data;
    std::string_view m_view; ///< the only data line so far, still in the caller's chunk
    bool m_inPlace = false;
    bool m_hasData = false;
    bool m_skipLineFeed = false; ///< the last line ended in CR: an LF that follows belongs to it
    bool m_firstLine = true;
    bool m_tooLarge = false;
};

} // namespace farthing
