// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the built farthing-sim and talks to it over sockets.
#include <QtTest>

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpSocket>
#include <QTemporaryDir>

namespace {

const QString kProgram = QStringLiteral(FARTHING_BIN_DIR "/farthing-sim");
constexpr int kWaitMs = 30'000;

/// A running `farthing-sim serve`.
class Sim
{
public:
    explicit Sim(const QStringList &more = {})
    {
        m_process.start(kProgram,
                        QStringList{"serve", "--listen", "127.0.0.1:0", "--latency-scale", "0"} + more);
        if (m_process.waitForReadyRead(kWaitMs))
            m_address = QJsonDocument::fromJson(m_process.readLine()).object().value("listening").toString();
    }
    ~Sim()
    {
        m_process.terminate();
        m_process.waitForFinished(kWaitMs);
    }
    Sim(const Sim &) = delete;
    Sim &operator=(const Sim &) = delete;

    [[nodiscard]] QString address() const { return m_address; }
    [[nodiscard]] quint16 port() const { return m_address.section(':', 1).toUShort(); }
    QProcess &process() { return m_process; }

private:
    QProcess m_process;
    QString m_address;
};

QByteArray chatRequest(bool stream, const QByteArray &headers = {})
{
    const QByteArray body =
        QByteArray(R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}],"stream":)") +
        (stream ? "true}" : "false}");
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: sim\r\n" + headers +
           "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
}

/// What comes until `end` is seen or the connection closes.
QByteArray readUntil(QTcpSocket &socket, const QByteArray &end)
{
    QByteArray bytes;
    while (!bytes.contains(end)) {
        bytes += socket.readAll();
        if (bytes.contains(end) || (socket.bytesAvailable() == 0 && !socket.waitForReadyRead(kWaitMs)))
            break;
    }
    return bytes + socket.readAll();
}

struct Finished
{
    int code = -1;
    QByteArray out;
    QByteArray errors;
};

