// SPDX-License-Identifier: GPL-3.0-or-later
// Where the key of kept bodies comes from, and what is said where it does not.
#include "core/bodies/BodyKeys.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

namespace {

/// A shell script in the place of farthing-secret.
std::filesystem::path programOf(const QTemporaryDir &dir, const QByteArray &script)
{
    QFile file(dir.filePath("farthing-secret"));
    const QByteArray text = "#!/bin/sh\n" + script + "\n";
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("%s cannot be written", qPrintable(file.fileName()));
    file.setPermissions(QFile::ReadOwner | QFile::ExeOwner);
    return file.fileName().toStdString();
}

const QByteArray found = "echo " + QByteArray(64, 'a');

} // namespace

class BodyKeysTest : public QObject
{
    Q_OBJECT

private slots:
    void isTakenFromWhereItIsMeantToLie_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<QByteArray>("place");
        QTest::addColumn<QByteArray>("lies");
        QTest::addColumn<QByteArray>("error");
        const QByteArray none;
        QTest::newRow("a secret service")
            << found << QByteArray("auto") << QByteArray("secret-service") << none;
        QTest::newRow("no secret service")
            << QByteArray("echo no bus; exit 5") << QByteArray("auto") << QByteArray("file") << none;
        QTest::newRow("no program") << none << QByteArray("auto") << QByteArray("file") << none;
        QTest::newRow("a file that was asked for")
            << found << QByteArray("file") << QByteArray("file") << none;
        QTest::newRow("none, where it was asked for")
            << QByteArray("echo no bus; exit 5") << QByteArray("secret-service") << none
            << QByteArray("no bus");
        QTest::newRow("locked") << QByteArray("exit 4") << QByteArray("auto") << none
                                << QByteArray("bodies unlock");
        QTest::newRow("a failure") << QByteArray("echo it broke; exit 1") << QByteArray("auto") << none
                                   << QByteArray("it broke");
        QTest::newRow("killed") << QByteArray("kill -9 $$") << QByteArray("auto") << none
                                << QByteArray("broke off");
        QTest::newRow("no key") << QByteArray("echo nonsense") << QByteArray("auto") << none
                                << QByteArray("64 hexadecimal digits");
        QTest::newRow("very much") << QByteArray("head -c 1000000 /dev/zero") << QByteArray("auto") << none
                                   << QByteArray("too much");
    }
    void isTakenFromWhereItIsMeantToLie()
    {
        QFETCH(QByteArray, script);
        QFETCH(QByteArray, place);
        QFETCH(QByteArray, lies);
        QFETCH(QByteArray, error);
        const QTemporaryDir dir;
        BodyKeys keys({pathIn(dir, "config/bodies.key"),
                       script.isEmpty() ? pathIn(dir, "nothing") : programOf(dir, script)});
        auto store = storeIn(dir);
        const auto cipher = keys.cipherFor(store, *keyPlaceOf(place.toStdString()));
        QCOMPARE(cipher.ok(), !lies.isEmpty());
        QCOMPARE(QFile::exists(dir.filePath("config/bodies.key")), lies == "file");
        if (!cipher) {
            QVERIFY2(QByteArray::fromStdString(cipher.error().toString()).contains(error),
                     cipher.error().toString().c_str());
            QVERIFY(!*store.identity());
            return;
        }
        QCOMPARE((*store.identity())->keyPlace, lies.toStdString());
        if (lies == "file")
            QCOMPARE(QFile(dir.filePath("config/bodies.key")).permissions() &
                         (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther),
                     QFile::Permissions());
    }

    void aHangingServiceIsLeftBehind()
    {
        const QTemporaryDir dir;
        const SecretProgram program(programOf(dir, "exec sleep 60"));
        std::atomic<bool> stop = false;
        const auto began = std::chrono::steady_clock::now();
        auto answer = program.run(SecretProgram::Verb::Lookup, false, std::chrono::milliseconds(150), stop);
        QCOMPARE(answer.outcome, SecretProgram::Outcome::Failed);
        QVERIFY2(answer.text.find("in time") != std::string::npos, answer.text.c_str());
        stop = true;
        answer = program.run(SecretProgram::Verb::Lookup, false, std::chrono::hours(1), stop);
        QCOMPARE(answer.outcome, SecretProgram::Outcome::Failed);
        QVERIFY(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
    }

    void itHasNoneOfTheCallersDescriptors()
    {
        const QTemporaryDir dir;
        QFile inherited(dir.filePath("inherited"));
        QVERIFY(inherited.open(QIODevice::WriteOnly));
        QVERIFY(::dup(inherited.handle()) > 2); // without close-on-exec
        const std::atomic<bool> never = false;
        const auto answer = SecretProgram(programOf(dir, "ls -l /proc/self/fd"))
                                .run(SecretProgram::Verb::Make, false, std::chrono::seconds(5), never);
        QCOMPARE(answer.outcome, SecretProgram::Outcome::Found);
        QVERIFY2(answer.text.find("inherited") == std::string::npos, answer.text.c_str());
    }

    void aStoreWithBodiesStaysWithItsKey()
    {
        const QTemporaryDir dir;
        const auto file = pathIn(dir, "bodies.key");
        BodyKeys keys({file, programOf(dir, found)});
        auto store = storeIn(dir);
        const BodyName name{makeDerivedUuidV7(fromMicros(0), ""), BodySide::Request};
        const auto cipher = keys.cipherFor(store, KeyPlace::File);
        QVERIFY(cipher.ok());
        QVERIFY(store.insert(name, fromMicros(0), "w", *cipher->seal(name, {}, {"x"})).ok());
        const auto again = keys.cipherFor(store, KeyPlace::Auto);
        QVERIFY(again.ok());
        QCOMPARE(*again->open(name, (*store.find(name))->record), std::string("x"));
        refuses(keys.cipherFor(store, KeyPlace::SecretService), "another place");

        QFile key(QString::fromStdString(file.string()));
        QVERIFY(key.setPermissions(QFile::ReadOwner | QFile::ReadOther));
        refuses(keys.cipherFor(store, KeyPlace::Auto), "chmod 600");
        QVERIFY(key.remove());
        refuses(keys.cipherFor(store, KeyPlace::Auto), "holds no key any more");
        QVERIFY(!key.exists());
        QVERIFY(key.open(QIODevice::WriteOnly) && key.write(QByteArray(64, '0')) == 64);
        key.close();
        QVERIFY(key.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
        refuses(keys.cipherFor(store, KeyPlace::Auto), "another key");

        QCOMPARE(*store.remove({}, {}), std::int64_t(1));
        QVERIFY(keys.cipherFor(store, KeyPlace::SecretService).ok());
        QCOMPARE((*store.identity())->keyPlace, std::string("secret-service"));
    }

private:
    static std::filesystem::path pathIn(const QTemporaryDir &dir, const char *name)
    {
        return dir.filePath(name).toStdString();
    }
    static BodyStore storeIn(const QTemporaryDir &dir)
    {
        return *BodyStore::open(pathIn(dir, "bodies.db"), Database::Access::ReadWrite);
    }
    static void refuses(const Result<BodyCipher> &cipher, const char *why)
    {
        QVERIFY(!cipher);
        QVERIFY2(cipher.error().toString().find(why) != std::string::npos, cipher.error().toString().c_str());
    }
};

QTEST_GUILESS_MAIN(BodyKeysTest)
#include "tst_body_keys.moc"
