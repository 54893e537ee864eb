// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/SampleUpstreams.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <optional>

namespace farthing {

namespace {

struct Provider
{
    const char *name;
    const char *path;
};
constexpr Provider providers[] = {{"openai", "/v1"}, {"anthropic", ""}, {"gemini", ""}};

using Bytes = std::optional<QByteArray>; ///< of a file; nothing: there is none

QString nameOf(const Provider &provider)
{
    return QString::fromLatin1(SampleUpstreams::prefix) + provider.name;
}

QString pathOf(const std::filesystem::path &path)
{
    return QString::fromStdString(path.string());
}

/// One that is there and cannot be read is an error.
Result<Bytes> contentOf(const std::filesystem::path &path)
{
    if (!QFile::exists(pathOf(path)))
        return Bytes();
    QFile file(pathOf(path));
    if (!file.open(QIODevice::ReadOnly))
        return Error{file.errorString().toStdString(), path.string()};
    return Bytes(file.readAll());
}

Result<QJsonObject> objectOf(const Bytes &json, const std::filesystem::path &path)
{
    if (!json || json->trimmed().isEmpty())
        return QJsonObject();
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(*json, &error);
    if (!document.isObject())
        return Error{"expected a JSON object: " + error.errorString().toStdString(), path.string()};
    return document.object();
}

QJsonObject upstreamsIn(const Bytes &json)
{
    return QJsonDocument::fromJson(json.value_or(QByteArray())).object().value("upstreams").toObject();
}

Result<void> write(const std::filesystem::path &path, const Bytes &bytes)
{
    if (bytes)
        return writeFileAtomically(path, {bytes->data(), static_cast<std::size_t>(bytes->size())});
    std::error_code failure;
    std::filesystem::remove(path, failure);
    return failure ? Error{failure.message(), path.string()} : Result<void>();
}

Result<void> writeLinked(const std::filesystem::path &path, const Bytes &bytes)
{
    const auto target = followLinks(path);
    return target ? write(*target, bytes) : target.error();
}

/// farthing.json as it was found, and as it was written instead.
struct Change
{
    Bytes before;
    QByteArray written;

    [[nodiscard]] QByteArray toJson() const
    {
        QJsonObject json{{"written", QString::fromLatin1(written.toBase64())}};
        if (before)
            json.insert("before", QString::fromLatin1(before->toBase64()));
        return QJsonDocument(json).toJson();
    }
    static Change fromJson(const QJsonObject &json)
    {
        const auto bytes = [&](const char *key) {
            return QByteArray::fromBase64(json.value(QLatin1String(key)).toString().toLatin1());
        };
        return {json.contains("before") ? Bytes(bytes("before")) : Bytes(), bytes("written")};
    }

    /// Of a file that somebody has edited since: what was added, and nothing else, becomes what it was. False
    /// where none of it is left.
    [[nodiscard]] bool undoIn(QJsonObject &root) const
    {
        const QJsonObject old = upstreamsIn(before);
        const QJsonObject added = upstreamsIn(written);
        QJsonObject upstreams = root.value("upstreams").toObject();
        bool found = false;
        for (const Provider &provider : providers) {
            const QString name = nameOf(provider);
            if (!upstreams.contains(name) || upstreams.value(name) != added.value(name))
                continue;
            found = true;
            if (old.contains(name))
                upstreams.insert(name, old.value(name));
            else
                upstreams.remove(name);
        }
        if (found && upstreams.isEmpty())
            root.remove("upstreams");
        else if (found)
            root.insert("upstreams", upstreams);
        return found;
    }
};

} // namespace

QString SampleUpstreams::openAiBaseUrl(const QString &simulator)
{
    return "http://" + simulator + providers[0].path;
}

Result<void> SampleUpstreams::add(const QString &simulator)
{
    auto lock = FileLock::acquire(m_dir.sampleDayLock());
    if (!lock)
        return Error{"another window loads a sample day: " + lock.error().toString()};
    m_lock = *std::move(lock);
    if (auto restored = restore(); !restored)
        return restored;
    const auto before = contentOf(m_dir.config());
    if (!before)
        return before.error();
    auto root = objectOf(*before, m_dir.config());
    if (!root)
        return root.error();
    QJsonObject upstreams = root->value("upstreams").toObject();
    for (const Provider &provider : providers)
        upstreams.insert(nameOf(provider), QJsonObject{{"base_url", "http://" + simulator + provider.path},
                                                       {"wire", QString::fromLatin1(provider.name)}});
    root->insert("upstreams", upstreams);
    const Change change{*before, QJsonDocument(*root).toJson()};
    // First what it was: whatever ends this process after that, the next one finds it.
    if (auto kept = write(m_dir.sampleDay(), change.toJson()); !kept)
        return kept;
    return writeLinked(m_dir.config(), change.written);
}

Result<void> SampleUpstreams::remove()
{
    if (!QFile::exists(pathOf(m_dir.sampleDay()))) {
        m_lock.reset();
        return {};
    }
    auto lock = m_lock ? Result(std::move(m_lock)) : FileLock::acquire(m_dir.sampleDayLock());
    return lock ? restore() : Result<void>();
}

Result<void> SampleUpstreams::restore()
{
    const auto kept = contentOf(m_dir.sampleDay());
    if (!kept || !*kept)
        return kept ? Result<void>() : kept.error();
    const auto json = objectOf(*kept, m_dir.sampleDay());
    if (!json)
        return json.error();
    const Change change = Change::fromJson(*json);
    const auto now = contentOf(m_dir.config());
    if (!now)
        return now.error();
    Result<void> restored;
    if (*now == change.written) {
        restored = writeLinked(m_dir.config(), change.before);
    } else if (*now && *now != change.before) {
        auto root = objectOf(*now, m_dir.config());
        if (!root)
            return root.error();
        if (change.undoIn(*root))
            restored = writeLinked(m_dir.config(), QJsonDocument(*root).toJson());
    }
    return restored ? write(m_dir.sampleDay(), {}) : restored;
}

} // namespace farthing
