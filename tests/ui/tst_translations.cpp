// SPDX-License-Identifier: GPL-3.0-or-later
// What the window says can be translated, and English knows its singulars.
#include "ui/models/Format.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QTranslator>

using namespace farthing;

class TranslationsTest : public QObject
{
    Q_OBJECT

private:
    /// Standard output and error of one of Qt's tools.
    static QString run(const QString &program, const QStringList &arguments)
    {
        QProcess tool;
        tool.setWorkingDirectory(QStringLiteral(FARTHING_SOURCE_DIR));
        tool.setProcessChannelMode(QProcess::MergedChannels);
        tool.start(program, arguments);
        if (!tool.waitForFinished(60'000) || tool.exitCode() != 0)
            qWarning("%s: %s", qPrintable(program), tool.readAllStandardOutput().constData());
        return QString::fromUtf8(tool.readAllStandardOutput());
    }

    static QString textOf(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }

    QTemporaryDir m_dir;
    const QString m_english = QStringLiteral(FARTHING_SOURCE_DIR "/resources/translations/farthing_en.ts");

private slots:
    void everyTextIsFoundInItsContext()
    {
        const QString ts = m_dir.filePath("all.ts");
        const QString said = run(FARTHING_LUPDATE, {"-I", ".", "ui", "app/desktop", "-ts", ts});
        for (const char *complaint :
             {"lacks Q_OBJECT", "cannot be called without context", "Qualifying with"})
            QVERIFY2(!said.contains(QLatin1String(complaint)), qPrintable(said));
        const QString all = textOf(ts);
        QVERIFY(all.count("<source>") > 300);
        for (const char *text :
             {"Last 24 hours", "rate limited", "the proxy does not serve", "Spend", "streamed"})
            QVERIFY2(all.contains(QStringLiteral("<source>%1</source>").arg(QLatin1String(text))), text);
    }

    void englishHasASingularOfEveryPlural()
    {
        const QString ts = m_dir.filePath("farthing_en.ts");
        QVERIFY(QFile::copy(m_english, ts));
        run(FARTHING_LUPDATE,
            {"-I", ".", "ui", "app/desktop", "-pluralonly", "-no-obsolete", "-locations", "none", "-ts", ts});
        const QString now = textOf(ts);
        QVERIFY2(!now.contains("unfinished"), qPrintable(now));
        QCOMPARE(now.count("<source>"), textOf(m_english).count("<source>"));
    }

    void oneIsSaidInTheSingular()
    {
        const QString qm = m_dir.filePath("farthing_en.qm");
        run(FARTHING_LRELEASE, {m_english, "-qm", qm});
        QTranslator english;
        QVERIFY(english.load(qm));
        const auto events = [&](std::int64_t n) {
            return english.translate("farthing::StatusStrip", "%1 events", nullptr, format::plural(n));
        };
        QCOMPARE(events(1), QStringLiteral("%1 event"));
        for (const std::int64_t n : {0LL, 2LL, 10'000'000'000LL})
            QCOMPARE(events(n), QStringLiteral("%1 events"));
    }
};

QTEST_MAIN(TranslationsTest)
#include "tst_translations.moc"
