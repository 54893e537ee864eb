// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/DataDir.h"

#include <QTemporaryDir>
#include <QTest>
#include <sys/stat.h>

using namespace farthing;

class DataDirTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        for (const char *name : {"FARTHING_DATA_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
            qunsetenv(name);
        qputenv("HOME", "/home/ada");
    }

    void withoutAnythingItFollowsXdg()
    {
        qputenv("XDG_STATE_HOME", "/var/ada");
        qputenv("XDG_CONFIG_HOME", "relative/is/ignored");
        const DataDir dir = DataDir::resolve({});
        QCOMPARE(dir.database().string(), std::string("/home/ada/.local/share/farthing/events.db"));
        QCOMPARE(dir.config().string(), std::string("/home/ada/.config/farthing/farthing.json"));
        QCOMPARE(dir.journal().string(), std::string("/var/ada/farthing/journal"));
    }

    void oneFolderHoldsEverything()
    {
        qputenv("FARTHING_DATA_DIR", "/tmp/from-environment");
        QCOMPARE(DataDir::resolve({}).prices().string(), std::string("/tmp/from-environment/prices.json"));
        const DataDir dir = DataDir::resolve("/tmp/explicit");
        for (const auto &path :
             {dir.database(), dir.config(), dir.lock(), dir.serving(), dir.secret(), dir.routing()})
            QCOMPARE(path.parent_path().string(), std::string("/tmp/explicit"));
    }

    void theKeyOfBodiesLiesOutside()
    {
        qputenv("FARTHING_DATA_DIR", "/tmp/one");
        QCOMPARE(DataDir::resolve({}).bodies().string(), std::string("/tmp/one/bodies.db"));
        QCOMPARE(DataDir::bodiesKey().string(), std::string("/home/ada/.config/farthing/bodies.key"));
        qputenv("XDG_CONFIG_HOME", "/etc/ada");
        QCOMPARE(DataDir::bodiesKey().string(), std::string("/etc/ada/farthing/bodies.key"));
        qunsetenv("XDG_CONFIG_HOME");
        qunsetenv("HOME");
        QVERIFY(DataDir::bodiesKey().empty());
    }

    void foldersAreCreatedForTheOwnerAlone()
    {
        const QTemporaryDir temporary;
        const auto path = std::filesystem::path(temporary.path().toStdString()) / "a" / "b";
        QVERIFY(DataDir::resolve(path).create().ok());
        struct stat info = {};
        QCOMPARE(::stat(path.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0700U);
    }
};

QTEST_GUILESS_MAIN(DataDirTest)
#include "tst_data_dir.moc"
