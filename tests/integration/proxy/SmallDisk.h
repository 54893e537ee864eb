// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <sys/mount.h>

namespace farthing {

/// Until nothing more can be written; the file is left.
inline void fillDisk(const QString &filler)
{
    QFile file(filler);
    const QByteArray block(64 * 1024, 'x');
    QVERIFY(file.open(QIODevice::Append | QIODevice::Unbuffered));
    while (file.write(block) > 0) {
    }
    QVERIFY(file.error() != QFile::NoError);
}

/// A file system of a few megabytes over a folder, as long as it lives.
class SmallDisk
{
public:
    explicit SmallDisk(const std::filesystem::path &at)
        : m_at(at)
        , m_mounted(::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=12m") == 0)
    {}
    ~SmallDisk()
    {
        if (m_mounted)
            ::umount2(m_at.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk &) = delete;
    SmallDisk &operator=(const SmallDisk &) = delete;

    [[nodiscard]] bool mounted() const { return m_mounted; }
    /// Fails while a file on it is open for writing.
    [[nodiscard]] bool setReadOnly(bool readOnly) const
    {
        return ::mount("tmpfs", m_at.c_str(), "tmpfs", MS_REMOUNT | (readOnly ? MS_RDONLY : 0), "size=12m") ==
               0;
    }
    [[nodiscard]] QString filler() const { return QString::fromStdString((m_at / "filler").string()); }
    void fill() const { fillDisk(filler()); }

private:
    std::filesystem::path m_at;
    bool m_mounted;
};

/// btrfs over a folder, as long as it lives: it writes each page to a new place.
class CopyOnWriteDisk
{
public:
    explicit CopyOnWriteDisk(const std::filesystem::path &at)
        : m_at(QString::fromStdString(at.string()))
    {
        QFile image(m_folder.filePath("image"));
        m_mounted = image.open(QIODevice::WriteOnly) && image.resize(qint64(160) << 20) &&
                    succeeds("mkfs.btrfs", {"-q", "-M", image.fileName()}) &&
                    succeeds("mount", {"-o", "loop", image.fileName(), m_at});
    }
    ~CopyOnWriteDisk()
    {
        if (m_mounted)
            ::umount2(m_at.toLocal8Bit().constData(), MNT_DETACH);
    }
    CopyOnWriteDisk(const CopyOnWriteDisk &) = delete;
    CopyOnWriteDisk &operator=(const CopyOnWriteDisk &) = delete;

    /// False where mkfs.btrfs, loop devices or root's rights are missing.
    [[nodiscard]] bool mounted() const { return m_mounted; }
    [[nodiscard]] QString filler() const { return m_at + "/filler"; }
    void fill() const
    {
        // What is written down gives some room back, and pages that are clean have to be written anew.
        for (int i = 0; i < 3; ++i) {
            fillDisk(filler());
            QVERIFY(succeeds("sync", {"-f", m_at}));
        }
    }

private:
    static bool succeeds(const QString &program, const QStringList &arguments)
    {
        QProcess process;
        process.start(program, arguments);
        return process.waitForFinished() && process.exitStatus() == QProcess::NormalExit &&
               process.exitCode() == 0;
    }

    QString m_at;
    QTemporaryDir m_folder;
    bool m_mounted = false;
};

/// A file that cannot be written, as long as this lives.
class ReadOnlyFile
{
public:
    explicit ReadOnlyFile(std::filesystem::path file)
        : m_file(std::move(file))
        , m_bound(::mount(m_file.c_str(), m_file.c_str(), nullptr, MS_BIND, nullptr) == 0)
        , m_readOnly(m_bound && ::mount(nullptr, m_file.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY,
                                        nullptr) == 0)
    {}
    ~ReadOnlyFile()
    {
        if (m_bound)
            ::umount2(m_file.c_str(), MNT_DETACH);
    }
    ReadOnlyFile(const ReadOnlyFile &) = delete;
    ReadOnlyFile &operator=(const ReadOnlyFile &) = delete;

    [[nodiscard]] bool isReadOnly() const { return m_readOnly; }

private:
    std::filesystem::path m_file;
    bool m_bound;
    bool m_readOnly;
};

} // namespace farthing
