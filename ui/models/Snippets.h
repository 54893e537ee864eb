// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

namespace farthing {

/// What a snippet tags its calls with; an empty one is left out.
struct SnippetTags
{
    QString workflow;
    QString feature;
    QString user;
};

/// How one client is pointed at the proxy. Names and settings are those of the client's own documentation.
struct Snippet
{
    enum class Language { Python, JavaScript, Shell, Toml };

    QString client; ///< "OpenAI · Python"
    Language language = Language::Shell;
    QString place; ///< where it belongs: "app.py", "~/.codex/config.toml"
    QString code;
};

/// All of them, for a proxy at `baseUrl` ("http://127.0.0.1:4141").
QList<Snippet> snippetsFor(const QString &baseUrl, const SnippetTags &tags);

} // namespace farthing
