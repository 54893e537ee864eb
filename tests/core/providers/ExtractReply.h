// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/UsageExtractor.h"
#include "core/providers/WireText.h"

#include <QTest>

namespace farthing {

inline constexpr const char *jsonType = "application/json";
inline constexpr const char *sseType = "text/event-stream; charset=utf-8";

/// Reads `body` with ' for ", in pieces of each size; the reports are the same or the test fails.
inline UsageReport extract(EndpointKind kind, QByteArray body, const char *type = jsonType, int status = 200)
{
    body.replace('\'', '"');
    UsageReport last;
    for (const qsizetype piece : {body.size(), qsizetype{1}, qsizetype{7}}) {
        const auto extractor =
            makeUsageExtractor({.kind = kind, .model = {}}, status, streamFormOf(type, StreamForm::None));
        for (qsizetype at = 0; at < body.size(); at += piece) {
            const std::string chunk = body.mid(at, piece).toStdString();
            extractor->feed(chunk);
        }
        UsageReport report = extractor->finish();
        if (piece != body.size() && !(report.usage == last.usage && report.rawUsage == last.rawUsage))
            QTest::qFail("the report depends on the cut", __FILE__, __LINE__);
        last = std::move(report);
    }
    return last;
}

inline QByteArray events(const QByteArrayList &list)
{
    QByteArray stream;
    for (const QByteArray &event : list)
        stream += "data: " + event + "\n\n";
    return stream;
}

} // namespace farthing
