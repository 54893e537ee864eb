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

/// Nothing where there is no file; one that is there and cannot be read is an error.
Result<std::optional<QByteArray>> contentOf(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return std::optional<QByteArray>();
    if (!file.open(QIODevice::ReadOnly))
        return Error{file.errorString().toStdString(), path.toStdString()};
    return std::optional(file.readAll());
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
    auto before = contentOf(m_path);
    if (!before)
        return before.error();
    auto root = objectOf(*before, m_path);
    if (!root)
        return root.error();
    m_before = *std::move(before);
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
    const auto content = contentOf(m_path);
    if (!content)
        return content.error();
    const std::optional<QByteArray> &now = *content;
    if (!now)
        return {};
    if (!m_written.isEmpty() && *now == m_written) {
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
