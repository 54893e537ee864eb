// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/CallText.h"

#include "core/model/Names.h"
#include "ui/models/Format.h"

#include <QCoreApplication>

namespace farthing {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(CallText)
};

} // namespace

Tone statusTone(int status)
{
    if ((status >= 200 && status < 400) || status == status::switchedProtocols)
        return Tone::Good;
    return status == status::clientClosed || status == 429 ? Tone::Warning : Tone::Bad;
}

QList<Badge> badgesOf(const CostEvent &event)
{
    QList<Badge> badges;
    if (!event.priced)
        badges.append({Text::tr("unpriced"), Tone::Warning, Text::tr("no price is known for this model")});
    if (event.usageSource == UsageSource::Estimated)
        badges.append(
            {Text::tr("est."), Tone::Accent, Text::tr("usage estimated: the provider reported none")});
    if (event.cache != CacheKind::None)
        badges.append(
            {format::text(nameOf(event.cache)), Tone::Good, Text::tr("answered from the response cache")});
    if (event.batch)
        badges.append({Text::tr("batch"), Tone::Muted, Text::tr("part of a batch")});
    if (event.stream)
        badges.append({Text::tr("stream"), Tone::Muted, Text::tr("streamed")});
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
