// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace farthing {

/// What a program took.
struct Ran
{
    double seconds = 0;
    double cpuSeconds = 0;
    double megabytes = 0; ///< at its peak
};

[[noreturn]] inline void fail(const std::string &what)
{
    fmt::print(stderr, "{}\n", what);
    std::exit(1);
}

/// Runs a program to its end, its standard output in a file; what goes wrong ends the benchmark.
inline Ran run(const std::vector<std::string> &command, const std::string &output)
{
    std::vector<char *> words;
    for (const std::string &word : command)
        words.push_back(const_cast<char *>(word.c_str()));
    words.push_back(nullptr);
    const auto began = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child == 0) {
        dup2(open(output.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDOUT_FILENO);
        execvp(words[0], words.data());
        _exit(127);
    }
    int status = 0;
    rusage used = {};
    wait4(child, &status, 0, &used);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail(command.front() + " failed");
    const auto secondsOf = [](const timeval &t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(),
            secondsOf(used.ru_utime) + secondsOf(used.ru_stime), static_cast<double>(used.ru_maxrss) / 1024};
}

} // namespace farthing
