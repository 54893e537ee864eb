// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bodies/SecretProgram.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace farthing {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t longestAnswer = 4096;
constexpr int pollMs = 50;

/// The program with its standard output in a pipe, and none of this process's other descriptors.
class Child
{
public:
    Child(const std::filesystem::path &program, const char *verb, bool mayAsk)
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            m_error = errno;
            return;
        }
        std::string name = program.string();
        std::string verbText = verb;
        std::string unlock = "--unlock";
        char *const arguments[] = {name.data(), verbText.data(), mayAsk ? unlock.data() : nullptr, nullptr};
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        m_error = ::posix_spawn(&m_id, name.c_str(), &actions, nullptr, arguments, environ);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        m_out = ends[0];
    }
    ~Child()
    {
        if (m_error == 0 && !m_hasEnded) {
            ::kill(m_id, SIGKILL);
            ::waitpid(m_id, nullptr, 0);
        }
        ::close(m_out);
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    [[nodiscard]] int error() const { return m_error; }
    [[nodiscard]] int out() const { return m_out; }
    /// Its exit code once it has ended.
    std::optional<int> exitCode()
    {
        int status = 0;
        if (::waitpid(m_id, &status, WNOHANG) != m_id)
            return std::nullopt;
        m_hasEnded = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }

private:
    pid_t m_id = 0;
    int m_out = -1;
    int m_error = 0;
    bool m_hasEnded = false;
};

SecretProgram::Outcome outcomeOf(int exitCode)
{
    using Outcome = SecretProgram::Outcome;
    for (const Outcome known : {Outcome::Found, Outcome::None, Outcome::Locked, Outcome::NoService})
        if (exitCode == static_cast<int>(known))
            return known;
    return Outcome::Failed;
}

} // namespace

std::filesystem::path SecretProgram::defaultPath()
{
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "farthing-secret";
}

SecretProgram::Answer SecretProgram::run(Verb verb, bool mayAsk, std::chrono::milliseconds atMost,
                                         const std::atomic<bool> &stop) const
{
    Child child(m_program, verb == Verb::Make ? "make" : "lookup", mayAsk);
    if (child.error() != 0)
        return {Outcome::NoService, m_program.string() + " cannot be run: " + std::strerror(child.error())};
    Answer answer;
    std::optional<int> exitCode;
    const auto until = SteadyClock::now() + atMost;
    for (bool open = true; open || !(exitCode = child.exitCode());) {
        if (stop || SteadyClock::now() >= until)
            return {Outcome::Failed, "the secret service did not answer in time"};
        pollfd ready = {open ? child.out() : -1, POLLIN, 0};
        if (::poll(&ready, 1, open ? pollMs : 1) <= 0)
            continue;
        char buffer[512];
        const ssize_t n = ::read(child.out(), buffer, sizeof buffer);
        open = n > 0;
        answer.text.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
        if (answer.text.size() > longestAnswer)
            return {Outcome::Failed, m_program.string() + " says too much"};
    }
    answer.outcome = outcomeOf(*exitCode);
    while (answer.text.ends_with('\n'))
        answer.text.pop_back();
    if (answer.outcome == Outcome::Failed && answer.text.empty())
        answer.text = m_program.string() + " broke off";
    return answer;
}

} // namespace farthing
