// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QTest>
#include <filesystem>
#include <sys/mount.h>

namespace farthing {

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
    void fill() const
    {
        QFile file(filler());
        const QByteArray block(64 * 1024, 'x');
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
        while (file.write(block) > 0) {
        }
        QVERIFY(file.error() != QFile::NoError);
    }

private:
    std::filesystem::path m_at;
    bool m_mounted;
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
