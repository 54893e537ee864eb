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
        QSet<QString> libraries;
        for (const char *program : {"farthing", "farthingd", "farthingctl", "farthing-secret"}) {
            const QString path = QString(FARTHING_BIN_DIR "/") + program;
            if (QFile::exists(path))
                for (auto match = found.globalMatch(outputOf("ldd", {path})); match.hasNext();)
                    libraries.insert(QFileInfo(match.next().captured(1)).canonicalFilePath());
        }
        QVERIFY(libraries.size() > 40);
        QStringList paths;
        for (const QString &library : libraries) // dpkg may know it without the /usr that /lib leads to
            paths << library << library.mid(library.startsWith("/usr/") ? 4 : 0);
        int owned = 0;
        for (const QByteArray &line : outputOf("dpkg-query", QStringList{"-S"} + paths).split('\n'))
            if (const auto colon = line.indexOf(':'); colon > 0) {
                QVERIFY2(m_names.contains(QString::fromUtf8(line.left(colon))), line.constData());
                ++owned;
            }
        QCOMPARE(owned, libraries.size());
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

    QJsonObject m_sbom;
    QSet<QString> m_names;
};

QTEST_GUILESS_MAIN(SbomTest)
#include "tst_sbom.moc"