Finished run(const QStringList &arguments)
{
    QProcess process;
    process.start(kProgram, arguments);
    if (!process.waitForFinished(120'000))
        return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

} // namespace

class SimProgramTest : public QObject
{
    Q_OBJECT

private slots:
    void tellsWhereItListens();
    void keepsConnectionsAlive();
    void streamsInChunks();
    void letsAClientGoOnThatWaitsForIt();
    void breaksConnections_data();
    void breaksConnections();
    void survivesGarbage_data();
    void survivesGarbage();
    void faultRateOfOneFailsEverything();
    void replaysASampleDay();
    void replaysATraceAtItsSpeed();
    void refusesBadTraces();
    void refusesBadArguments_data();
    void refusesBadArguments();
    void reportsAProxyThatIsNotThere();
    void seedsAnEmptyStoreOnce();
};

void SimProgramTest::tellsWhereItListens()
{
    Sim sim;
    QVERIFY2(sim.port() != 0, sim.process().readAllStandardError().constData());
    QVERIFY(sim.address().startsWith("127.0.0.1:"));
    sim.process().terminate();
    QVERIFY(sim.process().waitForFinished(kWaitMs));
    QCOMPARE(sim.process().exitCode(), 0);
}

void SimProgramTest::keepsConnectionsAlive()
{
    Sim sim;
    QTcpSocket socket;
    socket.connectToHost("127.0.0.1", sim.port());
    QVERIFY(socket.waitForConnected(kWaitMs));
    for (int i = 0; i < 3; ++i) {
        socket.write(chatRequest(false));
        const QByteArray reply = readUntil(socket, "fp_51a4c0f3d2\"}");
        QVERIFY2(reply.startsWith("HTTP/1.1 200 OK\r\n"), reply.constData());
        QVERIFY(reply.contains("x-request-id: req_"));
    }
    socket.write("GET /v1/models HTTP/1.1\r\nHost: sim\r\nConnection: close\r\n\r\n");
    QVERIFY(readUntil(socket, "no such bytes").contains("connection: close"));
    QCOMPARE(socket.state(), QAbstractSocket::UnconnectedState);
}

void SimProgramTest::streamsInChunks()
{
    Sim sim;
    QTcpSocket socket;
    socket.connectToHost("127.0.0.1", sim.port());
    socket.write(chatRequest(true));
    const QByteArray reply = readUntil(socket, "\r\n0\r\n\r\n");
    QVERIFY(reply.contains("transfer-encoding: chunked\r\n"));
    QVERIFY(reply.contains("content-type: text/event-stream"));
    QVERIFY(reply.contains("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"));
}

void SimProgramTest::letsAClientGoOnThatWaitsForIt()
{
    Sim sim;
    QTcpSocket socket;
    socket.connectToHost("127.0.0.1", sim.port());
    const QByteArray request = chatRequest(false, "Expect: 100-continue\r\n");
    const qsizetype body = request.indexOf("\r\n\r\n") + 4;
    socket.write(request.left(body));
    QVERIFY(readUntil(socket, "\r\n\r\n").startsWith("HTTP/1.1 100 Continue"));
    socket.write(request.mid(body));
    QVERIFY(readUntil(socket, "\r\n\r\n").startsWith("HTTP/1.1 200"));
}

void SimProgramTest::breaksConnections_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::addColumn<bool>("stream");
    QTest::addColumn<bool>("anything"); // whether a part of the reply comes first
    QTest::newRow("reset, body") << QByteArray("reset") << false << false;
    QTest::newRow("reset, stream") << QByteArray("reset") << true << false;
    QTest::newRow("truncate, body") << QByteArray("truncate") << false << true;
    QTest::newRow("truncate, stream") << QByteArray("truncate") << true << true;
}

void SimProgramTest::breaksConnections()
{
    QFETCH(QByteArray, fault);
    QFETCH(bool, stream);
    QFETCH(bool, anything);
    Sim sim;
    QTcpSocket socket;
    socket.connectToHost("127.0.0.1", sim.port());
    socket.write(chatRequest(stream, "X-Sim-Fault: " + fault + "\r\n"));
    const QByteArray reply = readUntil(socket, "\r\n0\r\n\r\n");
    QCOMPARE(!reply.isEmpty(), anything);
    QVERIFY(!reply.contains("\r\n0\r\n\r\n"));
    QVERIFY(!reply.contains("system_fingerprint\":\"fp_51a4c0f3d2\"}"));
    QCOMPARE(socket.state(), QAbstractSocket::UnconnectedState);
}

void SimProgramTest::survivesGarbage_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("no HTTP") << QByteArray("\x16\x03\x01 hello\r\n\r\n");
    QTest::newRow("no body") << QByteArray("POST /v1/messages HTTP/1.1\r\nHost: sim\r\n\r\n");
    QTest::newRow("a length that lies")
        << QByteArray("POST /v1/messages HTTP/1.1\r\nHost: sim\r\nContent-Length: 9\r\n\r\n{}");
    QTest::newRow("a length beyond the limit")
        << QByteArray("POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 99999999999\r\n\r\n{}");
    QTest::newRow("headers without end") << "GET / HTTP/1.1\r\nX: " + QByteArray(200'000, 'x');
    QTest::newRow("a bad escape") << QByteArray("GET /%zz%4 HTTP/1.1\r\nHost: sim\r\n\r\n");
}

void SimProgramTest::survivesGarbage()
{
    QFETCH(QByteArray, bytes);
    Sim sim;
    {
        QTcpSocket socket;
        socket.connectToHost("127.0.0.1", sim.port());
        socket.write(bytes);
        socket.waitForReadyRead(200);
    }
    QTcpSocket socket;
    socket.connectToHost("127.0.0.1", sim.port());
    socket.write(chatRequest(false));
    QVERIFY(readUntil(socket, "\r\n\r\n").startsWith("HTTP/1.1 200 OK"));
}

void SimProgramTest::faultRateOfOneFailsEverything()
{
    Sim sim({"--fault", "500"});
    const Finished replay = run({"replay", "--sample-day", "--calls", "20", "--error-share", "0",
                                 "--abort-share", "0", "--json", "--proxy", "http://" + sim.address()});
    QCOMPARE(replay.code, 1);
    QCOMPARE(QJsonDocument::fromJson(replay.out).object().value("unexpected_errors").toInt(), 20);
}

void SimProgramTest::replaysASampleDay()
{
    Sim sim;
    const Finished replay =
        run({"replay", "--sample-day", "--calls", "300", "--progress", "--proxy", "http://" + sim.address()});
    QVERIFY2(replay.code == 0, replay.errors + replay.out);
    const QList<QByteArray> lines = replay.out.trimmed().split('\n');
    const QJsonObject summary = QJsonDocument::fromJson(lines.last()).object();
    QCOMPARE(summary.value("calls").toInt(), 300);
    QCOMPARE(summary.value("failed").toInt() + summary.value("unexpected_errors").toInt(), 0);
    QVERIFY(summary.value("streams").toInt() > 50);
    const QJsonObject progress = QJsonDocument::fromJson(lines.at(lines.size() - 2)).object();
    QCOMPARE(progress.value("done").toInt(), 300);
    QCOMPARE(progress.value("total").toInt(), 300);
}

void SimProgramTest::replaysATraceAtItsSpeed()
{
    Sim sim;
    QTemporaryDir folder;
    QFile trace(folder.filePath("trace.csv"));
    QVERIFY(trace.open(QIODevice::WriteOnly));
    trace.write("t_ms,input_tokens,output_tokens\n0,100,5\n1500,100,5\n3000,100,5\n9000,100,5\n");
    trace.close();
    const Finished replay =
        run({"replay", trace.fileName(), "--speed", "3", "--limit", "3", "--json", "--error-share", "0",
             "--abort-share", "0", "--proxy", "http://" + sim.address() + "/"});
    QCOMPARE(replay.code, 0);
    const QJsonObject summary = QJsonDocument::fromJson(replay.out).object();
    QCOMPARE(summary.value("calls").toInt(), 3);
    QVERIFY(summary.value("seconds").toDouble() >= 1.0); // 3 s at three times the speed
    QCOMPARE(summary.value("statuses").toObject().value("200").toInt(), 3);
}

void SimProgramTest::refusesBadTraces()
{
    QTemporaryDir folder;
    QFile trace(folder.filePath("trace.csv"));
    QVERIFY(trace.open(QIODevice::WriteOnly));
    trace.write("t_ms,input_tokens,output_tokens\n0,1,1\n1,x,1\n");
    trace.close();
    const Finished replay = run({"replay", trace.fileName(), "--proxy", "http://127.0.0.1:9"});
    QCOMPARE(replay.code, 2);
    QVERIFY2(replay.errors.contains("trace.csv: line 3: input_tokens"), replay.errors.constData());
    QCOMPARE(run({"replay", folder.filePath("absent.csv"), "--proxy", "http://127.0.0.1:9"}).code, 2);
}

void SimProgramTest::refusesBadArguments_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("no subcommand") << QStringList{};
    QTest::newRow("a host name") << QStringList{"serve", "--listen", "localhost:0"};
    QTest::newRow("no port") << QStringList{"serve", "--listen", "127.0.0.1"};
    QTest::newRow("a port too high") << QStringList{"serve", "--listen", "127.0.0.1:70000"};
    QTest::newRow("profile") << QStringList{"serve", "--listen", "127.0.0.1:0", "--profile", "instant"};
    QTest::newRow("fault") << QStringList{"serve", "--listen", "127.0.0.1:0", "--fault", "explode"};
    QTest::newRow("negative scale") << QStringList{"serve", "--latency-scale", "-1"};
    QTest::newRow("nothing to replay") << QStringList{"replay", "--proxy", "http://127.0.0.1:9"};
    QTest::newRow("no proxy") << QStringList{"replay", "--sample-day"};
    for (const char *calls : {"0", "-1", "99999999999999999"})
        QTest::addRow("%s calls", calls)
            << QStringList{"replay", "--sample-day", "--calls", calls, "--proxy", "http://127.0.0.1:9"};
    QTest::newRow("speed") << QStringList{"replay", "--sample-day", "--speed",
                                          "0",      "--proxy",      "http://127.0.0.1:9"};
}

