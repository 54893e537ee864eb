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
        m_data = DataDir::resolve(m_dir->path().toStdString());
    }

    void threeUpstreamsAreAddedToWhatIsThere()
    {
        write("{\"listen\": \"127.0.0.1:1\", \"upstreams\": {\"own\": {\"base_url\": \"https://x.test\"}}}");
        QVERIFY(SampleUpstreams(m_data).add(simulator).ok());
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
        SampleUpstreams sample(m_data);
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
        SampleUpstreams sample(m_data);
        QVERIFY(sample.add(simulator).ok());
        QCOMPARE(upstreams(), added);
        QVERIFY(sample.remove().ok());
        QVERIFY(!QFile::exists(m_path));
        QVERIFY(sample.remove().ok());
        QCOMPARE(files(), QStringList());
    }

    void nothingIsLeftBesideTheFile()
    {
        write("{}");
        SampleUpstreams sample(m_data);
        QVERIFY(sample.add(simulator).ok());
        QVERIFY(sample.remove().ok());
        QCOMPARE(files(), QStringList("farthing.json"));
    }

    void itCanBeAddedAgain()
    {
        write("{\"a\":1}");
        SampleUpstreams sample(m_data);
        for (int i = 0; i < 2; ++i) {
            QVERIFY(sample.add(simulator).ok());
            QVERIFY(sample.remove().ok());
            QCOMPARE(content(), QByteArray("{\"a\":1}"));
        }
    }

    void whatSomebodyElseEditedInBetweenStays()
    {
        write("{\"upstreams\": {\"own\": {\"base_url\": \"https://x.test\"}}}");
        SampleUpstreams sample(m_data);
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
        SampleUpstreams sample(m_data);
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
        SampleUpstreams sample(m_data);
        QVERIFY(sample.add(simulator).ok());
        write("{ \"listen\":   \"127.0.0.1:2\" }");
        QVERIFY(sample.remove().ok());
        QCOMPARE(content(), QByteArray("{ \"listen\":   \"127.0.0.1:2\" }"));
    }

    void aFileThatSomebodyElseRemovedStaysAway()
    {
        write("{}");
        SampleUpstreams sample(m_data);
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
        SampleUpstreams sample(m_data);
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
        SampleUpstreams sample(m_data);
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
        QVERIFY(SampleUpstreams(m_data).remove().ok());
        QVERIFY(QFile::exists(m_path));
        QCOMPARE(content(), bytes);
    }

    void whatAKilledProcessLeftIsTakenAway_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::newRow("no file") << QByteArray();
        QTest::newRow("a person's own layout")
            << QByteArray("{ \"zebra\":1,\r\n\t\"upstreams\" : { } , \"alpha\": 1.50e3 }  \n\n");
        QTest::newRow("not ASCII") << QByteArray("\xef\xbb\xbf{\"a\": \"größe\"}");
        QTest::newRow("upstreams of the same names")
            << QByteArray("{\"upstreams\": {\"sim-openai\": {\"base_url\": \"http://127.0.0.1:1/v1\"}}}");
    }
    void whatAKilledProcessLeftIsTakenAway()
    {
        QFETCH(QByteArray, before);
        if (!before.isNull())
            write(before);
        QVERIFY(SampleUpstreams(m_data).add(simulator).ok());
        QCOMPARE(upstreams(), added);
        QVERIFY(SampleUpstreams(m_data).remove().ok());
        QCOMPARE(QFile::exists(m_path), !before.isNull());
        if (!before.isNull())
            QCOMPARE(content(), before);
        QVERIFY(!files().contains("sample-day.json"));
    }

    void anotherDayOverWhatAKilledProcessLeftDoesNotKeepIt()
    {
        write("{ \"a\": 1 }");
        QVERIFY(SampleUpstreams(m_data).add(simulator).ok());
        SampleUpstreams sample(m_data);
        QVERIFY(sample.add("127.0.0.1:5000").ok());
        QCOMPARE(baseUrl("sim-gemini"), QStringLiteral("http://127.0.0.1:5000"));
        QVERIFY(sample.remove().ok());
        QCOMPARE(content(), QByteArray("{ \"a\": 1 }"));
    }

    void whatWasEditedAfterAProcessWasKilledStays()
    {
        write("{\"upstreams\": {\"sim-openai\": {\"base_url\": \"https://own.test\"}}}");
        QVERIFY(SampleUpstreams(m_data).add(simulator).ok());
        QJsonObject root = object();
        QJsonObject all = root["upstreams"].toObject();
        all.insert("sim-gemini", QJsonObject{{"base_url", "https://edited.test"}});
        root["upstreams"] = all;
        write(QJsonDocument(root).toJson());
        QVERIFY(SampleUpstreams(m_data).remove().ok());
        QCOMPARE(upstreams(), QStringList({"sim-gemini", "sim-openai"}));
        QCOMPARE(baseUrl("sim-gemini"), QStringLiteral("https://edited.test"));
        QCOMPARE(baseUrl("sim-openai"), QStringLiteral("https://own.test"));
    }

    void aProcessKilledBeforeItChangedTheFileLeavesNothing()
    {
        write("{ }");
        QVERIFY(SampleUpstreams(m_data).add(simulator).ok());
        write("{ }");
        QVERIFY(SampleUpstreams(m_data).remove().ok());
        QCOMPARE(content(), QByteArray("{ }"));
        QCOMPARE(files(), QStringList("farthing.json"));
    }

    void whatAnotherWindowNeedsIsLeftAlone()
    {
        write("{ }");
        SampleUpstreams first(m_data);
        QVERIFY(first.add(simulator).ok());
        SampleUpstreams second(m_data);
        QVERIFY(second.remove().ok());
        QCOMPARE(upstreams(), added);
        const auto refused = second.add("127.0.0.1:5000");
        QVERIFY(!refused.ok());
        QVERIFY(QString::fromStdString(refused.error().toString()).contains("another window"));
        QVERIFY(second.remove().ok());
        QCOMPARE(upstreams(), added);
        QVERIFY(first.remove().ok());
        QCOMPARE(content(), QByteArray("{ }"));
        QVERIFY(second.add(simulator).ok());
        QVERIFY(second.remove().ok());
    }

    void aLinkedFileStaysALink_data()
    {
        QTest::addColumn<bool>("exists");
        QTest::newRow("to a file") << true;
        QTest::newRow("to a file not made yet") << false;
    }
    void aLinkedFileStaysALink()
    {
        QFETCH(bool, exists);
        QVERIFY(QDir(m_dir->path()).mkdir("kept"));
        QVERIFY(QFile::link("kept/farthing.json", m_path));
        if (exists)
            write("{ \"a\": 1 }");
        SampleUpstreams sample(m_data);
        QVERIFY(sample.add(simulator).ok());
        QVERIFY(QFileInfo(m_path).isSymbolicLink());
        QCOMPARE(upstreams(), added);
        QVERIFY(sample.remove().ok());
        QVERIFY(QFileInfo(m_path).isSymbolicLink());
        QCOMPARE(QFile::exists(m_dir->filePath("kept/farthing.json")), exists);
        if (exists)
            QCOMPARE(content(), QByteArray("{ \"a\": 1 }"));
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
        SampleUpstreams sample(m_data);
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
    /// What lies in the folder, but for the lock that stays.
    [[nodiscard]] QStringList files() const
    {
        QStringList names = QDir(m_dir->path()).entryList(QDir::Files | QDir::Hidden);
        names.removeAll("sample-day.lock");
        return names;
    }
    [[nodiscard]] QJsonObject object() const { return QJsonDocument::fromJson(content()).object(); }
    [[nodiscard]] QString baseUrl(const QString &name) const
    {
        return object()["upstreams"].toObject()[name].toObject()["base_url"].toString();
    }
    [[nodiscard]] QStringList upstreams() const { return object()["upstreams"].toObject().keys(); }

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_path;
    DataDir m_data = DataDir::resolve({});
};

QTEST_GUILESS_MAIN(SampleUpstreamsTest)
#include "tst_sample_upstreams.moc"
