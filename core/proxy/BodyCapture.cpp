// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/BodyCapture.h"

#include "core/model/CostEvent.h"

namespace farthing {

namespace {

void describe(KeptBody &body, const HeaderList &headers)
{
    body.contentType = find(headers, "content-type");
    body.contentEncoding = listed(headers, "content-encoding");
}

} // namespace

BodyCapture::BodyCapture(BodyKeeper &keeper, const BodyOptions &options, const CostEvent &event,
                         const HeaderList &headers, std::string &request)
    : m_keeper(keeper)
    , m_request(request)
{
    if (options.workflows.empty() || !options.workflows.contains(event.workflow))
        return;
    m_kept = std::make_unique<KeptBodies>(keeper.budget(), options.maxBodyBytes);
    m_kept->event = event.eventId;
    m_kept->time = event.time;
    m_kept->workflow = event.workflow;
    describe(m_kept->request, headers);
}

BodyCapture::~BodyCapture()
{
    if (!m_kept)
        return;
    m_kept->request.bytes.adopt(std::move(m_request));
    m_keeper.keep(std::move(m_kept));
}

void BodyCapture::onHead(const HeaderList &headers)
{
    if (m_kept)
        describe(m_kept->reply, headers);
}

void BodyCapture::add(std::string_view received)
{
    if (m_kept)
        m_kept->reply.bytes.append(received);
}

} // namespace farthing
