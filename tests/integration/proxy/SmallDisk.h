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

} // namespace farthing
