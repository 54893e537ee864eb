// SPDX-License-Identifier: GPL-3.0-or-later
// What packaging/sbom says of this build, held against CycloneDX 1.5 and against what the loader finds.
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QSet>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

namespace {

QByteArray outputOf(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments);
    process.waitForFinished(30'000);
    return process.readAllStandardOutput();
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class SbomTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (QStandardPaths::findExecutable("dpkg-query").isEmpty())
            QSKIP("dpkg-query is not here");
        const QTemporaryDir dir;
        QProcess first;
        QProcess second;
        for (const auto &[process, name] : {std::pair(&first, "1.json"), {&second, "2.json"}})
            process->start(QStringLiteral(FARTHING_SOURCE_DIR "/packaging/sbom"),
                           {FARTHING_BUILD_DIR, dir.filePath(name)});
        for (QProcess *process : {&first, &second})
            QVERIFY2(process->waitForFinished(60'000) && process->exitCode() == 0,
                     process->readAllStandardError().constData());
        const QByteArray text = contentOf(dir.filePath("1.json"));
        QCOMPARE(contentOf(dir.filePath("2.json")), text); // the same every time
        QJsonParseError error;
        m_sbom = QJsonDocument::fromJson(text, &error).object();
        QVERIFY2(error.error == QJsonParseError::NoError, qPrintable(error.errorString()));
        for (const QJsonValue &component : m_sbom["components"].toArray())
            m_names.insert(component["name"].toString());
    }

    void hasWhatCycloneDxAsksFor()
    {
        QCOMPARE(m_sbom["bomFormat"].toString(), QString("CycloneDX"));
        QCOMPARE(m_sbom["specVersion"].toString(), QString("1.5"));
        QCOMPARE(m_sbom["version"].toInt(), 1);
        const QJsonValue root = rootComponent();
        QCOMPARE(root["type"].toString(), QString("application"));
        QCOMPARE(root["name"].toString(), QString("farthing"));
        QCOMPARE(root["version"].toString(), QString(FARTHING_VERSION));
        QCOMPARE(root["licenses"][0]["license"]["id"].toString(), QString("GPL-3.0-or-later"));
        static const QRegularExpression purl(
            "^pkg:deb/debian/[a-z0-9.%A-F-]+@[A-Za-z0-9.%~-]+\\?arch=[a-z0-9]+&distro=[a-z]+-[0-9.]+$");
        QVERIFY(m_names.size() > 20);
        for (const QJsonValue &component : m_sbom["components"].toArray()) {
            const QByteArray name = component["name"].toString().toUtf8();
            QCOMPARE(component["type"].toString(), QString("library"));
            QVERIFY2(purl.match(component["purl"].toString()).hasMatch(), name.constData());
            QVERIFY2(!component["version"].toString().isEmpty(), name.constData());
            for (const QJsonValue &choice : component["licenses"].toArray()) {
                const QJsonObject licence = choice["license"].toObject();
                QVERIFY2(licence.size() == 1 && (licence.contains("id") != licence.contains("name")),
                         name.constData());
            }
        }
    }

    void everyReferenceLeadsToOneComponent()
    {
        QSet<QString> known = {rootComponent()["bom-ref"].toString()};
        for (const QJsonValue &component : m_sbom["components"].toArray()) {
            const QString reference = component["bom-ref"].toString();
            QVERIFY2(!known.contains(reference), qPrintable(reference + " twice"));
            known.insert(reference);
        }
        QSet<QString> told;
        QSet<QString> reached;
        for (const QJsonValue &entry : m_sbom["dependencies"].toArray()) {
            const QString reference = entry["ref"].toString();
            QVERIFY2(known.contains(reference) && !told.contains(reference), qPrintable(reference));
            told.insert(reference);
            QSet<QString> once;
            for (const QJsonValue &on : entry["dependsOn"].toArray()) {
                QVERIFY2(known.contains(on.toString()) && !once.contains(on.toString()),
                         qPrintable(on.toString()));
                once.insert(on.toString());
            }
            reached.unite(once);
        }
        QCOMPARE(told, known);
        known -= rootComponent()["bom-ref"].toString();
        QCOMPARE(known - reached, QSet<QString>());
    }

    void hasEveryLibraryThatTheLoaderFinds()
    {
        static const QRegularExpression found("=> (/\\S+)");
        QStringList missing;
        int libraries = 0;
        for (const char *program : {"farthing", "farthingd", "farthingctl", "farthing-secret"}) {
            const QString path = QString(FARTHING_BIN_DIR "/") + program;
            if (!QFile::exists(path))
                continue;
            for (auto match = found.globalMatch(outputOf("ldd", {path})); match.hasNext(); ++libraries) {
                const QString library = match.next().captured(1);
                const QString packages = packagesOf(library);
                QVERIFY2(!packages.isEmpty(), qPrintable(library));
                if (!m_names.contains(packages))
                    missing.append(library + " of " + packages);
            }
        }
        QVERIFY(libraries > 60);
        QVERIFY2(missing.isEmpty(), qPrintable(missing.join('\n')));
    }

    void hasTheLibrariesThatAreHeadersAlone()
    {
        for (const char *name : {"libboost1.81-dev", "nlohmann-json3-dev", "libcli11-dev", "libxxhash-dev"})
            QVERIFY2(m_names.contains(name), name);
        for (const char *name : {"libcurl4-openssl-dev", "qt6-tools-dev", "libvulkan-dev", "nodejs"})
            QVERIFY2(!m_names.contains(name), name);
    }

private:
    [[nodiscard]] QJsonValue rootComponent() const { return m_sbom["metadata"]["component"]; }
    QString packagesOf(const QString &library)
    {
        const QString real = QFileInfo(library).canonicalFilePath();
        QStringList paths;
        for (const QString &path : {library, real})
            for (const QString &prefix : {QString(), QString("/usr")})
                paths << prefix + (path.startsWith("/usr/") ? path.mid(4) : path);
        QString &known = m_packages[real];
        if (known.isEmpty())
            known = QString::fromUtf8(outputOf("dpkg-query", QStringList{"-S"} + paths)).section(':', 0, 0);
        return known;
    }

    QJsonObject m_sbom;
    QSet<QString> m_names;
    QMap<QString, QString> m_packages;
};

QTEST_GUILESS_MAIN(SbomTest)
#include "tst_sbom.moc"
