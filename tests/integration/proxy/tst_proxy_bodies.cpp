// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies that are kept by request, from the call to what farthingctl shows of them.
#include "integration/ctl/Farthingctl.h"
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/SecretService.h"
#include "integration/proxy/SmallDisk.h"
#include "integration/proxy/StubUpstream.h"
#include "tests/Deflated.h"

#include <QDirIterator>
#include <QTest>
#include <csignal>
#include <nlohmann/json.hpp>

using namespace farthing;

namespace {

const std::string asked = "the question of the house";
const std::string answered = "the answer of the house";
const std::string chatReply = "{\"model\":\"gpt-4o\",\"choices\":[{\"message\":{\"content\":\"" + answered +
                              "\"}}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}";
const std::string apiKey = "sk-keyofthehouse0123456789";

} // namespace

class TestProxyBodies : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { qputenv("DBUS_SESSION_BUS_ADDRESS", SecretService::noBus); }

    void init()
    {
        m_config = std::make_unique<QTemporaryDir>();
        qputenv("XDG_CONFIG_HOME", m_config->path().toUtf8());
        m_reply = StubUpstream::plain(200, "application/json", chatReply);
        m_upstream = std::make_unique<StubUpstream>([this](const HttpMessage &) {
            const std::lock_guard lock(m_mutex);
            return m_reply;
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(m_upstream->url() + "/v1"));
        m_proxy = std::make_unique<FarthingdProcess>();
    }
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

    void onlyTheNamedWorkflowsAreKept()
    {
        start("{\"workflows\": [\"w\"]}");
        const QByteArray kept = call("w");
        const QByteArray other = call("other");
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 2);
        QCOMPARE(health()["bodies"]["ok"].get<bool>(), true);

        QCOMPARE(ctl({"bodies", "show", kept, "--request"}).out, QByteArray::fromStdString(body()));
        QCOMPARE(ctl({"bodies", "show", kept, "--reply"}).out, QByteArray::fromStdString(chatReply));
        const QJsonObject json = ctl({"bodies", "show", kept, "--json"}).json();
        QCOMPARE(json["workflow"].toString(), QString("w"));
        QCOMPARE(json["reply"]["content_type"].toString(), QString("application/json"));
        QCOMPARE(json["reply"]["truncated"].toBool(), false);
        QCOMPARE(json["request"]["text"].toString(), QString::fromStdString(body()));
        const QByteArray both = ctl({"bodies", "show", kept}).out;
        QVERIFY2(both.contains("request: application/json") && both.contains("reply: "), both.constData());
        QCOMPARE(ctl({"bodies", "show", other}).code, 3);
        QCOMPARE(ctl({"bodies", "show", "no-id"}).code, 2);

        const std::string event =
            exchange(m_proxy->port(), "GET /farthing/v1/events/" + kept.toStdString() + " HTTP/1.0\r\n\r\n")
                .body;
        QVERIFY2(event.find("\"workflow\":\"w\"") != std::string::npos &&
                     event.find("house") == std::string::npos,
                 event.c_str());
        const QJsonObject status = ctl({"bodies", "status", "--json"}).json();
        QCOMPARE(status["bodies"].toInt(), 2);
        QCOMPARE(status["calls"].toInt(), 1);
        QCOMPARE(status["key"].toString(), keyFile());
        const QByteArray doctor = ctl({"doctor", "--offline"}).out;
        QVERIFY2(doctor.contains("2 are kept") && doctor.contains(keyFile().toUtf8()), doctor.constData());
        nothingIsReadable();
        QVERIFY(m_proxy->stop());
        nothingIsReadable();
        QCOMPARE(m_proxy->events().size(), std::size_t(2));
    }

    void withoutTheOptionThereIsNoFileAndNoThread()
    {
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call("w");
        QVERIFY(!QFile::exists(store()));
        QVERIFY(!QFile::exists(keyFile()));
        const auto before = threads();
        QFile maps("/proc/" + QString::number(m_proxy->pid()) + "/maps");
        QVERIFY(maps.open(QIODevice::ReadOnly));
        const QByteArray loaded = maps.readAll();
        QVERIFY(!loaded.contains("libsecret") && !loaded.contains("libglib"));
        configure("{\"workflows\": [\"w\"]}");
        call("w");
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 2);
        QCOMPARE(threads(), before + 1);
        configure("{\"workflows\": []}");
        call("w");
        configure("{\"workflows\": [\"other\"]}");
        call("other");
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 4);
        call("w");
        QCOMPARE(ctl({"bodies", "status", "--json"}).json()["calls"].toInt(), 2);
    }

    void repliesAreKeptAsTheyCame_data()
    {
        QTest::addColumn<bool>("stream");
        QTest::addColumn<QByteArray>("encoding");
        QTest::newRow("a stream") << true << QByteArray();
        QTest::newRow("gzip") << false << QByteArray("gzip");
        QTest::newRow("an encoding nobody knows") << false << QByteArray("unheard-of");
    }
    void repliesAreKeptAsTheyCame()
    {
        QFETCH(bool, stream);
        QFETCH(QByteArray, encoding);
        std::string whole = chatReply;
        if (stream) {
            std::vector<std::string> chunks;
            whole.clear();
            for (int i = 0; i < 300; ++i)
                chunks.push_back("data: {\"choices\":[{\"delta\":{\"content\":\"" + std::to_string(i) +
                                 answered + "\"}}]}\n\n");
            chunks.emplace_back("data: [DONE]\n\n");
            for (const std::string &chunk : chunks)
                whole += chunk;
            setReply(StubUpstream::chunked(200, "text/event-stream", chunks));
        } else {
            const std::string sent = encoding == "gzip" ? gzipped(whole) : whole;
            setReply(StubUpstream::plain(200, "application/json", sent,
                                         "Content-Encoding: " + encoding.toStdString() + "\r\n"));
        }
        start("{\"workflows\": [\"w\"]}");
        const QByteArray id = call("w");
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 2);
        QCOMPARE(ctl({"bodies", "show", id, "--reply"}).out, QByteArray::fromStdString(whole));
        const QJsonObject json = ctl({"bodies", "show", id, "--json", "--reply"}).json();
        QVERIFY(!json.contains("request"));
        QCOMPARE(json["reply"]["content_encoding"].toString().toUtf8(), encoding);
        QCOMPARE(json["reply"]["decoded"].toBool(), encoding == "gzip");
        QCOMPARE(json["reply"]["content_type"].toString(),
                 QString(stream ? "text/event-stream" : "application/json"));
    }

    void longBodiesAreCutAndTheOldestGiveWay()
    {
        const std::string large = "{\"content\":\"" + std::string(300'000, 'x') + "\"}";
        setReply(StubUpstream::plain(200, "application/json", large));
        start("{\"workflows\": [\"w\"], \"max_body_bytes\": 100000, \"max_total_bytes\": 1048576}");
        QByteArray first;
        QByteArray last;
        for (int i = 0; i < 30; ++i) {
            last = call("w");
            first = first.isEmpty() ? last : first;
        }
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 60);
        const QJsonObject reply = ctl({"bodies", "show", last, "--json"}).json()["reply"].toObject();
        QCOMPARE(reply["truncated"].toBool(), true);
        QCOMPARE(reply["bytes"].toInt(), int(large.size()));
        QCOMPARE(reply["text"].toString().toStdString(), large.substr(0, 100'000));
        QCOMPARE(ctl({"bodies", "show", first}).code, 3);
        QVERIFY(m_proxy->stop());
        QVERIFY2(QFile(store()).size() <= 1'048'576, qPrintable(QString::number(QFile(store()).size())));
    }

    void whatIsPurgedIsGone()
    {
        start("{\"workflows\": [\"w\", \"v\"]}");
        const QByteArray w = call("w");
        const QByteArray v = call("v");
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 4);
        QCOMPARE(ctl({"bodies", "purge"}).code, 2);
        QCOMPARE(ctl({"bodies", "purge", "--all", "--workflow", "w"}).code, 2);
        QCOMPARE(ctl({"bodies", "purge", "--before", "yesterday"}).code, 2);
        QCOMPARE(ctl({"bodies", "purge", "--before", "1h", "--json"}).json()["deleted_bodies"].toInt(), 0);
        QCOMPARE(ctl({"bodies", "purge", "--workflow", "w", "--json"}).json()["deleted_bodies"].toInt(), 2);
        QCOMPARE(ctl({"bodies", "show", w}).code, 3);
        QCOMPARE(ctl({"bodies", "show", v}).code, 0);
        QCOMPARE(ctl({"bodies", "purge", "--all"}).out, QByteArray("2 bodies are deleted\n"));
        QCOMPARE(ctl({"bodies", "show", v}).code, 3);
        nothingIsReadable();
        for (const QByteArray &id : {w, v}) // not even its place
            nothingHolds(QByteArray::fromHex(QByteArray(id).replace('-', "")), "bodies.db");
        call("w");
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 6);
    }

    void aMissingOrOtherKeyIsSaid()
    {
        start("{\"workflows\": [\"w\"]}");
        const QByteArray id = call("w");
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 2);
        QVERIFY(m_proxy->stop());
        QVERIFY(QFile::rename(keyFile(), keyFile() + ".aside"));
        auto shown = ctl({"bodies", "show", id});
        QCOMPARE(shown.code, 1);
        QVERIFY2(shown.error.contains("holds no key any more"), shown.error.constData());
        writeTo(keyFile(), QByteArray(64, '0'));
        QVERIFY(QFile(keyFile()).setPermissions(QFile::ReadOwner | QFile::WriteOwner));
        shown = ctl({"bodies", "show", id});
        QVERIFY2(shown.error.contains("another key"), shown.error.constData());

        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        isSaidToFail("another key");
        QTRY_VERIFY(m_proxy->log().contains("no bodies are kept since"));
        call("w");
        QTRY_COMPARE_WITH_TIMEOUT(health()["bodies"]["dropped"].get<int>(), 2, 10'000);
        QVERIFY(QFile::remove(keyFile()) && QFile::rename(keyFile() + ".aside", keyFile()));
        ::kill(static_cast<pid_t>(m_proxy->pid()), SIGHUP);
        QTRY_VERIFY_WITH_TIMEOUT(health()["bodies"]["ok"] == true, 10'000);
        QCOMPARE(ctl({"bodies", "show", id}).code, 0);
    }

    void aFullDiskKeepsCallsAndEvents()
    {
        const SmallDisk disk(m_proxy->dir().database().parent_path());
        if (!disk.mounted())
            QSKIP("a small file system can only be mounted as root");
        start("{\"workflows\": [\"w\"]}");
        call("w");
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 2);
        disk.fill();
        setReply(StubUpstream::plain(200, "application/json", std::string(200'000, 'x')));
        for (int i = 0; i < 5; ++i)
            call("w");
        isSaidToFail("full");
        QVERIFY(QFile::remove(disk.filler()));
        setReply(StubUpstream::plain(200, "application/json", chatReply));
        QTRY_VERIFY_WITH_TIMEOUT(!call("w").isEmpty() && health()["bodies"]["ok"] == true, 15'000);
        const int calls = m_upstream->received();
        QVERIFY(m_proxy->stop());
        QCOMPARE(int(m_proxy->events().size()), calls);
        m_proxy.reset(); // its log is a file on that disk
    }

    void aDamagedStoreIsLeftAlone()
    {
        const QByteArray foreign = QByteArray("this is somebody's text file\n").repeated(100);
        writeTo(store(), foreign);
        start("{\"workflows\": [\"w\"]}");
        call("w");
        isSaidToFail("not a database");
        QFile file(store());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), foreign);
        QVERIFY(QFile::rename(store(), store() + ".aside"));
        QTRY_VERIFY_WITH_TIMEOUT(!call("w").isEmpty() && health()["bodies"]["ok"] == true, 10'000);
    }

    void aKilledProxyLeavesTheStoreUsable()
    {
        start("{\"workflows\": [\"w\"]}");
        const QByteArray id = call("w");
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 2);
        for (int i = 0; i < 50; ++i)
            call("w");
        m_proxy->kill();
        QCOMPARE(ctl({"bodies", "show", id, "--reply"}).out, QByteArray::fromStdString(chatReply));
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        const QByteArray later = call("w");
        QTRY_COMPARE(health()["bodies"]["kept"].get<int>(), 2);
        QCOMPARE(ctl({"bodies", "show", later, "--request"}).out, QByteArray::fromStdString(body()));
    }

    void theDesktopsSecretServiceHoldsTheKey()
    {
        if (!SecretService::canRun())
            QSKIP("dbus-daemon or gnome-keyring-daemon is not installed");
        QByteArray id;
        {
            const SecretService service;
            start("{\"workflows\": [\"w\"]}");
            id = call("w");
            QTRY_COMPARE_WITH_TIMEOUT(health()["bodies"]["kept"].get<int>(), 2, 15'000);
            QVERIFY(!QFile::exists(keyFile()));
            QCOMPARE(ctl({"bodies", "show", id, "--reply"}).out, QByteArray::fromStdString(chatReply));
            QCOMPARE(ctl({"bodies", "unlock"}).code, 0);
            const QByteArray doctor = ctl({"doctor", "--offline"}).out;
            QVERIFY2(doctor.contains("their key lies in the secret service"), doctor.constData());
            nothingIsReadable();
            QVERIFY(m_proxy->stop());
        }
        const auto shown = ctl({"bodies", "show", id});
        QCOMPARE(shown.code, 1);
        QVERIFY2(shown.error.contains("the secret service"), shown.error.constData());
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        call("w");
        isSaidToFail("the secret service");
        QVERIFY(!QFile::exists(keyFile()));
    }

private:
    void start(const QByteArray &bodies)
    {
        m_proxy->writeConfig("{\"bodies\": " + bodies + "}");
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
    }
    void configure(const QByteArray &bodies)
    {
        const auto lives = m_proxy->log().count("farthing.json is live");
        m_proxy->writeConfig("{\"bodies\": " + bodies + "}");
        ::kill(static_cast<pid_t>(m_proxy->pid()), SIGHUP);
        QTRY_VERIFY(m_proxy->log().count("farthing.json is live") > lives);
    }
    void setReply(const StubUpstream::Reply &reply)
    {
        const std::lock_guard lock(m_mutex);
        m_reply = reply;
    }
    static std::string body()
    {
        return "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"" + asked + "\"}]}";
    }
    /// The event's id.
    QByteArray call(const std::string &workflow)
    {
        const HttpMessage reply =
            exchange(m_proxy->port(),
                     "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                     "application/json\r\nAuthorization: Bearer " +
                         apiKey + "\r\nX-Farthing-Workflow: " + workflow +
                         "\r\nContent-Length: " + std::to_string(body().size()) + "\r\n\r\n" + body());
        if (reply.status() != 200 || !reply.complete)
            return {};
        return QByteArray::fromStdString(reply.headers.at("x-farthing-event-id"));
    }
    nlohmann::json health()
    {
        return nlohmann::json::parse(
            exchange(m_proxy->port(), "GET /farthing/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").body);
    }
    void isSaidToFail(const char *why)
    {
        QTRY_VERIFY_WITH_TIMEOUT(health()["bodies"]["ok"] == false, 15'000);
        const auto bodies = health()["bodies"];
        QVERIFY2(bodies["error"].get<std::string>().find(why) != std::string::npos, bodies.dump().c_str());
        QVERIFY(bodies["since"].is_string());
        QCOMPARE(health()["status"].get<std::string>() == "ok" || QByteArray(why) == "full", true);
        const std::string metrics = exchange(m_proxy->port(), "GET /metrics HTTP/1.0\r\n\r\n").body;
        QVERIFY(metrics.find("{what=\"bodies\"} 1") != std::string::npos);
        const QByteArray doctor = ctl({"doctor", "--offline"}).out;
        QVERIFY2(doctor.contains("it keeps no bodies since") && doctor.contains(why), doctor.constData());
    }
    Farthingctl::Answer ctl(const QStringList &arguments) const
    {
        return Farthingctl{m_proxy->folder()}(arguments);
    }
    QString store() const { return QString::fromStdString(m_proxy->dir().bodies().string()); }
    QString keyFile() const { return m_config->filePath("farthing/bodies.key"); }
    int threads() const
    {
        return QDir("/proc/" + QString::number(m_proxy->pid()) + "/task")
            .entryList(QDir::Dirs | QDir::NoDotAndDotDot)
            .size();
    }
    void nothingHolds(const QByteArray &text, const QString &prefix = {}) const
    {
        QDirIterator files(m_proxy->folder(), {prefix + "*"}, QDir::Files, QDirIterator::Subdirectories);
        int looked = 0;
        for (; files.hasNext(); ++looked) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY2(!file.readAll().contains(text), qPrintable(file.fileName()));
        }
        QVERIFY(looked > 0);
    }
    void nothingIsReadable() const
    {
        for (const std::string &text : {asked, answered, apiKey})
            nothingHolds(QByteArray::fromStdString(text));
    }

    std::mutex m_mutex;
    StubUpstream::Reply m_reply;
    std::unique_ptr<QTemporaryDir> m_config;
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyBodies)
#include "tst_proxy_bodies.moc"
