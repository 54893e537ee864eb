// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/CallText.h"

#include "core/model/Names.h"
#include "ui/models/Format.h"

#include <QCoreApplication>

namespace farthing {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("CallText", text);
}

} // namespace

const std::string &modelOf(const CostEvent &event)
{
    if (!event.responseModel.empty())
        return event.responseModel;
    return event.sentModel.empty() ? event.requestModel : event.sentModel;
}

Tone statusTone(int status)
{
    if (status >= 200 && status < 400)
        return Tone::Good;
    return status == status::clientClosed || status == 429 ? Tone::Warning : Tone::Bad;
}

QList<Badge> badgesOf(const CostEvent &event)
{
    QList<Badge> badges;
    if (!event.priced)
        badges.append({tr("unpriced"), Tone::Warning, tr("no price is known for this model")});
    if (event.usageSource == UsageSource::Estimated)
        badges.append({tr("est."), Tone::Accent, tr("usage estimated: the provider reported none")});
    if (event.cache != CacheKind::None)
        badges.append(
            {format::text(nameOf(event.cache)), Tone::Good, tr("answered from the response cache")});
    if (event.batch)
        badges.append({tr("batch"), Tone::Muted, tr("part of a batch")});
    if (event.stream)
        badges.append({tr("stream"), Tone::Muted, tr("streamed")});
    return badges;
}

QString statusLine(const CostEvent &event)
{
    QStringList parts = {QString::number(event.status)};
    if (const QString meaning = format::statusText(event.status); !meaning.isEmpty())
        parts[0] += ' ' + meaning;
    for (const Badge &badge : badgesOf(event))
        parts.append(badge.hint);
    return parts.join(QStringLiteral(" · "));
}

} // namespace farthing
