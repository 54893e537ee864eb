// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/proxyd/ResponsesFile.h"

#include "core/base/Files.h"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace farthing {

void ResponsesFile::load()
{
    const auto path = m_services.dataDir.responses();
    const auto text = readFile(path);
    if (!text)
        return;
    if (const auto loaded = m_services.pendingResponses.load(*text); !loaded)
        spdlog::error("background responses of before may count again: {}: {}", path.string(),
                      loaded.error().toString());
    m_saved = m_services.pendingResponses.revision();
}

void ResponsesFile::save()
{
    const std::uint64_t revision = m_services.pendingResponses.revision();
    if (m_isSaving || revision == m_saved)
        return;
    m_isSaving = true;
    boost::asio::post(m_services.storeReaders, [this, revision, path = m_services.dataDir.responses(),
                                                state = m_services.pendingResponses.state()] {
        auto written = writeFileAtomically(path, state.toJson());
        boost::asio::post(m_loop,
                          [this, revision, written = std::move(written)] { note(written, revision); });
    });
}

void ResponsesFile::saveLast()
{
    const auto &responses = m_services.pendingResponses;
    if (responses.revision() != m_saved)
        note(writeFileAtomically(m_services.dataDir.responses(), responses.state().toJson()),
             responses.revision());
}

void ResponsesFile::note(const Result<void> &written, std::uint64_t revision)
{
    m_isSaving = false;
    if (written)
        m_saved = revision;
    const std::string error = written ? "" : written.error().toString();
    if (error != std::exchange(m_error, error) && !written)
        spdlog::error("background responses may count again after a restart: {}", error);
}

} // namespace farthing
