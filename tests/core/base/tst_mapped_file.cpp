// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/MappedFile.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace farthing;

namespace {

constexpr std::size_t page = 4096;

} // namespace

/// A file that was cut behind its maker's back stands for a disk that takes no more: the system says both in
/// the same way.
class MappedFileTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { std::signal(SIGBUS, SIG_DFL); } // before the first file: not Qt's

    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("file").toStdString();
    }

    void whatIsWrittenIsInTheFile()
    {
        const auto file = make(4 * page);
        std::memset(file->data() + page, 'x', page);
        QVERIFY(!file->isLost());
        QFile read(QString::fromStdString(m_path));
        QVERIFY(read.open(QIODevice::ReadOnly));
        QCOMPARE(read.readAll().mid(page, page), QByteArray(page, 'x'));
    }

    void aPageThatTheDiskDoesNotTakeIsKeptInMemory()
    {
        const auto file = make(4 * page);
        std::memset(file->data(), 'a', page);
        std::filesystem::resize_file(m_path, page);
        QVERIFY(!file->isLost());
        std::memset(file->data() + page / 2, 'b',
                    2 * page); // the rest of a page that is there, and two that are not
        QVERIFY(file->isLost());
        QCOMPARE(QByteArray(reinterpret_cast<const char *>(file->data()), 4 * page),
                 QByteArray(page / 2, 'a') + QByteArray(2 * page, 'b') + QByteArray(page / 2 + page, '\0'));
        QFile read(QString::fromStdString(m_path));
        QVERIFY(read.open(QIODevice::ReadOnly));
        QCOMPARE(read.readAll(), QByteArray(page / 2, 'a') + QByteArray(page / 2, 'b'));
    }

    void onlyTheFileThatItHappenedToIsLost()
    {
        auto file = make(4 * page);
        std::filesystem::resize_file(m_path, page);
        const auto other = MappedFile::create(m_dir->filePath("other").toStdString(), 4 * page);
        QVERIFY(other.ok());
        file->data()[2 * page] = std::byte(1);
        QVERIFY(file->isLost() && !(*other)->isLost());
        file.reset();
        std::filesystem::remove(m_path);
        const auto next = make(4 * page); // takes its place among what is known of files
        next->data()[2 * page] = std::byte(1);
        QVERIFY(!next->isLost());
    }

    void manyAreToldApart()
    {
        std::vector<std::unique_ptr<MappedFile>> files;
        for (int i = 0; i < 200; ++i) {
            auto file = MappedFile::create(m_dir->filePath(QString::number(i)).toStdString(), 2 * page);
            QVERIFY(file.ok());
            files.push_back(*std::move(file));
        }
        std::filesystem::resize_file(m_dir->filePath("77").toStdString(), page);
        for (const auto &file : files)
            file->data()[page] = std::byte(7);
        for (int i = 0; i < 200; ++i)
            QCOMPARE(files[static_cast<std::size_t>(i)]->isLost(), i == 77);
    }

    /// Whoever reads beside it sees what was there, and whoever else meets the page takes nothing back.
    void threadsThatMeetOnePageLoseNothing()
    {
        for (int round = 0; round < 300; ++round) {
            const auto file =
                MappedFile::create(m_dir->filePath(QString::number(round)).toStdString(), 2 * page);
            QVERIFY(file.ok());
            std::filesystem::resize_file(m_dir->filePath(QString::number(round)).toStdString(), page);
            std::byte *const data = (*file)->data() + page;
            std::atomic<int> ready = 0;
            std::vector<std::thread> writers;
            for (int i = 0; i < 3; ++i)
                writers.emplace_back([&, i] {
                    ++ready;
                    while (ready < 3) {
                    }
                    data[i * 64] = std::byte(1);
                });
            for (std::thread &writer : writers)
                writer.join();
            for (int i = 0; i < 3; ++i)
                QVERIFY2(data[i * 64] == std::byte(1), QByteArray::number(round).constData());
        }
    }

    void aSignalThatSomebodySendsStillKills()
    {
        const auto file = make(page);
        const pid_t child = ::fork();
        if (child == 0) {
            ::raise(SIGBUS);
            ::_exit(0);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    }

    void aFaultElsewhereStillKills()
    {
        const auto file = make(page);
        const int fd = ::open(m_dir->filePath("foreign").toUtf8().constData(), O_RDWR | O_CREAT, 0600);
        QVERIFY(fd >= 0);
        const pid_t child = ::fork();
        if (child == 0) {
            auto *const data =
                static_cast<char *>(::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
            data[0] = 1;
            ::_exit(0);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
        ::close(fd);
    }

private:
    std::unique_ptr<MappedFile> make(std::size_t size)
    {
        auto file = MappedFile::create(m_path, size);
        if (!file)
            qFatal("%s", file.error().toString().c_str());
        return *std::move(file);
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::filesystem::path m_path;
};

QTEST_GUILESS_MAIN(MappedFileTest)
#include "tst_mapped_file.moc"
