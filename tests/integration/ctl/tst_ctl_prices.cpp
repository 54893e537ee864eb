// SPDX-License-Identifier: GPL-3.0-or-later
// Prices taken over from files and URLs, as a user does it.
#include "tests/integration/ctl/Farthingctl.h"
#include "tests/integration/ctl/FileServer.h"

#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

namespace {

const QByteArray prices = "{\"version\": \"2026-11-01\", \"unit\": \"USD per million tokens\", \"entries\": "
                          "[{\"provider\": \"openai\", \"model\": \"gpt-unheard-of\", \"input\": 2.5, "
                          "\"output\": 10}]}";

} // namespace

class CtlPricesTest : public QObject
{
    Q_OBJECT

private slots:
    void pricesComeFromAUrl()
    {
        const QTemporaryDir dir;
        Farthingctl ctl{dir.path()};
        QCOMPARE(ctl({"prices", "show", "gpt-unheard-of"}).code, 3);
        const FileServer server(FileServer::ok(prices));
        QCOMPARE(ctl({"prices", "update", server.url(), "--dry-run"}).code, 0);
        QVERIFY(!QFile::exists(dir.filePath("prices.json")));
        const auto updated = ctl({"prices", "update", server.url()});
        QVERIFY2(updated.code == 0, updated.error.constData());
        const auto shown = ctl({"prices", "show", "gpt-unheard-of", "--json"});
        QCOMPARE(shown.code, 0);
        QVERIFY2(shown.out.contains("2.5"), shown.out.constData());
    }

    void aBadUrlChangesNothing_data()
    {
        QTest::addColumn<QByteArray>("reply");
        QTest::newRow("404") << QByteArray("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        QTest::newRow("no prices") << FileServer::ok("<html></html>");
        QTest::newRow("broken off") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{");
        QTest::newRow("another scheme") << QByteArray(
            "HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n");
    }
    void aBadUrlChangesNothing()
    {
        QFETCH(QByteArray, reply);
        const QTemporaryDir dir;
        const FileServer server(reply);
        const auto refused = Farthingctl{dir.path()}({"prices", "update", server.url()});
        QCOMPARE(refused.code, 1);
        QVERIFY(refused.error.contains("127.0.0.1") || refused.error.contains("file:"));
        QVERIFY(!QFile::exists(dir.filePath("prices.json")));
    }

    void pricesOfOnesOwnOutliveAnImport()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        const auto file = [&dir](const char *name, QByteArray model) {
            writeTo(dir.filePath(name), QByteArray(prices).replace("gpt-unheard-of", model));
            return dir.filePath(name);
        };
        QCOMPARE(ctl({"prices", "import", file("own.json", "our-own-model")}).code, 0);
        const QString other = file("other.json", "gpt-unheard-of");
        const auto changes = [&](const QStringList &more) {
            return ctl(QStringList{"prices", "import", other, "--json"} + more).json();
        };
        const auto kinds = [](const QJsonObject &report) {
            QStringList all;
            for (const auto &change : report.value("changes").toArray())
                all.append(change.toObject().value("kind").toString() + " " +
                           change.toObject().value("model").toString());
            return all;
        };
        QCOMPARE(kinds(changes({"--dry-run", "--replace"})),
                 QStringList({"added gpt-unheard-of", "removed our-own-model"}));
        const QJsonObject imported = changes({});
        QCOMPARE(kinds(imported), QStringList({"added gpt-unheard-of"}));
        QVERIFY(imported.value("skipped").isArray() && imported.value("warnings").isArray());
        for (const char *model : {"our-own-model", "gpt-unheard-of"})
            QCOMPARE(ctl({"prices", "show", model}).code, 0);
        const auto replaced = ctl({"prices", "import", other, "--replace"});
        QVERIFY2(replaced.out.contains("our-own-model removed"), replaced.out.constData());
        QCOMPARE(ctl({"prices", "show", "our-own-model"}).code, 3);
    }

    void batchesStayCheaperAfterAnImport()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        QCOMPARE(
            ctl({"import", "events", "-"},
                "time,provider,model,input_tokens,batch\n2026-11-20,anthropic,claude-sonnet-4-5,1000000,1\n")
                .code,
            0);
        writeTo(dir.filePath("litellm.json"),
                "{\"claude-sonnet-4-5\": {\"litellm_provider\": \"anthropic\", "
                "\"input_cost_per_token\": 3e-06, \"output_cost_per_token\": 1.5e-05}, "
                "\"an-image\": {\"litellm_provider\": \"openai\", \"output_cost_per_image\": 1}, "
                "\"free\": {\"litellm_provider\": \"openai\", \"input_cost_per_token\": 0, "
                "\"output_cost_per_token\": 0}}");
        const auto imported = ctl({"prices", "import", dir.filePath("litellm.json")});
        QVERIFY2(imported.out.contains("1 model left out: is not priced by tokens") &&
                     imported.out.contains("1 model left out: is priced at zero"),
                 imported.out.constData());
        writeTo(dir.filePath("images.json"),
                "{\"an-image\": {\"litellm_provider\": \"openai\", \"output_cost_per_image\": 1}}");
        const auto refused = ctl({"prices", "import", dir.filePath("images.json")});
        QVERIFY2(refused.code == 1 && refused.error.contains("an-image (is not priced by tokens)"),
                 refused.error.constData());
        QCOMPARE(ctl({"prices", "reprice"}).code, 0);
        QVERIFY(ctl({"export", "events"}).out.contains(",1,3,6,"));
        QCOMPARE(ctl({"prices", "import", "--as-of", "never", dir.filePath("litellm.json")}).code, 2);
    }

