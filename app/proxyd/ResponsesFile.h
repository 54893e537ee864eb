// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/ProxyServices.h"

#include <boost/asio/io_context.hpp>

namespace farthing {

/// Keeps on disk what is known of background responses. Used on the event loop's thread.
class ResponsesFile
{
public:
    ResponsesFile(ProxyServices &services, boost::asio::io_context &loop)
        : m_services(services)
        , m_loop(loop)
    {}

    /// What an earlier process has left.
    void load();
    /// Where there is anything new, one write at a time, on a thread that may wait for the disk; what could
    /// not be written is tried again.
    void save();
    /// Here and now: for the end, when the loop and that thread have ended.
    void saveLast();

private:
    void note(const Result<void> &written, std::uint64_t revision);

    ProxyServices &m_services;
    boost::asio::io_context &m_loop;
    std::uint64_t m_saved = 0; ///< the revision that is on disk
    bool m_isSaving = false;
    std::string m_error; ///< as it was last said
};

} // namespace farthing
