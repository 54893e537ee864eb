// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/Snippets.h"

#include <QCoreApplication>
#include <QUrl>

namespace farthing {

namespace {

using Language = Snippet::Language;
using Header = std::pair<QString, QString>;

QList<Header> headersOf(const SnippetTags &tags)
{
    QList<Header> headers;
    for (const Header &header :
         {Header("X-Farthing-Workflow", tags.workflow), Header("X-Farthing-Feature", tags.feature),
          Header("X-Farthing-User", tags.user)})
        if (!header.second.isEmpty())
            headers.append(header);
    return headers;
}

/// In double quotes, as Python, JavaScript and TOML all read it.
QString quoted(QString text)
{
    return '"' + text.replace('\\', "\\\\").replace('"', "\\\"") + '"';
}

QString shellQuoted(QString text)
{
    return '\'' + text.replace('\'', "'\\''") + '\'';
}

/// Lines of "name": "value", as a Python dict or a JavaScript object holds them.
QString dictionary(const QList<Header> &headers, const QString &indent)
{
    QString text;
    for (const auto &[name, value] : headers)
        text += indent + quoted(name) + ": " + quoted(value) + ",\n";
    return text;
}

/// `before` and `after` around the headers, or nothing where there are none.
QString ifTagged(const QList<Header> &headers, const QString &before, const QString &indent,
                 const QString &after)
{
    return headers.isEmpty() ? QString() : before + dictionary(headers, indent) + after;
}

QString pythonClient(const QString &import, const QString &type, const QString &baseUrl,
                     const QList<Header> &headers, const QString &call)
{
    return QStringLiteral("from %1 import %2\n\nclient = %2(\n    base_url=%3,\n")
               .arg(import, type, quoted(baseUrl)) +
           ifTagged(headers, "    default_headers={\n", "        ", "    },\n") + ")\n\n" + call;
}

QString jsClient(const QString &import, const QString &package, const QString &baseUrl,
                 const QList<Header> &headers, const QString &call)
{
    return QStringLiteral("import %1 from %2;\n\nconst client = new %1({\n  baseURL: %3,\n")
               .arg(import, quoted(package), quoted(baseUrl)) +
           ifTagged(headers, "  defaultHeaders: {\n", "    ", "  },\n") + "});\n\n" + call;
}

QString claudeCode(const QString &baseUrl, const QList<Header> &headers)
{
    QString code = "export ANTHROPIC_BASE_URL=" + shellQuoted(baseUrl) + '\n';
    QStringList lines;
    for (const auto &[name, value] : headers)
        lines.append(name + ": " + value);
    if (!lines.isEmpty())
        code += "export ANTHROPIC_CUSTOM_HEADERS=" + shellQuoted(lines.join('\n')) + '\n';
    return code + "claude\n";
}

QString codex(const QString &baseUrl, const QList<Header> &headers)
{
    QStringList entries;
    for (const auto &[name, value] : headers)
        entries.append(quoted(name) + " = " + quoted(value));
    QString code = QStringLiteral("model_provider = \"farthing\"\n\n"
                                  "[model_providers.farthing]\n"
                                  "name = \"OpenAI through Farthing\"\n"
                                  "base_url = %1\n"
                                  "env_key = \"OPENAI_API_KEY\"\n"
                                  "wire_api = \"responses\"\n")
                       .arg(quoted(baseUrl + "/v1"));
    if (!entries.isEmpty())
        code += "http_headers = { " + entries.join(", ") + " }\n";
    return code;
}

/// Spans of calls that go elsewhere. OpenTelemetry has the values percent-encoded, like W3C baggage.
QString openTelemetry(const QString &baseUrl, const QList<Header> &headers)
{
    QStringList entries;
    for (const auto &[name, value] : headers)
        entries.append(name + '=' + QString::fromLatin1(QUrl::toPercentEncoding(value)));
    QString code = "export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + shellQuoted(baseUrl + "/otlp/v1/traces") +
                   "\nexport OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf\n";
    if (!entries.isEmpty())
        code += "export OTEL_EXPORTER_OTLP_TRACES_HEADERS=" + shellQuoted(entries.join(',')) + '\n';
    return code;
}

QString curl(const QString &baseUrl, const QList<Header> &headers)
{
    QString code = "curl " + baseUrl +
                   "/v1/chat/completions \\\n"
                   "  -H \"Authorization: Bearer $OPENAI_API_KEY\" \\\n"
                   "  -H 'Content-Type: application/json' \\\n";
    for (const auto &[name, value] : headers)
        code += "  -H " + shellQuoted(name + ": " + value) + " \\\n";
    return code + "  -d '{\"model\": \"gpt-4o-mini\",\n"
                  "       \"messages\": [{\"role\": \"user\", \"content\": \"Say hello\"}]}'\n";
}

QString langChain(const QString &baseUrl, const QList<Header> &headers)
{
    return QStringLiteral("from langchain_openai import ChatOpenAI\n\n"
                          "model = ChatOpenAI(\n    model=\"gpt-4o-mini\",\n    base_url=%1,\n")
               .arg(quoted(baseUrl + "/v1")) +
           ifTagged(headers, "    default_headers={\n", "        ", "    },\n") +
           ")\n\nprint(model.invoke(\"Say hello\").content)\n";
}

QString gemini(const QString &baseUrl, const QList<Header> &headers)
{
    return QStringLiteral("import { GoogleGenAI } from \"@google/genai\";\n\n"
                          "const client = new GoogleGenAI({\n"
                          "  apiKey: process.env.GEMINI_API_KEY,\n"
                          "  httpOptions: {\n    baseUrl: %1,\n")
               .arg(quoted(baseUrl)) +
           ifTagged(headers, "    headers: {\n", "      ", "    },\n") +
           "  },\n});\n\n"
           "const answer = await client.models.generateContent({\n"
           "  model: \"gemini-2.5-flash\",\n  contents: \"Say hello\",\n});\n"
           "console.log(answer.text);\n";
}

} // namespace

QList<Snippet> snippetsFor(const QString &baseUrl, const SnippetTags &tags)
{
    const QList<Header> headers = headersOf(tags);
    const QString openAi = baseUrl + "/v1";
    const QString shell = QCoreApplication::translate("Snippets", "terminal");
    return {
        {"OpenAI · Python", Language::Python, "app.py",
         pythonClient("openai", "OpenAI", openAi, headers,
                      "answer = client.chat.completions.create(\n"
                      "    model=\"gpt-4o-mini\",\n"
                      "    messages=[{\"role\": \"user\", \"content\": \"Say hello\"}],\n"
                      ")\n"
                      "print(answer.choices[0].message.content)\n")},
        {"OpenAI · JavaScript", Language::JavaScript, "app.mjs",
         jsClient("OpenAI", "openai", openAi, headers,
                  "const answer = await client.chat.completions.create({\n"
                  "  model: \"gpt-4o-mini\",\n"
                  "  messages: [{ role: \"user\", content: \"Say hello\" }],\n"
                  "});\n"
                  "console.log(answer.choices[0].message.content);\n")},
        {"Anthropic · Python", Language::Python, "app.py",
         pythonClient("anthropic", "Anthropic", baseUrl, headers,
                      "answer = client.messages.create(\n"
                      "    model=\"claude-sonnet-4-5\",\n"
                      "    max_tokens=200,\n"
                      "    messages=[{\"role\": \"user\", \"content\": \"Say hello\"}],\n"
                      ")\n"
                      "print(answer.content[0].text)\n")},
        {"Anthropic · JavaScript", Language::JavaScript, "app.mjs",
         jsClient("Anthropic", "@anthropic-ai/sdk", baseUrl, headers,
                  "const answer = await client.messages.create({\n"
                  "  model: \"claude-sonnet-4-5\",\n"
                  "  max_tokens: 200,\n"
                  "  messages: [{ role: \"user\", content: \"Say hello\" }],\n"
                  "});\n"
                  "console.log(answer.content[0].text);\n")},
        {"Gemini · JavaScript", Language::JavaScript, "app.mjs", gemini(baseUrl, headers)},
        {"LangChain", Language::Python, "app.py", langChain(baseUrl, headers)},
        {"Claude Code", Language::Shell, shell, claudeCode(baseUrl, headers)},
        {"Codex", Language::Toml, "~/.codex/config.toml", codex(baseUrl, headers)},
        {"OpenTelemetry", Language::Shell, shell, openTelemetry(baseUrl, headers)},
        {"curl", Language::Shell, shell, curl(baseUrl, headers)},
    };
}

} // namespace farthing
