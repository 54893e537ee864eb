// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/ProxySupervisor.h"
#include "ui/bridge/SampleDay.h"
#include "ui/bridge/StoreWatch.h"
#include "ui/models/FilterState.h"
#include "ui/settings/Theme.h"
#include "ui/settings/WindowSettings.h"
#include "ui/views/MainWindow.h"

#include <QApplication>
#include <QTemporaryDir>

namespace farthing {

inline QString binary(const char *name)
{
    return QStringLiteral(FARTHING_BIN_DIR "/") + name;
}

inline ProxySupervisor::Options supervisorOptions(const QString &dir)
{
    ProxySupervisor::Options options{DataDir::resolve(dir.toStdString()), "127.0.0.1:0", binary("farthingd")};
    options.pollMs = 100;
    options.firstPauseMs = 200;
    options.longestPauseMs = 800;
    return options;
}

/// Everything that app/desktop puts together, on a data directory of its own.
struct Desktop
{
    explicit Desktop(const QString &dir)
        : Desktop(dir, supervisorOptions(dir))
    {}
    Desktop(const QString &dir, const ProxySupervisor::Options &options)
        : dataDir(DataDir::resolve(dir.toStdString()))
        , proxy(options)
        , sampleDay(proxy, binary("farthing-sim"))
        , queries(JobRunner::forDatabase(dataDir.database()))
        , live(JobRunner::forDatabase(dataDir.database()))
        , store(live, nullptr, 100)
        , settings(QString::fromStdString(dataDir.window().string()))
    {
        std::ignore = dataDir.create();
        dress(Theme::Scheme::Dark);
        window = std::make_unique<MainWindow>(
            PageContext{dataDir, filter, queries, live, store, proxy, sampleDay}, settings);
        proxy.start();
        window->show();
    }
    ~Desktop()
    {
        window.reset();
        proxy.stop(10'000);
    }

    static void dress(Theme::Scheme scheme)
    {
        Theme::force(scheme);
        Theme::dress(*qApp);
    }

    DataDir dataDir;
    ProxySupervisor proxy;
    SampleDay sampleDay;
    JobRunner queries;
    JobRunner live;
    StoreWatch store;
    FilterState filter;
    WindowSettings settings;
    std::unique_ptr<MainWindow> window;
};

} // namespace farthing
