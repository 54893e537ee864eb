// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

namespace farthing {

namespace {

struct Word
{
    std::string name;
    std::string help;
    std::string values; ///< of an option that takes one of a few, separated by blanks
    bool isOption = false;
    bool takesValue = false;
};

/// A command and what may follow it.
struct Node
{
    std::string path; ///< "farthingctl report cost"
    std::vector<Word> words;
};

/// CLI11 describes CLI::IsMember as "TEXT:{a,b}".
std::string valuesOf(const CLI::Option &option)
{
    const std::string type = option.get_type_name();
    const auto open = type.find('{');
    const auto close = type.find('}', open);
    if (open == std::string::npos || close == std::string::npos)
        return {};
    std::string values = type.substr(open + 1, close - open - 1);
    std::ranges::replace(values, ',', ' ');
    return values;
}

std::string firstLine(const std::string &text)
{
    std::string line = text.substr(0, text.find('\n'));
    std::erase(line, '\'');
    return line;
}

void collect(const CLI::App &app, const std::string &path, std::vector<Node> &nodes)
{
    Node node{path, {}};
    for (const CLI::App *sub : app.get_subcommands([](const CLI::App *) { return true; }))
        node.words.push_back({sub->get_name(), firstLine(sub->get_description()), {}, false, false});
    for (const CLI::Option *option : app.get_options())
        for (const std::string &name : option->get_lnames())
            node.words.push_back({"--" + name, firstLine(option->get_description()), valuesOf(*option), true,
                                  option->get_items_expected_max() > 0});
    nodes.push_back(std::move(node));
    for (const CLI::App *sub : app.get_subcommands([](const CLI::App *) { return true; }))
        collect(*sub, path + " " + sub->get_name(), nodes);
}

std::string namesOf(const Node &node)
{
    std::string names;
    for (const Word &word : node.words)
        names += (names.empty() ? "" : " ") + word.name;
    return names;
}

/// `case` branches that lead from a command to its sub-commands, for bash and zsh alike.
std::string descend(const std::vector<Node> &nodes)
{
    std::string text;
    for (const Node &node : nodes)
        if (node.path.find(' ') != std::string::npos)
            text += "      '" + node.path + "') cmd='" + node.path + "' ;;\n";
    return text;
}

std::string bash(const std::vector<Node> &nodes)
{
    std::ostringstream out;
    out << "_farthingctl() {\n"
           "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd=farthingctl words= i\n"
           "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "    case \"$cmd ${COMP_WORDS[i]}\" in\n"
        << descend(nodes)
        << "    esac\n"
           "  done\n"
           "  case \"$cmd:$prev\" in\n";
    for (const Node &node : nodes)
        for (const Word &word : node.words)
            if (word.takesValue)
                out << "    '" << node.path << ':' << word.name << "') COMPREPLY=($(compgen -W '"
                    << word.values << "' -- \"$cur\")); return ;;\n";
    out << "  esac\n"
           "  case $cmd in\n";
    for (const Node &node : nodes)
        out << "    '" << node.path << "') words='" << namesOf(node) << "' ;;\n";
    out << "  esac\n"
           "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "}\n"
           "complete -o default -F _farthingctl farthingctl\n";
    return out.str();
}

std::string zsh(const std::vector<Node> &nodes)
{
    std::ostringstream out;
    out << "#compdef farthingctl\n"
           "_farthingctl() {\n"
           "  local cmd=farthingctl i\n"
           "  for ((i = 2; i < CURRENT; i++)); do\n"
           "    case \"$cmd ${words[i]}\" in\n"
        << descend(nodes)
        << "    esac\n"
           "  done\n"
           "  case \"$cmd:${words[CURRENT-1]}\" in\n";
    for (const Node &node : nodes)
        for (const Word &word : node.words)
            if (word.takesValue)
                out << "    '" << node.path << ':' << word.name << "') "
                    << (word.values.empty() ? "_files" : "compadd -- " + word.values) << "; return ;;\n";
    out << "  esac\n"
           "  case $cmd in\n";
    for (const Node &node : nodes)
        out << "    '" << node.path << "') compadd -- " << namesOf(node) << " ;;\n";
    out << "  esac\n"
           "  [[ $PREFIX == -* ]] || _files\n"
           "}\n"
           "compdef _farthingctl farthingctl\n";
    return out.str();
}

std::string fish(const std::vector<Node> &nodes)
{
    std::ostringstream out;
    out << "function __farthingctl_command\n"
           "  set -l cmd farthingctl\n"
           "  for word in (commandline -opc)[2..]\n"
           "    switch \"$cmd $word\"\n";
    for (const Node &node : nodes)
        if (node.path.find(' ') != std::string::npos)
            out << "      case '" << node.path << "'\n        set cmd '" << node.path << "'\n";
    out << "    end\n"
           "  end\n"
           "  echo $cmd\n"
           "end\n";
    for (const Node &node : nodes)
        for (const Word &word : node.words) {
            out << "complete -c farthingctl -n 'test (__farthingctl_command) = \"" << node.path << "\"'";
            if (word.isOption)
                out << " -l " << word.name.substr(2) << (word.takesValue ? " -r" : "");
            else
                out << " -f -a " << word.name;
            if (!word.values.empty())
                out << " -f -a '" << word.values << '\'';
            out << " -d '" << word.help << "'\n";
        }
    return out.str();
}

} // namespace

void addCompletionCommand(CLI::App &app, const Context &, ExitCode &)
{
    CLI::App *const group =
        app.add_subcommand("completion", "A script that completes farthingctl's words in a shell");
    group->require_subcommand(1);
    const auto add = [&](const char *shell, const char *help,
                         std::string (*write)(const std::vector<Node> &)) {
        group->add_subcommand(shell, help)->callback([&app, write] {
            std::vector<Node> nodes;
            collect(app, "farthingctl", nodes);
            std::cout << write(nodes);
        });
    };
    add("bash", "For ~/.bashrc: source <(farthingctl completion bash)", bash);
    add("zsh", "For ~/.zshrc, behind compinit: source <(farthingctl completion zsh)", zsh);
    add("fish", "For ~/.config/fish/config.fish: farthingctl completion fish | source", fish);
}

} // namespace farthing
