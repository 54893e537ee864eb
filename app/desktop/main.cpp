// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/JobRunner.h"
#include "ui/bridge/ProxySupervisor.h"
#include "ui/bridge/SampleDay.h"
#include "ui/bridge/StoreWatch.h"
#include "ui/models/FilterState.h"
#include "ui/settings/SystemScheme.h"
#include "ui/settings/Theme.h"
#include "ui/settings/WindowSettings.h"
#include "ui/views/MainWindow.h"

#include <QApplication>
#include <QIcon>
#include <QSocketNotifier>
#include <QTranslator>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace farthing;

struct Options
{
    std::string dataDir;
    std::string listen;
    std::string page;
    std::string theme = "system";
    std::vector<std::string> filters;
    bool sampleDay = false;
};

void addOptions(CLI::App &app, Options &options)
{
    std::vector<std::string> pages;
    for (const QString &name : MainWindow::pageNames())
        pages.push_back(name.toStdString());
    app.set_version_flag("--version", "farthing " FARTHING_VERSION);
    app.add_option(
        "--data-dir", options.dataDir,
        "Folder that holds everything, the configuration files too (default: the XDG folders farthing/)");
    app.add_option("--listen", options.listen,
                   "Where the proxy listens if this window starts it (default: 127.0.0.1:4141)");
    app.add_option("--page", options.page, "Open this page")->check(CLI::IsMember(pages));
    app.add_option("--filter", options.filters,
                   "DIMENSION=VALUE[,VALUE] or DIMENSION!=VALUE; repeatable: all of them hold");
    app.add_option("--theme", options.theme, "system, light or dark")
        ->check(CLI::IsMember({"system", "light", "dark"}))
        ->capture_default_str();
    app.add_flag("--sample-day", options.sampleDay,
                 "Load a sample day at once: 2,000 calls to simulated providers, through the proxy");
    app.footer("The window starts the proxy, farthingd, unless one serves its data directory already.\n"
               "Without a display run farthingd.");
}

bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

/// As soon as the proxy serves, once.
void loadSampleDay(ProxySupervisor &proxy, SampleDay &sampleDay)
{
    QObject::connect(&proxy, &ProxySupervisor::changed, &sampleDay, [&proxy, &sampleDay] {
        if (proxy.state() == ProxySupervisor::State::Serving && sampleDay.phase() == SampleDay::Phase::Idle)
            sampleDay.start();
    });
}

int signalSockets[2] = {-1, -1};

/// SIGTERM, SIGINT and, unless started under nohup, the end of the terminal close the window as its button
/// does, so that the proxy it started ends as well.
void closeOnSignals(QApplication &app)
{
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, signalSockets) != 0)
        return;
    auto *const notifier = new QSocketNotifier(signalSockets[1], QSocketNotifier::Read, &app);
    QObject::connect(notifier, &QSocketNotifier::activated, &app, &QApplication::closeAllWindows);
    const auto close = [](int) {
        const char byte = 1;
        [[maybe_unused]] const auto sent = ::write(signalSockets[0], &byte, 1);
    };
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        if (std::signal(number, close) == SIG_IGN && number == SIGHUP)
            std::signal(number, SIG_IGN);
}

} // namespace

int main(int argc, char **argv)
{
    CLI::App arguments("farthing shows where an AI bill goes, call by call, and what would cut it.",
                       "farthing");
    Options options;
    addOptions(arguments, options);
    CLI11_PARSE(arguments, argc, argv);
    std::vector<DimensionFilter> filters;
    for (const std::string &text : options.filters) {
        const auto filter = parseDimensionFilter(text);
        if (!filter) {
            std::cerr << "--filter: " << filter.error().toString() << '\n';
            return 2;
        }
        filters.push_back(*filter);
    }
    if (!hasDisplay()) {
        std::cerr << "farthing: there is no display. farthingd serves the proxy without one, farthingctl "
                     "reports in a terminal.\n";
        return 1;
    }

    QApplication::setStyle(QStringLiteral("Fusion"));
    QApplication app(argc, argv);
    QApplication::setApplicationName(QStringLiteral("farthing"));
    QApplication::setApplicationDisplayName(QStringLiteral("Farthing"));
    QApplication::setDesktopFileName(QStringLiteral("org.farthing.Farthing"));
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/farthing.svg")));

    // English is what the sources are in; its file holds what differs in the singular.
    QTranslator singular;
    if (singular.load(QStringLiteral(":/i18n/farthing_en.qm")))
        QApplication::installTranslator(&singular);

    const DataDir dataDir = DataDir::resolve(
        options.dataDir.empty() ? std::nullopt : std::optional<std::filesystem::path>(options.dataDir));
    if (const auto created = dataDir.create(); !created) {
        std::cerr << "farthing: " << created.error().toString() << '\n';
        return 1;
    }
    SystemScheme system;
    if (options.theme != "system")
        Theme::force(options.theme == "dark" ? Theme::Scheme::Dark : Theme::Scheme::Light);
    else
        system.follow();
    QObject::connect(&system, &SystemScheme::changed, &app, [&app] { Theme::dress(app); });
    Theme::dress(app);

    ProxySupervisor::Options proxyOptions{dataDir, {}, {}};
    proxyOptions.listen = QString::fromStdString(options.listen);
    ProxySupervisor proxy(proxyOptions);
    SampleDay sampleDay(proxy, {});
    JobRunner queries(JobRunner::forDatabase(dataDir.database()));
    JobRunner live(JobRunner::forDatabase(dataDir.database()));
    StoreWatch store(live);
    FilterState filter;
    WindowSettings settings(QString::fromStdString(dataDir.window().string()));
    MainWindow window({dataDir, filter, queries, live, store, proxy, sampleDay}, settings);
    for (const DimensionFilter &condition : filters)
        filter.narrow(condition);
    if (!options.page.empty())
        window.openPage(QString::fromStdString(options.page));
    if (options.sampleDay)
        loadSampleDay(proxy, sampleDay);
    closeOnSignals(app);
    proxy.start();
    window.show();
    return QApplication::exec();
}
