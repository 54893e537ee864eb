// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/Snippets.h"

#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace farthing;

using Language = Snippet::Language;

namespace {

const QString baseUrl = QStringLiteral("http://127.0.0.1:4141");
const SnippetTags plainTags{"summarise", "search", "u_1"};
/// What breaks out of a string, in one language or another.
const SnippetTags hostileTags{"it's \"quoted\"", "back\\slash\\", "$(id) `id` ${HOME} %1 #{x} \\\" '"};

const QString telemetry = QStringLiteral("OpenTelemetry");

bool has(const char *program)
{
    return !QStandardPaths::findExecutable(program).isEmpty();
}

struct Outcome
{
    bool good = false;
    QString out;
    QString err;
};

Outcome run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments);
    const bool ended = process.waitForFinished(60'000);
    return {ended && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0,
            QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

QList<Snippet> snippetsIn(Language language, const SnippetTags &tags)
{
    QList<Snippet> found;
    for (const Snippet &snippet : snippetsFor(baseUrl, tags))
        if (snippet.language == language)
            found.append(snippet);
    return found;
}

} // namespace

class SnippetsTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        QVERIFY(m_dir->isValid());
    }

    void everySnippetPointsAtTheProxy_data() { clients(); }
    void everySnippetPointsAtTheProxy()
    {
        QFETCH(int, index);
        for (const SnippetTags &tags : {SnippetTags(), plainTags, hostileTags}) {
            const Snippet snippet = snippetsFor(baseUrl, tags)[index];
            QVERIFY2(snippet.code.contains(baseUrl), qUtf8Printable(snippet.code));
            QVERIFY(snippet.code.endsWith('\n'));
            QVERIFY(!snippet.place.isEmpty());
        }
    }

    void onlyTagsThatAreSetAreSent_data() { clients(); }
    void onlyTagsThatAreSetAreSent()
    {
        QFETCH(int, index);
        const auto code = [&](const SnippetTags &tags) { return snippetsFor(baseUrl, tags)[index].code; };
        QVERIFY(!code({}).contains("X-Farthing", Qt::CaseInsensitive));
        QVERIFY(!code({}).contains("headers", Qt::CaseInsensitive));
        const QString one = code({{}, "search", {}});
        QVERIFY(one.contains("X-Farthing-Feature"));
        QVERIFY(!one.contains("X-Farthing-Workflow"));
        QVERIFY(!one.contains("X-Farthing-User"));
        const QString all = code(plainTags);
        for (const char *part :
             {"X-Farthing-Workflow", "summarise", "X-Farthing-Feature", "search", "X-Farthing-User", "u_1"})
            QVERIFY(all.contains(part));
    }

    void quotesAndBackslashesAreEscaped_data()
    {
        QTest::addColumn<int>("language");
        QTest::addColumn<QString>("tag");
        QTest::addColumn<QString>("written");
        const auto row = [](const char *name, Language language, const char *tag, const char *written) {
            QTest::newRow(name) << static_cast<int>(language) << QString(tag) << QString(written);
        };
        row("Python, double quote", Language::Python, "a\"b", "\"a\\\"b\"");
        row("Python, backslash", Language::Python, "a\\", "\"a\\\\\"");
        row("Python, both", Language::Python, "a\\\"b", "\"a\\\\\\\"b\"");
        row("JavaScript, double quote", Language::JavaScript, "a\"b", "\"a\\\"b\"");
        row("JavaScript, backslash", Language::JavaScript, "a\\", "\"a\\\\\"");
        row("TOML, double quote", Language::Toml, "a\"b", "\"a\\\"b\"");
        row("TOML, backslash", Language::Toml, "a\\", "\"a\\\\\"");
        row("shell, single quote", Language::Shell, "a'b", ": a'\\''b'");
        row("shell, double quote", Language::Shell, "a\"b", ": a\"b'");
        row("shell, backslash", Language::Shell, "a\\", ": a\\'");
    }
    void quotesAndBackslashesAreEscaped()
    {
        QFETCH(int, language);
        QFETCH(QString, tag);
        QFETCH(QString, written);
        const auto snippets = snippetsIn(static_cast<Language>(language), {tag, {}, {}});
        QVERIFY(!snippets.isEmpty());
        for (const Snippet &snippet : snippets)
            QVERIFY2(snippet.code.contains(written) || snippet.client == telemetry,
                     qUtf8Printable(snippet.code));
    }

    void shellSnippetsKeepTheTagsToTheLetter()
    {
        if (!has("bash"))
            QSKIP("bash is not installed: shell snippets are not run");
        const QList<Snippet> snippets = snippetsIn(Language::Shell, hostileTags);
        QCOMPARE(snippets.size(), 3);
        for (const Snippet &snippet : snippets) {
            const Outcome syntax = run("bash", {"-n", file("snippet.sh", snippet.code)});
            QVERIFY2(syntax.good, qUtf8Printable(syntax.err));
            if (snippet.client == telemetry)
                continue;
            // The programs themselves are replaced by functions that tell what they were given.
            const Outcome outcome =
                run("bash", {file("run.sh", "set -e\n"
                                            "curl() { printf '%s\\n' \"$@\"; }\n"
                                            "claude() { printf '%s\\n' \"$ANTHROPIC_BASE_URL\""
                                            " \"$ANTHROPIC_CUSTOM_HEADERS\"; }\n" +
                                                snippet.code)});
            QVERIFY2(outcome.good, qUtf8Printable(outcome.err));
            const QStringList lines = outcome.out.split('\n');
            QVERIFY(lines.first().startsWith(baseUrl));
            QVERIFY2(lines.contains("X-Farthing-Workflow: " + hostileTags.workflow),
                     qUtf8Printable(outcome.out));
            QVERIFY(lines.contains("X-Farthing-Feature: " + hostileTags.feature));
            QVERIFY(lines.contains("X-Farthing-User: " + hostileTags.user));
        }
    }

    void spansAreSentWithTheTagsToTheLetter_data() { tagSets(); }
    void spansAreSentWithTheTagsToTheLetter()
    {
        if (!has("bash"))
            QSKIP("bash is not installed: shell snippets are not run");
        const SnippetTags tags = tagsOfRow();
        const QString code = snippetsIn(Language::Shell, tags).at(1).code;
        const Outcome outcome =
            run("bash", {file("run.sh", "set -e\n" + code +
                                            "printf '%s\\n' \"$OTEL_EXPORTER_OTLP_TRACES_ENDPOINT\" "
                                            "\"$OTEL_EXPORTER_OTLP_TRACES_HEADERS\"\n")});
        QVERIFY2(outcome.good, qUtf8Printable(outcome.err));
        const QStringList lines = outcome.out.split('\n');
        QCOMPARE(lines[0], baseUrl + "/otlp/v1/traces");
        QStringList sent;
        for (const QString &entry : lines[1].split(',', Qt::SkipEmptyParts))
            sent += QUrl::fromPercentEncoding(entry.toLatin1());
        QStringList expected;
        for (const auto &[name, tag] :
             {std::pair("Workflow", tags.workflow), {"Feature", tags.feature}, {"User", tags.user}})
            if (!tag.isEmpty())
                expected += QString("X-Farthing-%1=%2").arg(name, tag);
        QCOMPARE(sent, expected);
    }

    void theBodyOfCurlIsJson()
    {
        if (!has("bash") || !has("python3"))
            QSKIP("bash or python3 is not installed: the body of the curl snippet is not read");
        const QString code = snippetsFor(baseUrl, plainTags).last().code;
        QVERIFY(code.startsWith("curl "));
        const Outcome outcome = run("bash", {file("run.sh", "set -e -o pipefail\n"
                                                            "curl() { printf '%s' \"${@: -1}\"; }\n"
                                                            "body() {\n" +
                                                                code + "}\nbody | python3 -m json.tool\n")});
        QVERIFY2(outcome.good, qUtf8Printable(outcome.err));
    }

    void pythonSnippetsCompileAndKeepTheTags_data() { tagSets(); }
    void pythonSnippetsCompileAndKeepTheTags()
    {
        if (!has("python3"))
            QSKIP("python3 is not installed: Python snippets are not compiled");
        const SnippetTags tags = tagsOfRow();
        for (const Snippet &snippet : snippetsIn(Language::Python, tags)) {
            const Outcome outcome =
                run("python3", {"-c",
                                "import ast, sys\n"
                                "text = open(sys.argv[1], encoding='utf-8').read()\n"
                                "compile(text, 'snippet', 'exec')\n"
                                "for node in ast.walk(ast.parse(text)):\n"
                                "    if isinstance(node, ast.Constant): print(node.value)\n",
                                file("snippet.py", snippet.code)});
            QVERIFY2(outcome.good, qUtf8Printable(snippet.client + '\n' + outcome.err));
            const QStringList constants = outcome.out.split('\n');
            for (const QString &tag : {tags.workflow, tags.feature, tags.user})
                QVERIFY2(constants.contains(tag), qUtf8Printable(outcome.out));
        }
    }

    void javaScriptSnippetsPassTheSyntaxCheck_data() { tagSets(); }
    void javaScriptSnippetsPassTheSyntaxCheck()
    {
        if (!has("node"))
            QSKIP("node is not installed: JavaScript snippets are not checked");
        for (const Snippet &snippet : snippetsIn(Language::JavaScript, tagsOfRow())) {
            const Outcome outcome = run("node", {"--check", file("snippet.mjs", snippet.code)});
            QVERIFY2(outcome.good, qUtf8Printable(snippet.client + '\n' + outcome.err));
        }
    }

    void tomlSnippetsKeepTheTags_data() { tagSets(); }
    void tomlSnippetsKeepTheTags()
    {
        if (!has("python3") || !run("python3", {"-c", "import tomllib"}).good)
            QSKIP("python3 with tomllib is not installed: the TOML snippet is not read");
        const SnippetTags tags = tagsOfRow();
        for (const Snippet &snippet : snippetsIn(Language::Toml, tags)) {
            const Outcome outcome =
                run("python3", {"-c",
                                "import sys, tomllib\n"
                                "root = tomllib.load(open(sys.argv[1], 'rb'))\n"
                                "provider = root['model_providers'][root['model_provider']]\n"
                                "print(provider['base_url'])\n"
                                "for value in provider.get('http_headers', {}).values(): print(value)\n",
                                file("config.toml", snippet.code)});
            QVERIFY2(outcome.good, qUtf8Printable(outcome.err));
            QStringList expected = {baseUrl + "/v1"};
            for (const QString &tag : {tags.workflow, tags.feature, tags.user})
                if (!tag.isEmpty())
                    expected.append(tag);
            QCOMPARE(outcome.out.trimmed().split('\n'), expected);
        }
    }

private:
    static void clients()
    {
        QTest::addColumn<int>("index");
        const QList<Snippet> snippets = snippetsFor(baseUrl, {});
        for (int i = 0; i < snippets.size(); ++i)
            QTest::newRow(qUtf8Printable(snippets[i].client)) << i;
    }

    static void tagSets()
    {
        QTest::addColumn<QStringList>("tags");
        QTest::newRow("none") << QStringList({"", "", ""});
        for (const auto &[name, tags] : {std::pair("plain", plainTags), std::pair("hostile", hostileTags)})
            QTest::newRow(name) << QStringList({tags.workflow, tags.feature, tags.user});
    }
    static SnippetTags tagsOfRow()
    {
        QFETCH(QStringList, tags);
        return {tags[0], tags[1], tags[2]};
    }

    QString file(const QString &name, const QString &content)
    {
        QFile out(m_dir->filePath(name));
        if (!out.open(QIODevice::WriteOnly) || out.write(content.toUtf8()) < 0)
            qFatal("a file cannot be written");
        return out.fileName();
    }

    std::unique_ptr<QTemporaryDir> m_dir;
};

QTEST_GUILESS_MAIN(SnippetsTest)
#include "tst_snippets.moc"
