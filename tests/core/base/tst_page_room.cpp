// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/PageRoom.h"
#include "tests/integration/proxy/SmallDisk.h"

#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

class PageRoomTest : public QObject
{
    Q_OBJECT

private slots:
    void thereIsSomeUsually()
    {
        const QTemporaryDir dir;
        QVERIFY(takesMappedPages(dir.path().toStdString()).ok());
        QVERIFY(takesMappedPages((dir.path() + "/missing").toStdString()).ok());
        QVERIFY(QDir(dir.path()).isEmpty());
    }

    void aFullDiskThatWritesInPlaceTakesThem()
    {
        const QTemporaryDir dir;
        const SmallDisk disk(dir.path().toStdString());
        if (!disk.mounted())
            QSKIP("a small file system can only be mounted as root");
        disk.fill();
        QVERIFY(takesMappedPages(dir.path().toStdString()).ok());
    }

    void aFullDiskThatWritesEachPageAnewTakesNone()
    {
        const QTemporaryDir dir;
        const CopyOnWriteDisk disk(dir.path().toStdString());
        if (!disk.mounted())
            QSKIP("btrfs can only be mounted as root, from a loop device, where btrfs-progs are installed");
        QVERIFY(takesMappedPages(dir.path().toStdString()).ok());
        disk.fill();
        const auto full = takesMappedPages(dir.path().toStdString());
        QVERIFY(!full && full.error().message.find("No space left") != std::string::npos);
        QVERIFY(QFile::remove(disk.filler()));
        QVERIFY(takesMappedPages(dir.path().toStdString()).ok());
        QVERIFY(QDir(dir.path()).isEmpty());
    }
};

QTEST_GUILESS_MAIN(PageRoomTest)
#include "tst_page_room.moc"
