// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/SampleUpstreams.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace farthing;

namespace {

const QString simulator = QStringLiteral("127.0.0.1:4999");
const QStringList added = {"sim-anthropic", "sim-gemini", "sim-openai"};

} // namespace

class SampleUpstreamsTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("farthing.json");
    }

    void threeUpstreamsAreAddedToWhatIsThere()
    {
        write("{\"listen\": \"127.0.0.1:1\", \"upstreams\": {\"own\": {\"base_url\": \"https://x.test\"}}}");
        QVERIFY(SampleUpstreams(m_path).add(simulator).ok());
        const QJsonObject root = object();
        QCOMPARE(root["listen"].toString(), QStringLiteral("127.0.0.1:1"));
        QCOMPARE(upstreams(), QStringList("own") + added);
        const QJsonObject all = root["upstreams"].toObject();
        QCOMPARE(all["own"].toObject()["base_url"].toString(), QStringLiteral("https://x.test"));
        const QJsonObject openAi = all["sim-openai"].toObject();
        QCOMPARE(openAi["base_url"].toString(), SampleUpstreams::openAiBaseUrl(simulator));
        QCOMPARE(openAi["base_url"].toString(), QStringLiteral("http://127.0.0.1:4999/v1"));
        QCOMPARE(openAi["wire"].toString(), QStringLiteral("openai"));
        QCOMPARE(all["sim-gemini"].toObject()["base_url"].toString(),
                 QStringLiteral("http://127.0.0.1:4999"));
    }

    void theFileComesBackByteForByte_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::newRow("an empty object") << QByteArray("{}");
        QTest::newRow("an empty file") << QByteArray("");
        QTest::newRow("white space") << QByteArray(" \n\t\n");
        QTest::newRow("a person's own layout")
            << QByteArray("{ \"zebra\":1,\r\n\t\"upstreams\" : { } , \"alpha\": 1.50e3 }  \n\n");
        QTest::newRow("escapes and letters beyond ASCII")
            << QByteArray("{\"a\": \"gr\\u00f6\\u00dfe größe\\/\"}");
        QTest::newRow("upstreams of a kind that is not understood") << QByteArray("{\"upstreams\": [1, 2]}");
    }
    void theFileComesBackByteForByte()
    {
        QFETCH(QByteArray, before);
        write(before);
        SampleUpstreams sample(m_path);
        QVERIFY(sample.add(simulator).ok());
        QVERIFY(content() != before);
        QCOMPARE(upstreams(), added);
        QVERIFY(sample.remove().ok());
        QCOMPARE(content(), before);
        QVERIFY(sample.remove().ok());
        QCOMPARE(content(), before);
    }

    void aFileThatWasNotThereIsRemoved()
    {
        SampleUpstreams sample(m_path);
        QVERIFY(sample.add(simulator).ok());
        QCOMPARE(upstreams(), added);
        QVERIFY(sample.remove().ok());
        QVERIFY(!QFile::exists(m_path));
        QVERIFY(sample.remove().ok());
        QVERIFY(QDir(m_dir->path()).isEmpty());
    }

    void nothingIsLeftBesideTheFile()
    {
        write("{}");
        SampleUpstreams sample(m_path);
        QVERIFY(sample.add(simulator).ok());
        QVERIFY(sample.remove().ok());
        QCOMPARE(QDir(m_dir->path()).entryList(QDir::Files | QDir::Hidden), QStringList("farthing.json"));
    }

    void itCanBeAddedAgain()
    {
        write("{\"a\":1}");
        SampleUpstreams sample(m_path);
        for (int i = 0; i < 2; ++i) {
            QVERIFY(sample.add(simulator).ok());
            QVERIFY(sample.remove().ok());
            QCOMPARE(content(), QByteArray("{\"a\":1}"));
        }
    }

    void whatSomebodyElseEditedInBetweenStays()
    {
        write("{\"upstreams\": {\"own\": {\"base_url\": \"https://x.test\"}}}");
        SampleUpstreams sample(m_path);
        QVERIFY(sample.add(simulator).ok());
        QJsonObject root = object();
        QJsonObject all = root["upstreams"].toObject();
        all.insert("new", QJsonObject{{"base_url", "https://y.test"}});
        root["upstreams"] = all;
        root["listen"] = "127.0.0.1:2";
        write(QJsonDocument(root).toJson());
        QVERIFY(sample.remove().ok());
        QCOMPARE(upstreams(), QStringList({"new", "own"}));
        QCOMPARE(object()["listen"].toString(), QStringLiteral("127.0.0.1:2"));
    }

    void anEditedFileWithoutOtherUpstreamsLosesTheWholeMember()
    {
        SampleUpstreams sample(m_path);
        QVERIFY(sample.add(simulator).ok());
        QJsonObject root = object();
        root["listen"] = "127.0.0.1:2";
        write(QJsonDocument(root).toJson());
        QVERIFY(sample.remove().ok());
        QCOMPARE(object(), QJsonObject({{"listen", "127.0.0.1:2"}}));
    }

    void anEditThatTookTheUpstreamsAwayIsLeftAlone()
    {
        write("{}");
        SampleUpstreams sample(m_path);
        QVERIFY(sample.add(simulator).ok());
        write("{ \"listen\":   \"127.0.0.1:2\" }");
        QVERIFY(sample.remove().ok());
        QCOMPARE(content(), QByteArray("{ \"listen\":   \"127.0.0.1:2\" }"));
    }

    void aFileThatSomebodyElseRemovedStaysAway()
    {
        write("{}");
        SampleUpstreams sample(m_path);
        QVERIFY(sample.add(simulator).ok());
        QVERIFY(QFile::remove(m_path));
        QVERIFY(sample.remove().ok());
        QVERIFY(!QFile::exists(m_path));
    }

    void aFileThatIsNoObjectIsRefusedAndLeftAlone_data() { noObjects(); }
    void aFileThatIsNoObjectIsRefusedAndLeftAlone()
    {
        QFETCH(QByteArray, bytes);
        write(bytes);
        SampleUpstreams sample(m_path);
        const auto refused = sample.add(simulator);
        QVERIFY(!refused.ok());
        QVERIFY(QString::fromStdString(refused.error().toString()).contains(m_path));
        QCOMPARE(content(), bytes);
        std::ignore = sample.remove();
        QCOMPARE(content(), bytes);
    }

    void anEditThatIsNoObjectIsLeftAlone_data() { noObjects(); }
    void anEditThatIsNoObjectIsLeftAlone()
    {
        QFETCH(QByteArray, bytes);
        SampleUpstreams sample(m_path);
        QVERIFY(sample.add(simulator).ok());
        write(bytes);
        QVERIFY(!sample.remove().ok());
        QCOMPARE(content(), bytes);
    }

    void removingWithoutAddingChangesNothing_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("an empty file") << QByteArray("");
        QTest::newRow("an object") << QByteArray("{ }");
    }
    void removingWithoutAddingChangesNothing()
    {
        QFETCH(QByteArray, bytes);
        write(bytes);
        QVERIFY(SampleUpstreams(m_path).remove().ok());
        QVERIFY(QFile::exists(m_path));
        QCOMPARE(content(), bytes);
    }

    void whatAnEarlierRunLeftIsRemoved()
    {
        QVERIFY(SampleUpstreams(m_path).add(simulator).ok());
        QVERIFY(SampleUpstreams(m_path).remove().ok());
        QCOMPARE(object(), QJsonObject());
    }

    void aFileThatCannotBeReadIsRefusedAndLeftAlone_data()
    {
        QTest::addColumn<bool>("folder");
        QTest::newRow("a folder of that name") << true;
        QTest::newRow("no permission") << false;
    }
    void aFileThatCannotBeReadIsRefusedAndLeftAlone()
    {
        QFETCH(bool, folder);
        if (folder) {
            QVERIFY(QDir().mkdir(m_path));
        } else {
            if (::geteuid() == 0)
                QSKIP("root reads every file");
            write("{\"a\":1}");
            QVERIFY(QFile::setPermissions(m_path, {}));
        }
        SampleUpstreams sample(m_path);
        QVERIFY(!sample.add(simulator).ok());
        std::ignore = sample.remove();
        QVERIFY(QFile::exists(m_path));
        if (!folder) {
            QVERIFY(QFile::setPermissions(m_path, QFile::ReadOwner));
            QCOMPARE(content(), QByteArray("{\"a\":1}"));
        }
    }

private:
    static void noObjects()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("an array") << QByteArray("[]");
        QTest::newRow("half an object") << QByteArray("{\"listen\": \"127");
        QTest::newRow("a number") << QByteArray("7\n");
        QTest::newRow("a comment") << QByteArray("// mine\n{}");
        QTest::newRow("two objects") << QByteArray("{}{}");
        QTest::newRow("no text") << QByteArray("\0\xff\xfe", 3);
    }

    void write(const QByteArray &bytes)
    {
        QFile file(m_path);
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("the file cannot be written");
    }
    [[nodiscard]] QByteArray content() const
    {
        QFile file(m_path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(cannot be read)");
    }
    [[nodiscard]] QJsonObject object() const { return QJsonDocument::fromJson(content()).object(); }
    [[nodiscard]] QStringList upstreams() const { return object()["upstreams"].toObject().keys(); }

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_path;
};

QTEST_GUILESS_MAIN(SampleUpstreamsTest)
#include "tst_sample_upstreams.moc"
