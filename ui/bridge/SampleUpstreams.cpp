// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/SampleUpstreams.h"

#include "core/base/Files.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

namespace farthing {

namespace {

struct Provider
{
    const char *name;
    const char *path;
};
constexpr Provider providers[] = {{"openai", "/v1"}, {"anthropic", ""}, {"gemini", ""}};

std::optional<QByteArray> contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? std::optional(file.readAll()) : std::nullopt;
}

Result<QJsonObject> objectOf(const std::optional<QByteArray> &json, const QString &path)
{
    if (!json || json->trimmed().isEmpty())
        return QJsonObject();
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(*json, &error);
    if (!document.isObject())
        return Error{"expected a JSON object: " + error.errorString().toStdString(), path.toStdString()};
    return document.object();
}

Result<void> write(const QString &path, const QByteArray &json)
{
    return writeFileAtomically(path.toStdString(), {json.data(), static_cast<std::size_t>(json.size())});
}

} // namespace

QString SampleUpstreams::openAiBaseUrl(const QString &simulator)
{
    return "http://" + simulator + providers[0].path;
}

Result<void> SampleUpstreams::add(const QString &simulator)
{
    m_before = contentOf(m_path);
    auto root = objectOf(m_before, m_path);
    if (!root)
        return root.error();
    QJsonObject upstreams = root->value("upstreams").toObject();
    for (const Provider &provider : providers)
        upstreams.insert(QString::fromLatin1(prefix) + provider.name,
                         QJsonObject{{"base_url", "http://" + simulator + provider.path},
                                     {"wire", QString::fromLatin1(provider.name)}});
    root->insert("upstreams", upstreams);
    m_written = QJsonDocument(*root).toJson();
    return write(m_path, m_written);
}

Result<void> SampleUpstreams::remove()
{
    const std::optional<QByteArray> now = contentOf(m_path);
    if (!now)
        return {};
    if (*now == m_written) {
        m_written.clear();
        if (m_before)
            return write(m_path, *m_before);
        return QFile::remove(m_path) ? Result<void>() : Error{"it cannot be removed", m_path.toStdString()};
    }
    auto root = objectOf(now, m_path);
    if (!root)
        return root.error();
    QJsonObject upstreams = root->value("upstreams").toObject();
    const qsizetype before = upstreams.size();
    for (const Provider &provider : providers)
        upstreams.remove(QString::fromLatin1(prefix) + provider.name);
    if (upstreams.size() == before)
        return {};
    if (upstreams.isEmpty())
        root->remove("upstreams");
    else
        root->insert("upstreams", upstreams);
    return write(m_path, QJsonDocument(*root).toJson());
}

} // namespace farthing