    void providersAreFoundByTheirUpstreamsName()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        writeTo(dir.filePath("prices.json"), QByteArray(prices).replace("openai", "gemini"));
        for (const char *name : {"gemini", "google", "Gemini"}) {
            const auto listed = ctl({"prices", "list", "--provider", name});
            QCOMPARE(listed.code, 0);
            QVERIFY(listed.out.contains("gpt-unheard-of"));
            QCOMPARE(ctl({"prices", "show", "--provider", name, "gpt-unheard-of"}).code, 0);
        }
    }

    void changesAreShownOnceTheyAreWritten()
    {
        const QTemporaryDir dir;
        writeTo(dir.filePath("in.json"), prices);
        writeTo(dir.filePath("file"), "in the way");
        const auto failed = Farthingctl{dir.filePath("file")}({"prices", "import", dir.filePath("in.json")});
        QCOMPARE(failed.code, 1);
        QCOMPARE(failed.out, QByteArray());
    }

    void anAliasGoesToWhomTheLastFileGivesIt()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        for (const char *model : {"first", "second"}) {
            writeTo(dir.filePath("in.json"),
                    QByteArray(prices)
                        .replace("gpt-unheard-of", model)
                        .replace("\"output\"", "\"aliases\": [\"nick\"], \"output\""));
            const auto imported = ctl({"prices", "import", dir.filePath("in.json")});
            QVERIFY2(imported.code == 0, imported.error.constData());
            const auto shown = ctl({"prices", "show", "nick"});
            QVERIFY2(shown.out.contains(model), (shown.out + shown.error).constData());
        }
        QCOMPARE(ctl({"prices", "show", "first"}).code, 0);
    }

    /// Whatever has been taken over before, the result is a prices.json that can be read.
    void publishedFilesComeOverEachOther()
    {
        const QDir raw(qEnvironmentVariable("FARTHING_SHARED_DATA", FARTHING_SOURCE_DIR "/../shared/data") +
                       "/prices/raw");
        const QStringList files = raw.entryList({"*.json"}, QDir::Files);
        if (files.size() < 2)
            QSKIP("no published price files: set FARTHING_SHARED_DATA");
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        for (int round = 0; round < 2; ++round)
            for (const QString &file : files) {
                const auto imported = ctl({"prices", "import", raw.filePath(file)});
                QVERIFY2(imported.code == 0, (file.toUtf8() + ": " + imported.error).constData());
                QCOMPARE(ctl({"prices", "show", "gpt-4o"}).code, 0);
                const auto again = ctl({"prices", "import", raw.filePath(file), "--dry-run", "--json"});
                QVERIFY2(again.json().value("changes").toArray().isEmpty(), again.out.left(2000).constData());
            }
    }
};

QTEST_GUILESS_MAIN(CtlPricesTest)
#include "tst_ctl_prices.moc"
