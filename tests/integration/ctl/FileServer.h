// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QTcpServer>
#include <QTcpSocket>
#include <QThread>

#include <atomic>
#include <memory>

/// Answers every request with the same bytes, on a thread of its own.
class FileServer : public QThread
{
public:
    explicit FileServer(QByteArray reply)
        : m_reply(std::move(reply))
    {
        start();
        while (m_port == 0)
            msleep(1);
    }
    ~FileServer() override
    {
        requestInterruption();
        wait();
    }
    QString url() const { return QStringLiteral("http://127.0.0.1:%1/prices.json").arg(m_port.load()); }

    static QByteArray ok(const QByteArray &body)
    {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + QByteArray::number(body.size()) +
               "\r\nConnection: close\r\n\r\n" + body;
    }

protected:
    void run() override
    {
        QTcpServer server;
        server.listen(QHostAddress::LocalHost);
        m_port = server.serverPort();
        while (!isInterruptionRequested()) {
            if (!server.waitForNewConnection(20))
                continue;
            const std::unique_ptr<QTcpSocket> socket(server.nextPendingConnection());
            socket->waitForReadyRead(2000);
            socket->write(m_reply);
            socket->waitForBytesWritten(2000);
            socket->disconnectFromHost();
        }
    }

private:
    QByteArray m_reply;
    std::atomic<quint16> m_port{0};
};
