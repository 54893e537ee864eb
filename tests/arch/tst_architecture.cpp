// SPDX-License-Identifier: GPL-3.0-or-later
// Holds the tree to ARCHITECTURE.md: who may include whom, and how long a file may be.
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

namespace {

const QDir root(QStringLiteral(FARTHING_SOURCE_DIR));

struct Source
{
    QString path;
    QStringList lines;
};

QList<Source> sourcesUnder(const QStringList &folders)
{
    QList<Source> sources;
    for (const QString &folder : folders) {
        QDirIterator files(root.filePath(folder), {"*.cpp", "*.h"}, QDir::Files,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            if (!file.open(QIODevice::ReadOnly))
                qFatal("%s cannot be read", qPrintable(file.fileName()));
            sources.append(
                {root.relativeFilePath(file.fileName()), QString::fromUtf8(file.readAll()).split('\n')});
        }
    }
    return sources;
}

QStringList includesOf(const Source &source)
{
    static const QRegularExpression include("^\\s*#\\s*include\\s*[<\x22]([^>\x22]+)[>\x22]");
    QStringList found;
    for (const QString &line : source.lines)
        if (const auto match = include.match(line); match.hasMatch())
            found.append(match.captured(1));
    return found;
}

/// "core/store/Database.cpp" lies in the layer "core/store"; of ui and app the first folder is the layer.
QString layerOf(const QString &path)
{
    const QStringList parts = path.split('/');
    return parts.first() == "core" ? parts.mid(0, 2).join('/') : parts.first();
}

/// For each layer of core, those that it may include beside itself. Listed from the ground up.
const QMap<QString, QStringList> &allowedLayers()
{
    static const QMap<QString, QStringList> allowed = {
        {"core/base", {}},
        {"core/model", {"core/base"}},
        {"core/providers", {"core/base", "core/model"}},
        {"core/config", {"core/base", "core/model", "core/providers"}},
        {"core/pricing", {"core/base", "core/model"}},
        {"core/routing", {"core/base", "core/model"}},
        {"core/store", {"core/base", "core/model"}},
        {"core/bodies", {"core/base", "core/model", "core/providers", "core/config", "core/store"}},
        {"core/analytics", {"core/base", "core/model", "core/pricing", "core/store"}},
        {"core/ingest", {"core/base", "core/model", "core/providers", "core/pricing", "core/store"}},
        {"core/proxy",
         {"core/base", "core/model", "core/config", "core/providers", "core/pricing", "core/routing",
          "core/store", "core/ingest", "core/bodies"}},
    };
    return allowed;
}

bool isQt(const QString &include)
{
    static const QRegularExpression qt(R"(^(Qt[A-Z]\w*/|Q[A-Z]))");
    return qt.match(include).hasMatch();
}

} // namespace

class ArchitectureTest : public QObject
{
    Q_OBJECT

private slots:
    void coreIncludesOnlyTheLayersBelow()
    {
        QStringList offences;
        for (const Source &source : sourcesUnder({"core"})) {
            const QString layer = layerOf(source.path);
            QVERIFY2(allowedLayers().contains(layer), qPrintable(layer + " is not in the picture"));
            for (const QString &include : includesOf(source)) {
                if (include.startsWith("ui/") || include.startsWith("app/"))
                    offences.append(source.path + " includes " + include);
                if (include.startsWith("core/") && layerOf(include) != layer &&
                    !allowedLayers()[layer].contains(layerOf(include)))
                    offences.append(source.path + " includes " + include);
            }
        }
        QVERIFY2(offences.isEmpty(), qPrintable(offences.join('\n')));
    }

    void coreHasNoQt()
    {
        QStringList offences;
        for (const Source &source : sourcesUnder({"core"}))
            for (const QString &include : includesOf(source))
                if (isQt(include))
                    offences.append(source.path + " includes " + include);
        QVERIFY2(offences.isEmpty(), qPrintable(offences.join('\n')));
    }

    void onlyTheProxyKnowsBoost()
    {
        QStringList offences;
        for (const Source &source : sourcesUnder({"core", "ui"}))
            for (const QString &include : includesOf(source))
                if (include.startsWith("boost/") && layerOf(source.path) != "core/proxy")
                    offences.append(source.path + " includes " + include);
        QVERIFY2(offences.isEmpty(), qPrintable(offences.join('\n')));
    }

    void onlyTheHelperKnowsTheSecretService()
    {
        QStringList offences;
        for (const Source &source : sourcesUnder({"core", "ui", "app"}))
            for (const QString &include : includesOf(source))
                if (include.startsWith("libsecret/") && !source.path.startsWith("app/secret/"))
                    offences.append(source.path + " includes " + include);
        QVERIFY2(offences.isEmpty(), qPrintable(offences.join('\n')));
    }

    void theWindowNeverIncludesTheProxy()
    {
        QStringList offences;
        for (const Source &source : sourcesUnder({"ui", "app/desktop"}))
            for (const QString &include : includesOf(source))
                if (include.startsWith("core/proxy/") ||
                    (source.path.startsWith("ui/") && include.startsWith("app/")))
                    offences.append(source.path + " includes " + include);
        QVERIFY2(offences.isEmpty(), qPrintable(offences.join('\n')));
    }

    void semanticConventionsAreSpelledInOnePlace()
    {
        QStringList offences;
        for (const Source &source : sourcesUnder({"core", "ui", "app"}))
            if (source.path != "core/model/semconv.h")
                for (const QString &line : source.lines)
                    if (line.contains("\"gen_ai."))
                        offences.append(source.path + ": " + line.trimmed());
        QVERIFY2(offences.isEmpty(), qPrintable(offences.join('\n')));
    }

    void filesAreShort()
    {
        QStringList offences;
        for (const Source &source : sourcesUnder({"core", "ui", "app"})) {
            const auto limit = source.path.endsWith(".h") ? 150 : 500;
            if (source.lines.size() - 1 > limit)
                offences.append(QStringLiteral("%1 has %2 lines, more than %3")
                                    .arg(source.path)
                                    .arg(source.lines.size() - 1)
                                    .arg(limit));
        }
        QVERIFY2(offences.isEmpty(), qPrintable(offences.join('\n')));
    }

    void everyFileStatesItsLicence()
    {
        QStringList offences;
        for (const Source &source : sourcesUnder({"core", "ui", "app", "tests"}))
            if (source.lines.first() != "// SPDX-License-Identifier: GPL-3.0-or-later")
                offences.append(source.path);
        QVERIFY2(offences.isEmpty(), qPrintable(offences.join('\n')));
    }
};

QTEST_GUILESS_MAIN(ArchitectureTest)
#include "tst_architecture.moc"
