// SPDX-License-Identifier: GPL-3.0-or-later
// Which transcripts are read, and how bad lines in them are told.
#include "core/ingest/logs/ClaudeCodeFiles.h"
#include "core/pricing/PriceBook.h"
#include "tests/core/ingest/logs/ReadLog.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

class TestClaudeCodeFiles : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    std::filesystem::path pathOf(const QString &name) const { return m_folder.filePath(name).toStdString(); }
    void write(const QString &name, QByteArray text) const
    {
        QDir().mkpath(QFileInfo(m_folder.filePath(name)).path());
        QFile file(m_folder.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text.replace('\'', '"')) < 0)
            qFatal("%s", qPrintable(file.errorString()));
    }

    struct Read
    {
        Result<void> done;
        std::vector<CostEvent> events;
        QStringList bad;
        std::uint64_t bytes = 0;
        std::uint64_t bytesRead = 0;
    };
    Read read(const QStringList &names, bool skip) const
    {
        std::vector<std::filesystem::path> paths;
        for (const QString &name : names)
            paths.push_back(pathOf(name));
        const auto source = ClaudeCodeFiles::open(paths);
        if (!source)
            qFatal("%s", source.error().toString().c_str());
        Read read;
        EventSource::OnBadRow onBadRow;
        if (skip)
            onBadRow = [&](const Error &error) {
                read.bad.append(QString::fromStdString(error.toString()).remove(m_folder.path() + '/'));
                return true;
            };
        read.done = (*source)->read(onBadRow, [&](std::vector<CostEvent> &events) -> Result<void> {
            std::ranges::move(events, std::back_inserter(read.events));
            events.clear();
            return {};
        });
        read.bytes = (*source)->bytes();
        read.bytesRead = (*source)->bytesRead();
        return read;
    }

private slots:
    void init()
    {
        QVERIFY(QDir(m_folder.path()).removeRecursively());
        QVERIFY(QDir().mkpath(m_folder.path()));
    }

    void foldersAreSearched()
    {
        write("p/a.jsonl", answer("a", "r", 1) + '\n');
        write("p/deep/er/b.jsonl", answer("b", "r", 2) + '\n');
        write("p/notes.txt", answer("c", "r", 3) + '\n');
        write("other.log", answer("d", "r", 4) + '\n');
        const Read found = read({"p", "other.log", "p/a.jsonl"}, false);
        QVERIFY(found.done);
        QList<int> outputs;
        for (const CostEvent &event : found.events)
            outputs.append(static_cast<int>(event.usage.output));
        QCOMPARE(outputs, QList<int>({4, 1, 2})); // in the order of their paths
        QCOMPARE(found.bytesRead, found.bytes);
        QVERIFY(found.bytes > 0);
    }

    void aSessionThatWentOnInAnotherFileCountsOnce()
    {
        write("a.jsonl", answer("a", "r", 1) + '\n');
        write("b.jsonl", answer("a", "r", 1) + '\n' + answer("b", "r", 2, 1) + '\n');
        QCOMPARE(read({"a.jsonl", "b.jsonl"}, false).events.size(), std::size_t(2));
    }

    void aBadLineEndsTheReadingOrIsLeftOut()
    {
        write("a.jsonl", answer("a", "r", 1) + "\n\n[1]\n" + answer("b", "r", 2) + '\n');
        const Read stopped = read({"a.jsonl"}, false);
        QVERIFY(!stopped.done);
        QVERIFY(QString::fromStdString(stopped.done.error().toString())
                    .endsWith("a.jsonl: line 3: expected a JSON object, found [1]"));
        const Read skipped = read({"a.jsonl"}, true);
        QVERIFY(skipped.done);
        QCOMPARE(skipped.bad, QStringList{"a.jsonl: line 3: expected a JSON object, found [1]"});
        QCOMPARE(skipped.events.size(), std::size_t(2));
    }

    void aLineThatIsBeingWrittenIsNoBadLine()
    {
        const QByteArray line = answer("b", "r", 2);
        write("a.jsonl", answer("a", "r", 1) + '\n' + line.left(100));
        const Read cut = read({"a.jsonl"}, false);
        QVERIFY(cut.done);
        QCOMPARE(cut.events.size(), std::size_t(1));
        write("a.jsonl", answer("a", "r", 1) + '\n' + line);
        QCOMPARE(read({"a.jsonl"}, false).events.size(), std::size_t(2));
    }

    void whatIsNotThereIsSaid()
    {
        const auto source = ClaudeCodeFiles::open({pathOf("none")});
        QVERIFY(!source);
        QCOMPARE(source.error().message, std::string("there is no such file or folder"));
    }

    void theUsualFolders()
    {
        QVERIFY(QDir().mkpath(m_folder.filePath("set/projects")));
        QVERIFY(QDir().mkpath(m_folder.filePath(".claude/projects")));
        const QByteArray home = qgetenv("HOME");
        qputenv("HOME", m_folder.path().toUtf8());
        qunsetenv("CLAUDE_CONFIG_DIR");
        QCOMPARE(ClaudeCodeFiles::usualFolders(), std::vector{pathOf(".claude/projects")});
        qputenv("CLAUDE_CONFIG_DIR", m_folder.filePath("set").toUtf8());
        QCOMPARE(ClaudeCodeFiles::usualFolders(), std::vector{pathOf("set/projects")});
        qputenv("CLAUDE_CONFIG_DIR", m_folder.filePath("none").toUtf8());
        QVERIFY(ClaudeCodeFiles::usualFolders().empty());
        qunsetenv("CLAUDE_CONFIG_DIR");
        qputenv("HOME", home);
    }

    void eventsArePricedWhereTheLogDoesNot()
    {
        write("a.jsonl", answer("a", "r", 1) + '\n' + answer("b", "r", 1, 1, ",'costUSD':0.5") + '\n');
        const auto source = ClaudeCodeFiles::open({pathOf("a.jsonl")});
        QVERIFY(source);
        std::vector<CostEvent> all;
        QVERIFY((*source)->read({}, [&](std::vector<CostEvent> &events) -> Result<void> {
            for (CostEvent &event : events)
                if ((*source)->price(event, *builtInPriceBook()))
                    all.push_back(event);
            events.clear();
            return {};
        }));
        QVERIFY(all[0].priced && all[0].cost);
        // $3 in, $0.30 cached, $3.75 written and $15 out a million
        QCOMPARE(all[0].cost->nanoUsd(), 10 * 3000 + 20 * 300 + 30 * 3750 + 15000);
        QCOMPARE(all[1].cost->nanoUsd(), 500'000'000);
        QCOMPARE(all[1].priceVersion, std::string("sender"));
    }
};

QTEST_GUILESS_MAIN(TestClaudeCodeFiles)
#include "tst_claude_code_files.moc"
