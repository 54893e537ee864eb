// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Files.h"
#include "core/config/AccessToken.h"
#include "core/config/ListenAddress.h"

#include <QTemporaryDir>
#include <QTest>
#include <set>
#include <sys/stat.h>

using namespace farthing;

class AccessTokenTest : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { qunsetenv("FARTHING_TOKEN"); }

    void aNewOneIsLongAndNeverTheSame()
    {
        std::set<std::string> made;
        for (int i = 0; i < 100; ++i) {
            const auto token = AccessToken::make();
            QVERIFY(token);
            QCOMPARE(token->text().size(), std::size_t(43)); // 256 bits, six a character
            QVERIFY(AccessToken::parse(token->text()));
            made.insert(token->text());
        }
        QCOMPARE(made.size(), std::size_t(100));
    }

    void whatIsNoTokenIsRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("good");
        QTest::newRow("16 characters") << QByteArray("0123456789abcdef") << true;
        QTest::newRow("a line") << QByteArray("0123456789abcdef\r\n") << true;
        QTest::newRow("all kinds") << QByteArray("AZaz09-._~-._~-._~") << true;
        QTest::newRow("256 characters") << QByteArray(256, 'x') << true;
        QTest::newRow("15 characters") << QByteArray("0123456789abcde") << false;
        QTest::newRow("257 characters") << QByteArray(257, 'x') << false;
        QTest::newRow("empty") << QByteArray("\n") << false;
        QTest::newRow("a blank") << QByteArray("0123456789 abcdef") << false;
        QTest::newRow("a slash") << QByteArray("0123456789/abcdef") << false;
        QTest::newRow("two lines") << QByteArray("0123456789abcdef\n0123456789abcdef") << false;
        QTest::newRow("no ASCII") << QByteArray("0123456789abcdef\xc3\xa4") << false;
    }
    void whatIsNoTokenIsRefused()
    {
        QFETCH(QByteArray, text);
        const auto token = AccessToken::parse(text.toStdString());
        QTEST(token.ok(), "good");
        if (!token)
            QVERIFY(!QByteArray::fromStdString(token.error().message).contains(text.trimmed()) ||
                    text.size() < 3);
    }

    void theEnvironmentGoesBeforeTheFile()
    {
        QVERIFY(!*loaded());
        QVERIFY(writeFileAtomically(file(), "the-token-of-the-file\n"));
        QCOMPARE((*loaded())->text(), std::string("the-token-of-the-file"));
        qputenv("FARTHING_TOKEN", "the-token-of-the-environment");
        QCOMPARE((*loaded())->text(), std::string("the-token-of-the-environment"));
        qputenv("FARTHING_TOKEN", "short");
        const auto bad = loaded();
        QVERIFY(!bad);
        QCOMPARE(bad.error().place, std::string("FARTHING_TOKEN"));
    }

    void aFileThatOthersMayReadIsRefused_data()
    {
        QTest::addColumn<int>("mode");
        QTest::addColumn<bool>("good");
        for (const int mode : {0600, 0400})
            QTest::addRow("%o", static_cast<unsigned>(mode)) << mode << true;
        for (const int mode : {0640, 0604, 0620, 0602, 0666, 0610})
            QTest::addRow("%o", static_cast<unsigned>(mode)) << mode << false;
    }
    void aFileThatOthersMayReadIsRefused()
    {
        QFETCH(int, mode);
        QVERIFY(writeFileAtomically(file(), "the-token-of-the-file"));
        QCOMPARE(::chmod(file().c_str(), static_cast<mode_t>(mode)), 0);
        const auto token = loaded();
        QTEST(token.ok(), "good");
        QVERIFY(token || token.error().place == file().string());
    }

    void clientsReachEveryAddressOnLoopback_data()
    {
        QTest::addColumn<QByteArray>("listen");
        QTest::addColumn<QByteArray>("client");
        const auto row = [](const char *listen, const char *client) {
            QTest::newRow(listen) << QByteArray(listen) << QByteArray(client);
        };
        row("127.0.0.1:4141", "127.0.0.1:4141");
        row("0.0.0.0:4141", "127.0.0.1:4141");
        row("[::]:1", "[::1]:1");
        row("[0:0::0]:1", "[::1]:1");
        row("[::1]:1", "[::1]:1");
        row("192.0.2.7:80", "192.0.2.7:80");
        row("nothing", "nothing");
        row("", "");
    }
    void clientsReachEveryAddressOnLoopback()
    {
        QFETCH(QByteArray, listen);
        QTEST(QByteArray::fromStdString(addressForClients(listen.toStdString())), "client");
    }

private:
    [[nodiscard]] std::filesystem::path file() const { return m_folder->filePath("token").toStdString(); }
    [[nodiscard]] Result<std::shared_ptr<const AccessToken>> loaded() const
    {
        return AccessToken::load(file());
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(AccessTokenTest)
#include "tst_access_token.moc"
