// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "integration/proxy/StubUpstream.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace farthing {

/// An authority of the test's own and certificates for 127.0.0.1, made by openssl: "good", "expired", for
/// "another" name, and one that is signed by "itself".
class TestCertificates
{
public:
    TestCertificates()
    {
        QFile file(m_dir.filePath("ca.cnf"));
        file.open(QIODevice::WriteOnly);
        file.write(
            "[ca]\ndefault_ca=c\n[c]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\n"
            "policy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n");
        file.close();
        run("sh", {"-c", ": > index; echo 01 > serial"});
        selfSigned("ca", "DNS:authority.test");
        selfSigned("itself", "IP:127.0.0.1");
        signedCertificate("good", "IP:127.0.0.1", "20200101000000Z", "20991231000000Z");
        signedCertificate("expired", "IP:127.0.0.1", "20200101000000Z", "20200201000000Z");
        signedCertificate("another", "DNS:elsewhere.example", "20200101000000Z", "20991231000000Z");
    }
    [[nodiscard]] QString path(const QString &file) const { return m_dir.filePath(file); }

private:
    void run(const QString &program, const QStringList &arguments)
    {
        QProcess process;
        process.setWorkingDirectory(m_dir.path());
        process.start(program, arguments);
        if (!process.waitForFinished() || process.exitCode() != 0)
            qFatal("%s: %s", qPrintable(program), process.readAllStandardError().constData());
    }
    static QStringList request(const QString &name, const QString &address)
    {
        return {"req",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-keyout",
                name + ".key",
                "-subj",
                "/CN=" + name,
                "-addext",
                "subjectAltName=" + address};
    }
    void selfSigned(const QString &name, const QString &address)
    {
        run("openssl", request(name, address) << "-x509"
                                              << "-days"
                                              << "2"
                                              << "-out" << name + ".pem");
    }
    void signedCertificate(const QString &name, const QString &address, const QString &from,
                           const QString &until)
    {
        run("openssl", request(name, address) << "-new"
                                              << "-out" << name + ".csr");
        run("openssl",
            {"ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in",
             name + ".csr", "-out", name + ".pem", "-startdate", from, "-enddate", until, "-notext"});
    }

    QTemporaryDir m_dir;
};

/// A server that speaks TLS with one of the certificates, as long as it lives. It prefers HTTP/2 and cannot
/// speak it: whoever offers that gets no answer.
class TlsServer
{
public:
    TlsServer(const TestCertificates &certificates, const QString &name)
        : m_port(freePort())
    {
        m_process.start("openssl",
                        {"s_server", "-accept", "127.0.0.1:" + QString::number(m_port), "-cert",
                         certificates.path(name + ".pem"), "-key", certificates.path(name + ".key"), "-www",
                         "-quiet", "-alpn", "h2,http/1.1"});
        for (int i = 0; i < 200; ++i) {
            if (const int socket = connectTo(m_port); socket >= 0) {
                ::close(socket);
                return;
            }
            m_process.waitForFinished(20);
        }
        qFatal("openssl s_server does not serve");
    }
    ~TlsServer()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    TlsServer(const TlsServer &) = delete;
    TlsServer &operator=(const TlsServer &) = delete;

    [[nodiscard]] int port() const { return m_port; }

    /// One that nobody listens on at this moment.
    static int freePort()
    {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto *const any = reinterpret_cast<sockaddr *>(&address);
        if (::bind(socket, any, size) != 0 || ::getsockname(socket, any, &size) != 0)
            qFatal("no port");
        ::close(socket);
        return ntohs(address.sin_port);
    }

private:
    int m_port;
    QProcess m_process;
};

} // namespace farthing