void SimProgramTest::refusesBadArguments()
{
    QFETCH(QStringList, arguments);
    const Finished finished = run(arguments);
    QVERIFY(finished.code > 0 && finished.code < 128);
    QVERIFY(!finished.errors.isEmpty() && !finished.errors.contains("terminate called"));
}

void SimProgramTest::reportsAProxyThatIsNotThere()
{
    const Finished replay =
        run({"replay", "--sample-day", "--calls", "5", "--json", "--proxy", "http://127.0.0.1:9"});
    QCOMPARE(replay.code, 1);
    const QJsonObject summary = QJsonDocument::fromJson(replay.out).object();
    QCOMPARE(summary.value("failed").toInt(), 5);
    QVERIFY(summary.value("first_failure").toString().contains("127.0.0.1:9"));
}

void SimProgramTest::seedsAnEmptyStoreOnce()
{
    const QTemporaryDir dir;
    const QStringList seed = {"seed", "--data-dir", dir.path(), "--events", "3000", "--days", "7"};
    const Finished wrong = run(seed + QStringList{"--until", "yesterday"});
    QCOMPARE(wrong.code, 2);
    QVERIFY2(wrong.errors.contains("--until"), wrong.errors.constData());
    const Finished made = run(seed + QStringList{"--until", "2026-03-02T00:00:00Z"});
    QVERIFY2(made.code == 0, made.errors.constData());
    QVERIFY2(made.out.startsWith("3000 events of 7 days"), made.out.constData());
    const Finished again = run(seed);
    QCOMPARE(again.code, 1);
    QVERIFY2(again.errors.contains("holds events already"), again.errors.constData());
}

QTEST_GUILESS_MAIN(SimProgramTest)
#include "tst_sim_program.moc"
