// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

namespace farthing {

/// A session bus with an unlocked keyring of its own, which programs started meanwhile find.
class SecretService
{
public:
    static bool canRun()
    {
        return !QStandardPaths::findExecutable("dbus-daemon").isEmpty() &&
               !QStandardPaths::findExecutable("gnome-keyring-daemon").isEmpty();
    }
    SecretService()
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const char *folder : {"HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CACHE_HOME"})
            environment.insert(folder, m_folder.path());
        // Without services that the bus would start by itself.
        const QString config = m_folder.filePath("bus.conf");
        QFile file(config);
        if (!file.open(QIODevice::WriteOnly) || file.write(busConfig) <= 0)
            qFatal("%s cannot be written", qPrintable(config));
        file.close();
        m_bus.start("dbus-daemon", {"--config-file=" + config, "--nofork", "--print-address"});
        if (!m_bus.waitForReadyRead(5'000))
            qFatal("the bus does not start");
        qputenv("DBUS_SESSION_BUS_ADDRESS", m_bus.readLine().trimmed());
        environment.insert("DBUS_SESSION_BUS_ADDRESS", qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS"));
        m_keyring.setProcessEnvironment(environment);
        m_keyring.start("gnome-keyring-daemon", {"--foreground", "--components=secrets", "--unlock"});
        m_keyring.write("a password");
        m_keyring.closeWriteChannel();
        constexpr int noneYet = 3;
        const bool serves = QTest::qWaitFor(
            [] { return QProcess::execute(FARTHING_BIN_DIR "/farthing-secret", {"lookup"}) == noneYet; },
            10'000);
        if (!serves)
            qFatal("the keyring does not start");
    }
    ~SecretService()
    {
        for (QProcess *process : {&m_keyring, &m_bus}) {
            process->kill();
            process->waitForFinished();
        }
        qputenv("DBUS_SESSION_BUS_ADDRESS", noBus);
    }
    SecretService(const SecretService &) = delete;
    SecretService &operator=(const SecretService &) = delete;

    static constexpr const char *noBus = "unix:path=/nonexistent";

private:
    static constexpr const char *busConfig =
        "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context=\"default\">"
        "<allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>"
        "</policy></busconfig>";

    QTemporaryDir m_folder;
    QProcess m_bus;
    QProcess m_keyring;
};

} // namespace farthing
