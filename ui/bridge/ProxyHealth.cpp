// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/ProxyHealth.h"

#include "core/config/ListenAddress.h"
#include "ui/models/Format.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMultiMap>

#include <algorithm>

namespace farthing {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(ProxyHealth)
};

std::optional<Timestamp> timeIn(const QJsonValue &value)
{
    const auto time = parseRfc3339(value.toString().toStdString());
    return time ? std::optional(*time) : std::nullopt;
}

ProxyHealth::Fault faultIn(const QJsonValue &status)
{
    return {status[QStringLiteral("error")].toString(), timeIn(status[QStringLiteral("since")])};
}

std::optional<QJsonObject> objectIn(const QByteArray &json)
{
    const QJsonDocument document = QJsonDocument::fromJson(json);
    return document.isObject() ? std::optional(document.object()) : std::nullopt;
}

} // namespace

QStringList ProxyHealth::troubles() const
{
    QStringList all;
    const auto add = [&all](const QString &text, const std::optional<Timestamp> &since) {
        all += since ? Text::tr("%1 (since %2)").arg(text, format::localTime(*since)) : text;
    };
    if (!storeOk)
        add(Text::tr("calls pass, but the store takes no events: %1").arg(storeError), storeSince);
    if (!ok && unrecorded > 0)
        add(Text::tr("%1 calls passed without a record: %2", nullptr, format::plural(unrecorded))
                .arg(QString::number(unrecorded), unrecordedReason),
            unrecordedSince);
    else if (journalFull)
        add(Text::tr("the journal is full: calls pass without a record until the store takes events again"),
            journalFullSince);
    for (const UpstreamFault &fault : upstreamFaults)
        add(Text::tr("calls to %1 fail: %2").arg(fault.upstream, fault.error), fault.since);
    if (!config.error.isEmpty())
        add(Text::tr("farthing.json is not taken over: %1").arg(config.error), config.since);
    if (!pricesFile.error.isEmpty())
        add(Text::tr("prices.json is not taken over: %1").arg(pricesFile.error), pricesFile.since);
    if (!token.error.isEmpty())
        add(Text::tr("the token is not taken over: %1").arg(token.error), token.since);
    if (!bodies.error.isEmpty())
        add(Text::tr("calls pass, but no bodies are kept: %1").arg(bodies.error), bodies.since);
    if (unreadableRecords > 0)
        add(Text::tr("%1 records of the journal could not be read and were set aside", nullptr,
                     format::plural(unreadableRecords))
                .arg(unreadableRecords),
            std::nullopt);
    return all;
}

std::optional<ProxyHealth> parseProxyHealth(const QByteArray &json)
{
    const auto root = objectIn(json);
    if (!root || !root->value("listen").isString() || !root->value("status").isString())
        return std::nullopt;
    const QJsonObject store = root->value("store").toObject();
    ProxyHealth health;
    health.ok = root->value("status") == QStringLiteral("ok");
    health.version = root->value("version").toString();
    health.listen = root->value("listen").toString();
    health.pid = root->value("pid").toInteger();
    health.requests = root->value("requests").toInteger();
    health.inFlight = root->value("in_flight").toInteger();
    health.unrecorded = root->value("unrecorded_calls").toInteger();
    health.unrecordedReason = root->value("unrecorded_reason").toString();
    health.unrecordedSince = timeIn(root->value("unrecorded_since"));
    if (health.requests > 0)
        health.overheadP50Us = root->value("overhead_us_p50").toInteger();
    const QJsonObject journal = root->value("journal").toObject();
    health.journalFull = journal.value("full").toBool();
    health.journalFullSince = timeIn(journal.value("full_since"));
    health.unreadableRecords = journal.value("unreadable_records").toInteger();
    health.storeOk = store.value("ok").toBool();
    health.storeError = store.value("error").toString();
    health.storeSince = timeIn(store.value("since"));
    health.lastCommit = timeIn(store.value("last_commit"));
    health.prices = root->value("prices").toString();
    const QJsonObject upstreams = root->value("upstreams").toObject();
    QMultiMap<QString, ProxyHealth::UpstreamFault> byLast;
    for (auto it = upstreams.begin(); it != upstreams.end(); ++it) {
        const QJsonObject upstream = it.value().toObject();
        health.upstreams.insert(it.key(), upstream.value("base_url").toString());
        const QJsonObject fault = upstream.value("fault").toObject();
        if (const QString last = fault.value("last").toString(); !last.isEmpty())
            byLast.insert(last, {it.key(), fault.value("error").toString(), timeIn(fault.value("since"))});
    }
    health.upstreamFaults = byLast.values();
    std::ranges::reverse(health.upstreamFaults);
    health.config = faultIn(root->value("config_file"));
    health.pricesFile = faultIn(root->value("prices_file"));
    health.token = faultIn(root->value("token_file"));
    health.bodies = faultIn(root->value("bodies"));
    return health;
}

QString addressForClients(const QString &listen)
{
    return QString::fromStdString(addressForClients(listen.toStdString()));
}

std::optional<ServingFile> readServingFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const auto root = objectIn(file.readAll());
    if (!root || !root->value("listen").isString())
        return std::nullopt;
    return ServingFile{root->value("pid").toInteger(), root->value("listen").toString()};
}

} // namespace farthing
