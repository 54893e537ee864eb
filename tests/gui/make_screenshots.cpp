// SPDX-License-Identifier: GPL-3.0-or-later
// make_screenshots DATA_DIR OUT_DIR [WIDTHxHEIGHT]: every page in both themes, over what the data directory
// holds. What README.md shows is made with it; packaging/screenshots calls it.
#include "tests/gui/Desktop.h"

#include "ui/views/StateView.h"

#include <QDir>
#include <QElapsedTimer>

#include <algorithm>
#include <iostream>

using namespace farthing;

namespace {

void waitUntil(const std::function<bool()> &there, int atMostMs)
{
    QElapsedTimer waiting;
    waiting.start();
    while (!there() && waiting.elapsed() < atMostMs)
        QApplication::processEvents(QEventLoop::AllEvents, 20);
}

/// What the page in view asks for is there and drawn.
void settle(const MainWindow &window)
{
    waitUntil(
        [&] {
            const auto views = window.findChildren<StateView *>();
            return std::ranges::all_of(
                views, [](StateView *view) { return !view->isVisible() || view->isCurrent(); });
        },
        30'000);
    waitUntil([] { return false; }, 700);
}

/// As a person chooses them: whole minutes.
TimeRange wholeMinutes(Timestamp first, Timestamp last)
{
    using std::chrono::minutes;
    return {std::chrono::floor<minutes>(first), std::chrono::floor<minutes>(last) + minutes(1)};
}

} // namespace

int main(int argc, char **argv)
{
    QApplication::setStyle(QStringLiteral("Fusion"));
    QApplication app(argc, argv);
    const QStringList arguments = QApplication::arguments();
    if (arguments.size() < 3) {
        std::cerr << "make_screenshots DATA_DIR OUT_DIR [WIDTHxHEIGHT]\n";
        return 2;
    }
    const QStringList size = arguments.value(3, "1440x900").split('x');
    ProxySupervisor::Options options = supervisorOptions(arguments[1]);
    options.listen = "127.0.0.1:4141";
    Desktop desktop(arguments[1], options);
    desktop.window->resize(size.value(0).toInt(), size.value(1).toInt());
    const auto isThere = [&] {
        return desktop.proxy.health() && desktop.store.summary() && *desktop.store.summary();
    };
    waitUntil(isThere, 10'000);
    if (!isThere()) {
        const auto store = desktop.store.summary();
        std::cerr << "the proxy or the store is not there: " << desktop.proxy.reason().toStdString() << ' '
                  << (store && !*store ? store->error().toString() : "") << '\n';
        return 1;
    }
    const StoreSummary summary = **desktop.store.summary();
    if (summary.first)
        desktop.filter.setTime({TimeChoice::Preset::Custom, wholeMinutes(*summary.first, *summary.last)});
    const QDir out(arguments[2]);
    for (const QString &page : MainWindow::pageNames()) {
        desktop.window->openPage(page);
        for (const auto scheme : {Theme::Scheme::Light, Theme::Scheme::Dark}) {
            Desktop::dress(scheme);
            settle(*desktop.window);
            const QString file =
                out.filePath(page + (scheme == Theme::Scheme::Dark ? QStringLiteral("-dark.png")
                                                                   : QStringLiteral("-light.png")));
            if (!desktop.window->grab().save(file)) {
                std::cerr << file.toStdString() << " cannot be written\n";
                return 1;
            }
            std::cout << file.toStdString() << '\n';
        }
    }
    return 0;
}
