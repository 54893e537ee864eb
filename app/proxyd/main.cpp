// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/proxyd/Daemon.h"

#include "core/base/PassedSockets.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <curl/curl.h>
#include <iostream>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace {

/// Keys pass through this process: nothing of its memory is to lie on a disk.
void keepMemoryPrivate()
{
    ::umask(077);
    const rlimit none = {0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

/// Many clients, each with an upstream connection, need more descriptors than a shell allows by default.
void allowManyDescriptors()
{
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/// A file that cannot be written keeps no call from being served.
void openLog(const std::string &file)
{
    try {
        if (!file.empty())
            return spdlog::set_default_logger(
                spdlog::rotating_logger_mt("farthingd", file, 5 * 1024 * 1024, 5));
    } catch (const spdlog::spdlog_ex &error) {
        std::cerr << "the log goes to standard error: " << error.what() << '\n';
    }
    spdlog::set_default_logger(spdlog::stderr_color_mt("farthingd"));
}

} // namespace

int main(int argc, char **argv)
{
    CLI::App app("farthingd passes LLM calls on to their providers and records what each one cost.",
                 "farthingd");
    farthing::DaemonOptions options;
    std::string level = "info";
    std::string logFile;
    bool checkOnly = false;
    app.set_version_flag("--version", "farthingd " FARTHING_VERSION);
    app.add_option(
        "--data-dir", options.dataDir,
        "Folder that holds everything, the configuration files too (default: the XDG folders farthing/)");
    app.add_option("--listen", options.listen,
                   "Address and port, 127.0.0.1:4141 where nothing says otherwise; port 0 takes a free one. "
                   "One that is not\n"
                   "loopback needs a token (farthingctl token create), which every request then has to show");
    app.add_option("--log-level", level, "debug, info, warning or error")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    app.add_option("--log-file", logFile,
                   "Write the log to a file instead of standard error; kept to 5 files of 5 MB");
    app.add_flag("--check", checkOnly, "Check farthing.json and prices.json and exit");
    app.footer("Environment: FARTHING_DATA_DIR, FARTHING_LISTEN, FARTHING_TOKEN, FARTHING_UPSTREAM_OPENAI, "
               "FARTHING_UPSTREAM_ANTHROPIC,\n"
               "FARTHING_UPSTREAM_GEMINI (base URLs), SSL_CERT_FILE (authorities to trust, PEM). SIGHUP "
               "reads the files again, SIGTERM ends after the "
               "calls under way.\n"
               "Sockets that a service manager passes (LISTEN_FDS) are served instead of any address.");
    CLI11_PARSE(app, argc, argv);

    keepMemoryPrivate();
    allowManyDescriptors();
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN); // a limit of a file's size is like a full disk
    openLog(logFile);
    spdlog::set_level(spdlog::level::from_str(level));
    spdlog::flush_on(spdlog::level::info);
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");

    if (checkOnly) {
        const auto checked = farthing::checkFiles(options);
        std::cout << (checked ? "farthing.json and prices.json are good" : checked.error().toString())
                  << '\n';
        return checked ? 0 : 1;
    }
    options.passedSockets = farthing::takePassedSockets();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const auto served = farthing::serve(options);
    curl_global_cleanup();
    if (!served)
        spdlog::error("{}", served.error().toString());
    return served ? 0 : 1;
}
