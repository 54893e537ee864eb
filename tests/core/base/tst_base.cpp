// SPDX-License-Identifier: GPL-3.0-or-later
// What everything stands on: money, times, ids, cells of a CSV, files, processes.
#include "core/base/CsvCell.h"
#include "core/base/Files.h"
#include "core/base/JsonDepth.h"
#include "core/base/Money.h"
#include "core/base/Process.h"
#include "core/base/Time.h"
#include "core/base/Utf8.h"
#include "core/base/Uuid.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <random>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace farthing;

class BaseTest : public QObject
{
    Q_OBJECT

private slots:
    void moneyIsReadToTheNanoDollar_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("good");
        QTest::addColumn<qint64>("nano");
        const auto row = [](const char *text, qint64 nano) { QTest::newRow(text) << text << true << nano; };
        row("0", 0);
        row("-0", 0);
        row("3", 3'000'000'000);
        row("-3", -3'000'000'000);
        row("0.0042", 4'200'000);
        row("1.5e-7", 150);
        row("2.5E3", 2'500'000'000'000);
        row("0.0000000005", 0);
        row("0.0000000015", 2);
        row("0.0000000025", 2);
        row("0.00000000251", 3);
        row("9223372036.854775807", std::numeric_limits<qint64>::max());
        for (const char *bad : {"", "-", ".", "1,5", "1e", "0x10", "1 ", "inf", "nan", "9223372036.854775808",
                                "9223372036.8547758075", "1e400", "--1", "1.2.3"})
            QTest::newRow(bad[0] == '\0' ? "nothing" : bad) << bad << false << qint64(0);
    }
    void moneyIsReadToTheNanoDollar()
    {
        QFETCH(QString, text);
        QFETCH(bool, good);
        QFETCH(qint64, nano);
        const auto money = Money::parseUsd(text.toStdString());
        QCOMPARE(money.ok(), good);
        if (good)
            QCOMPARE(money->nanoUsd(), nano);
        else
            QVERIFY(!money.error().message.empty());
    }

    void moneyComesBackAsItWasWritten()
    {
        std::mt19937_64 random(1);
        for (int i = 0; i < 20'000; ++i) {
            const auto nano = static_cast<std::int64_t>(random()) >> (random() % 63);
            const Money money = Money::fromNanoUsd(nano);
            const auto back = Money::parseUsd(money.toUsdString());
            QVERIFY2(back.ok() && *back == money, money.toUsdString().c_str());
        }
    }

    void decimalsAreWrittenPlain_data()
    {
        QTest::addColumn<qint64>("value");
        QTest::addColumn<int>("places");
        QTest::addColumn<QString>("text");
        const auto row = [](qint64 value, int places, const char *text) {
            QTest::addRow("%lld, %d", value, places) << value << places << QString(text);
        };
        row(0, 9, "0");
        row(0, 0, "0");
        row(7, 0, "7");
        row(120, 0, "120");
        row(1, 9, "0.000000001");
        row(-1, 9, "-0.000000001");
        row(1'234'500, 3, "1234.5");
        row(1'000'000, 3, "1000");
        row(999, 3, "0.999");
        row(100, 3, "0.1");
        row(-4'200'001, 9, "-0.004200001");
        row(std::numeric_limits<qint64>::max(), 9, "9223372036.854775807");
        row(std::numeric_limits<qint64>::min(), 9, "-9223372036.854775808");
    }
    void decimalsAreWrittenPlain()
    {
        QFETCH(qint64, value);
        QFETCH(int, places);
        std::string text = "x";
        appendScaledDecimal(text, value, places);
        QTEST(QString::fromStdString(text.substr(1)), "text");
    }

    void picoPricesAreExactOrRefused()
    {
        QCOMPARE(*parsePicoUsd("2.5", -6), PicoUsd(2'500'000));
        QCOMPARE(*parsePicoUsd("0.00000015"), PicoUsd(150'000));
        QCOMPARE(*parsePicoUsd("1e-12"), PicoUsd(1));
        QVERIFY(!parsePicoUsd("1e-13").ok());
        QVERIFY(!parsePicoUsd("0.0000001", -6).ok());
        QVERIFY(!parsePicoUsd("99999999", 3).ok());
    }

    void timesAreReadInEveryOffset_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("utc");
        const auto row = [](const char *text, const char *utc) { QTest::newRow(text) << text << utc; };
        row("2026-11-23T21:52:25Z", "2026-11-23T21:52:25.000000Z");
        row("2026-11-23T21:52:25.000123Z", "2026-11-23T21:52:25.000123Z");
        row("2026-11-23T23:52:25.5+02:00", "2026-11-23T21:52:25.500000Z");
        row("2026-11-23T16:22:25.123456789-05:30", "2026-11-23T21:52:25.123456Z");
        row("2024-02-29", "2024-02-29T00:00:00.000000Z");
        row("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z");
        row("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z");
        row("2026-11-23t21:52:25z", "2026-11-23T21:52:25.000000Z");
        for (const char *bad :
             {"", "2026-02-29", "2026-13-01", "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z",
              "2026-11-23T10:00:00", "23.11.2026", "2026-11-23T10:00:00+25:00", "9999-12-31T23:30:00-01:00",
              "0000-01-01T00:30:00+01:00", "2026-11-23T10:00:00.Z", "yesterday"})
            QTest::newRow(bad[0] == '\0' ? "nothing" : bad) << bad << QString();
    }
    void timesAreReadInEveryOffset()
    {
        QFETCH(QString, text);
        QFETCH(QString, utc);
        const auto time = parseRfc3339(text.toStdString());
        QCOMPARE(time ? QString::fromStdString(formatRfc3339(*time)) : QString(), utc);
    }

    void idsHoldTheirTimeAndRise()
    {
        UuidV7Generator ids;
        Uuid last;
        const Timestamp start = *parseRfc3339("2026-11-23T21:52:25.000123Z");
        for (int i = 0; i < 5000; ++i) {
            const Timestamp time = start + Micros(i / 10);
            const Uuid id = ids.make(time);
            QCOMPARE(toMicros(id.timeOfV7()), toMicros(time));
            QVERIFY(id != last);
            const auto back = Uuid::parse(id.toString());
            QVERIFY(back && *back == id);
            last = id;
        }
        for (const char *bad :
             {"", "not-an-id", "01a20bbc-ab27-7723-b280-d3afeeda5e4", "zza20bbc-ab27-7723-b280-d3afeeda5e4a"})
            QVERIFY(!Uuid::parse(bad));
    }

    void cellsAreQuotedAndFormulasNeutralised_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("guarded");
        QTest::addColumn<QByteArray>("cell");
        const auto row = [](const char *text, bool guarded, const char *cell) {
            QTest::addRow("%s, %s", text, guarded ? "guarded" : "as it is")
                << QByteArray(text) << guarded << QByteArray(cell);
        };
        row("plain", true, "plain");
        row("", true, "");
        row("a,b", true, "\"a,b\"");
        row("say \"x\"", false, "\"say \"\"x\"\"\"");
        row("two\nlines", false, "\"two\nlines\"");
        row("=1+1", true, "\"'=1+1\"");
        row("=1+1", false, "=1+1");
        row("-5", true, "\"'-5\"");
        row("-5", false, "-5");
        row("'quoted", true, "\"''quoted\"");
        row("@cmd", true, "\"'@cmd\"");
    }
    void cellsAreQuotedAndFormulasNeutralised()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, guarded);
        QFETCH(QByteArray, cell);
        std::string out = "x,";
        appendCsvCell(out, text.toStdString(), guarded);
        QCOMPARE(QByteArray::fromStdString(out), "x," + cell);
    }

    void aFileIsWrittenWholeOrNotAtAll()
    {
        const QTemporaryDir dir;
        const std::filesystem::path path = dir.filePath("file.json").toStdString();
        QVERIFY(writeFileAtomically(path, "one").ok());
        QVERIFY(writeFileAtomically(path, "two").ok());
        QCOMPARE(*readFile(path), std::string("two"));
        struct stat info = {};
        QCOMPARE(::stat(path.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0600U);
        const auto refused = writeFileAtomically(dir.filePath("nowhere/file.json").toStdString(), "three");
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().toString().find("nowhere") != std::string::npos);
        QVERIFY(!readFile(dir.filePath("nothing").toStdString()).ok());
        QCOMPARE(QDir(dir.path()).entryList(QDir::Files), QStringList("file.json"));
    }

    void aNewFileTakesNoOthersPlace()
    {
        const QTemporaryDir dir;
        const std::filesystem::path path = dir.filePath("new").toStdString();
        QVERIFY(writeNewFile(path, "one").ok());
        QVERIFY(!writeNewFile(path, "two").ok());
        QCOMPARE(*readFile(path), std::string("one"));
        const std::filesystem::path link = dir.filePath("link").toStdString();
        std::filesystem::create_symlink(dir.filePath("nothing").toStdString(), link);
        QVERIFY2(!writeNewFile(link, "three").ok(), "a link to nothing is there too");
        struct stat info = {};
        QCOMPARE(::stat(path.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0600U);
        QCOMPARE(QDir(dir.path()).entryList(QDir::Files | QDir::System).size(), 2); // no temporary ones
    }

    void aFileThatNeedNotBeThere()
    {
        const QTemporaryDir dir;
        const std::filesystem::path path = dir.filePath("file").toStdString();
        QVERIFY(readFileIfThere(path).ok() && !*readFileIfThere(path));
        QVERIFY(writeFileAtomically(path, "").ok());
        QVERIFY(readFileIfThere(path).ok() && **readFileIfThere(path) == "");
        const std::filesystem::path loop = dir.filePath("loop").toStdString();
        std::filesystem::create_symlink(loop.filename(), loop);
        QVERIFY(!readFileIfThere(loop));
    }

    void whatIsNoFileIsNotWaitedFor()
    {
        const QTemporaryDir dir;
        const auto in = [&dir](const char *name) {
            return std::filesystem::path(dir.filePath(name).toStdString());
        };
        QCOMPARE(::mkfifo(in("pipe").c_str(), 0600), 0);
        std::filesystem::create_symlink("/dev/zero", in("device"));
        QVERIFY(writeFileAtomically(in("large"), "").ok());
        std::filesystem::resize_file(in("large"), (std::uintmax_t(64) << 20) + 1);
        for (const auto &[name, why] : {std::pair("pipe", "is not a file"),
                                        {"device", "is not a file"},
                                        {".", "is not a file"},
                                        {"large", "is larger than 64 MiB"}}) {
            const auto read = readFileIfThere(in(name));
            QVERIFY2(!read.ok() && read.error().message == why, name);
        }
    }

    void aLinkedFileIsWrittenWhereTheLinkLeads_data()
    {
        QTest::addColumn<QString>("target");
        QTest::addColumn<bool>("exists");
        QTest::newRow("relative") << "../kept/file.json" << true;
        QTest::newRow("absolute") << "%1/kept/file.json" << true;
        QTest::newRow("a link to a link") << "second.json" << true;
        QTest::newRow("to a file not made yet") << "../kept/file.json" << false;
    }
    void aLinkedFileIsWrittenWhereTheLinkLeads()
    {
        QFETCH(QString, target);
        QFETCH(bool, exists);
        const QTemporaryDir dir;
        QVERIFY(QDir(dir.path()).mkdir("kept") && QDir(dir.path()).mkdir("used"));
        const std::filesystem::path file = dir.filePath("kept/file.json").toStdString();
        const std::filesystem::path link = dir.filePath("used/file.json").toStdString();
        if (exists)
            QVERIFY(writeFileAtomically(file, "old").ok());
        if (target.contains("%1"))
            target = target.arg(dir.path());
        std::filesystem::create_symlink("../kept/file.json", dir.filePath("used/second.json").toStdString());
        std::filesystem::create_symlink(target.toStdString(), link);
        QVERIFY(writeLinkedFile(link, "new").ok());
        QVERIFY(std::filesystem::is_symlink(link));
        QVERIFY(!std::filesystem::is_symlink(file));
        QCOMPARE(*readFile(file), std::string("new"));
        QCOMPARE(QDir(dir.filePath("kept")).entryList(QDir::Files), QStringList("file.json"));
    }

    void linksInACircleAreRefused()
    {
        const QTemporaryDir dir;
        const std::filesystem::path link = dir.filePath("a").toStdString();
        std::filesystem::create_symlink("b", link);
        std::filesystem::create_symlink("a", dir.filePath("b").toStdString());
        const auto refused = writeLinkedFile(link, "new");
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().toString().find(dir.path().toStdString()) != std::string::npos);
        QVERIFY(std::filesystem::is_symlink(link));
    }

    void aLinkIsNotWrittenThrough()
    {
        const QTemporaryDir dir;
        const std::filesystem::path file = dir.filePath("file").toStdString();
        const std::filesystem::path link = dir.filePath("link").toStdString();
        QVERIFY(writeFileAtomically(file, "precious").ok());
        std::filesystem::create_symlink("file", link);
        const auto lock = FileLock::acquire(link);
        QVERIFY(!lock.ok());
        QCOMPARE(lock.error().toString(), link.string() + ": is a symbolic link, which is not followed here: "
                                                          "remove it");
        QVERIFY(std::filesystem::is_symlink(link));
        QVERIFY(writeFileAtomically(link, "own").ok());
        QVERIFY(!std::filesystem::is_symlink(link));
        QCOMPARE(*readFile(link), std::string("own"));
        QCOMPARE(*readFile(file), std::string("precious"));
    }

    void depthIsThatOfBracketsOutsideOfStrings_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<int>("at"); // -1: nowhere
        const auto row = [](const char *name, const QByteArray &json, int at) {
            QTest::newRow(name) << json << at;
        };
        row("nothing", "", -1);
        row("as deep as may be", QByteArray(64, '['), -1);
        row("one more", QByteArray(64, '[') + "{", 64);
        row("side by side", QByteArray("[]{}").repeated(100), -1);
        row("in a string", '"' + QByteArray(100, '['), -1);
        row("behind an escaped quote", "\"\\\"" + QByteArray(100, '['), -1);
        row("behind a string", "\"\\\\\"" + QByteArray(65, '{'), 68);
        row("ends without beginnings", QByteArray(10, ']') + QByteArray(65, '['), 74);
    }
    void depthIsThatOfBracketsOutsideOfStrings()
    {
        QFETCH(QByteArray, json);
        const auto at = tooDeepAt(json.toStdString());
        QTEST(at ? static_cast<int>(*at) : -1, "at");
    }

    void excerptsAreShortAndFitToBeShown_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("shown");
        QTest::newRow("short") << QByteArray("größe") << QByteArray("größe");
        QTest::newRow("long") << QByteArray(100, 'a') << QByteArray(60, 'a') + "…";
        QTest::newRow("not within a character") << QByteArray(59, 'a') + "ß." << QByteArray(59, 'a') + "…";
        QTest::newRow("no UTF-8") << QByteArray("gr\xf6\xdf"
                                                "e")
                                  << QByteArray("gr??e");
        QTest::newRow("a terminal's orders") << QByteArray("a\x1b[2Jb\n") << QByteArray("a?[2Jb?");
    }
    void excerptsAreShortAndFitToBeShown()
    {
        QFETCH(QByteArray, text);
        QTEST(QByteArray::fromStdString(excerpt(text.toStdString())), "shown");
    }

    void aLockIsHeldOnceAndNamesItsHolder()
    {
        const QTemporaryDir dir;
        const std::filesystem::path path = dir.filePath("lock").toStdString();
        {
            const auto first = FileLock::acquire(path);
            QVERIFY(first.ok());
            const auto second = FileLock::acquire(path);
            QVERIFY(!second.ok());
            QVERIFY(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
            QVERIFY(FileLock::isHeld(path));
        }
        QVERIFY(!FileLock::isHeld(path));
        QVERIFY(!FileLock::isHeld(dir.filePath("nothing").toStdString()));
        QVERIFY(FileLock::acquire(path).ok());
    }

    void aFolderIsHeldOnce()
    {
        const QTemporaryDir dir;
        const std::filesystem::path path = dir.path().toStdString();
        {
            const auto first = FileLock::acquireFolder(path);
            QVERIFY(first.ok());
            QVERIFY(!FileLock::acquireFolder(path).ok());
        }
        QVERIFY(FileLock::acquireFolder(path).ok());
        QVERIFY(!FileLock::acquireFolder(path / "nothing").ok());
    }

    void privateFoldersAreClosedToOthers()
    {
        const QTemporaryDir dir;
        const std::filesystem::path path = dir.filePath("a/b/c").toStdString();
        QVERIFY(createPrivateDirectory(path).ok());
        QVERIFY(createPrivateDirectory(path).ok());
        struct stat info = {};
        QCOMPARE(::stat(path.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0700U);
    }

    void aProcessEndsOnceAskedTo()
    {
        const pid_t child = ::fork();
        if (child == 0) {
            std::signal(SIGTERM, SIG_DFL); // Qt Test's prints a stack
            ::pause();
            ::_exit(0);
        }
        const auto process = Process::open(child);
        QVERIFY(process.ok());
        QCOMPARE((*process)->id(), std::int64_t(child));
        QVERIFY((*process)->isAlive());
        QVERIFY(!(*process)->endsWithin(std::chrono::milliseconds(20)));
        (*process)->askToEnd();
        QVERIFY((*process)->endsWithin(std::chrono::seconds(5)));
        // Its number is still taken, as nobody has waited for it.
        QCOMPARE(::kill(child, 0), 0);
        QVERIFY(!(*process)->isAlive());
        QVERIFY(!(*Process::open(child))->isAlive());
        QCOMPARE(::waitpid(child, nullptr, 0), child);
        QVERIFY(!(*process)->isAlive());
        (*process)->askToEnd();
        const auto gone = Process::open(child);
        QVERIFY(!gone.ok());
        QVERIFY(gone.error().toString().find(std::to_string(child)) != std::string::npos);
    }

    void aChildMayEndWithItsParent()
    {
        int ends[2];
        QCOMPARE(::pipe(ends), 0);
        const pid_t parent = ::fork();
        if (parent == 0) {
            const pid_t child = ::fork();
            if (child == 0) {
                std::signal(SIGTERM, SIG_DFL);
                Process::endWithParent();
                const pid_t own = ::getpid();
                std::ignore = ::write(ends[1], &own, sizeof own);
                ::pause();
                ::_exit(0);
            }
            ::pause();
            ::_exit(0);
        }
        pid_t child = 0;
        QCOMPARE(::read(ends[0], &child, sizeof child), ssize_t(sizeof child));
        const auto process = Process::open(child);
        QVERIFY(process.ok() && (*process)->isAlive());
        QCOMPARE(::kill(parent, SIGKILL), 0);
        QVERIFY((*process)->endsWithin(std::chrono::seconds(5)));
        QCOMPARE(::waitpid(parent, nullptr, 0), parent);
    }
};

QTEST_GUILESS_MAIN(BaseTest)
#include "tst_base.moc"
