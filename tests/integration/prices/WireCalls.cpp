// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/prices/WireCalls.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

namespace farthing {

namespace {

QString wireFolder()
{
    const QByteArray shared = qgetenv("FARTHING_SHARED_DATA");
    const QString root =
        shared.isEmpty() ? QStringLiteral(FARTHING_SOURCE_DIR "/../shared/data") : QString::fromUtf8(shared);
    return root + "/wire/";
}

std::int64_t count(const QJsonObject &object, const char *key)
{
    return object[QLatin1String(key)].toInteger();
}

TokenUsage usageOf(const QJsonObject &usage)
{
    TokenUsage tokens;
    tokens.input = count(usage, "input_total");
    tokens.cachedInput = count(usage, "cache_read");
    tokens.cacheWrite5m = count(usage, "cache_write_5m") + count(usage, "cache_write_unspecified");
    tokens.cacheWrite1h = count(usage, "cache_write_1h");
    tokens.inputAudio = count(usage, "audio_in");
    tokens.output = count(usage, "output_total");
    tokens.reasoning = count(usage, "reasoning");
    tokens.outputAudio = count(usage, "audio_out");
    return tokens;
}

/// Anthropic's iterations are what ran; where there are several their sum is what was paid.
std::vector<UsagePart> partsOf(const QJsonArray &iterations)
{
    std::vector<UsagePart> parts;
    for (const QJsonValue &value : iterations) {
        const QJsonObject raw = value.toObject();
        UsagePart part;
        part.model = raw["model"].toString().toStdString();
        part.usage.cachedInput = count(raw, "cache_read_input_tokens");
        part.usage.cacheWrite5m = count(raw, "cache_creation_input_tokens");
        part.usage.input = count(raw, "input_tokens") + part.usage.cachedInput + part.usage.cacheWrite5m;
        part.usage.output = count(raw, "output_tokens");
        parts.push_back(part);
    }
    return parts.size() > 1 ? parts : std::vector<UsagePart>();
}

QString reportedTier(const QString &file)
{
    QFile body(wireFolder() + file);
    if (!body.open(QIODevice::ReadOnly))
        return {};
    static const QRegularExpression tier(QStringLiteral("\"service_tier\"\\s*:\\s*\"([a-z_]+)\""));
    QString last;
    for (auto matches = tier.globalMatch(QString::fromUtf8(body.readAll())); matches.hasNext();)
        last = matches.next().captured(1);
    return last;
}

} // namespace

std::vector<WireCall> readWireCalls()
{
    QFile manifest(wireFolder() + "manifest.json");
    if (!manifest.open(QIODevice::ReadOnly))
        return {};
    const QJsonDocument document = QJsonDocument::fromJson(manifest.readAll());
    const QJsonArray entries = document.isArray() ? document.array() : document.object()["entries"].toArray();
    std::vector<WireCall> calls;
    for (const QJsonValue &value : entries) {
        const QJsonObject entry = value.toObject();
        const QString provider = entry["provider"].toString();
        const QJsonObject raw = entry["usage_raw"].toObject();
        // AWS signs its requests and frames its streams in ways of its own: it cannot be an upstream.
        if (!entry["usage"].isObject() || provider == "bedrock")
            continue;
        WireCall call;
        call.id = entry["id"].toString();
        CostEvent &event = call.event;
        event.provider = provider.toStdString();
        event.endpoint = "chat";
        event.status = 200;
        event.requestModel = event.sentModel = entry["model_requested"].toString().toStdString();
        event.responseModel = entry["model_in_body"].toString().toStdString();
        event.usage = usageOf(entry["usage"].toObject());
        event.usage.serverToolCalls = count(raw["server_tool_use"].toObject(), "web_search_requests");
        event.parts = partsOf(raw["iterations"].toArray());
        event.usageSource = UsageSource::Provider;
        event.serviceTier = reportedTier(entry["file"].toString()).toStdString();
        calls.push_back(std::move(call));
    }
    return calls;
}

} // namespace farthing
