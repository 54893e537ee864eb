// SPDX-License-Identifier: GPL-3.0-or-later
// farthingctl token, as a user runs it.
#include "tests/integration/ctl/Farthingctl.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

class CtlTokenTest : public QObject
{
    Q_OBJECT

private slots:
    void isMadeOnceShownAndRotated()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        QCOMPARE(ctl({"token", "show"}).code, 3);

        const auto made = ctl({"token", "create"});
        QCOMPARE(made.code, 0);
        QCOMPARE(made.out.trimmed().size(), 43);
        QCOMPARE(ctl({"token", "show"}).out, made.out);
        const auto mode = QFileInfo(dir.filePath("access.token")).permissions();
        QVERIFY(!(mode & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther)));

        const auto again = ctl({"token", "create"});
        QCOMPARE(again.code, 1);
        QVERIFY2(again.error.contains("rotate"), again.error.constData());
        QCOMPARE(ctl({"token", "show"}).out, made.out);

        const auto rotated = ctl({"token", "rotate"});
        QCOMPARE(rotated.code, 0);
        QVERIFY(rotated.out != made.out);
        QCOMPARE(ctl({"token", "show"}).out, rotated.out);
    }

    void oneThatOthersCanReadIsReported()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        QCOMPARE(ctl({"token", "create"}).code, 0);
        QVERIFY(QFile(dir.filePath("access.token"))
                    .setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther));
        const auto shown = ctl({"token", "show"});
        QCOMPARE(shown.code, 1);
        QVERIFY2(shown.error.contains("chmod 600"), shown.error.constData());
        const auto doctor = ctl({"doctor", "--offline"});
        QCOMPARE(doctor.code, 1);
        QVERIFY2(doctor.out.contains("chmod 600"), doctor.out.constData());
    }
};

QTEST_GUILESS_MAIN(CtlTokenTest)
#include "tst_ctl_token.moc"
