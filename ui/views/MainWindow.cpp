// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/MainWindow.h"

#include "ui/bridge/CsvExport.h"
#include "ui/bridge/StoreWatch.h"
#include "ui/models/FilterState.h"
#include "ui/models/Format.h"
#include "ui/pages/BreakdownPage.h"
#include "ui/pages/ConnectPage.h"
#include "ui/pages/LivePage.h"
#include "ui/settings/Theme.h"
#include "ui/settings/WindowSettings.h"
#include "ui/views/FilterBar.h"
#include "ui/views/NavigationBar.h"
#include "ui/views/SaveDialog.h"
#include "ui/views/StatusStrip.h"

#include <QDir>
#include <QHBoxLayout>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace farthing {

namespace {

constexpr QSize usualSize(1440, 900);
constexpr QSize leastSize(960, 600);

QString shortcutOf(int page)
{
    return QStringLiteral("Ctrl+%1").arg(page + 1);
}

} // namespace

MainWindow::MainWindow(const PageContext &context, WindowSettings &settings, QWidget *parent)
    : QWidget(parent)
    , m_context(context)
    , m_settings(settings)
{
    setMinimumSize(leastSize);
    context.filter.setTime(settings.time());
    makePages();
    // The tab key goes through widgets in the order in which they are made.
    m_navigation = new NavigationBar(this);
    for (int index = 0; index < m_pages.size(); ++index)
        m_navigation->addItem(index, m_pages[index].title, shortcutOf(index), m_pages[index].atBottom);
    m_filterBar = new FilterBar(context.filter, context.live, this);
    m_stack = new QStackedWidget(this);
    for (const Entry &entry : m_pages)
        m_stack->addWidget(entry.page);
    m_status = new StatusStrip(context.proxy, this);
    auto *const right = new QVBoxLayout;
    right->setSpacing(0);
    right->addWidget(m_filterBar);
    right->addWidget(m_stack, 1);
    auto *const middle = new QHBoxLayout;
    middle->setSpacing(0);
    middle->addWidget(m_navigation);
    middle->addLayout(right, 1);
    auto *const all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(middle, 1);
    all->addWidget(m_status);

    addShortcuts();

    connect(m_navigation, &NavigationBar::chosen, this, &MainWindow::turnTo);
    connect(&context.store, &StoreWatch::answered, m_status, &StatusStrip::setStore);
    connect(&context.filter, &FilterState::changed, this,
            [this] { m_settings.setTime(m_context.filter.time()); });
    connect(m_status, &StatusStrip::activityCancelled, this, [this] {
        if (m_export)
            m_export->cancel();
    });
    if (!restoreGeometry(settings.geometry()))
        resize(usualSize);
    if (!openPage(settings.page()))
        openPage("connect");
}

MainWindow::~MainWindow() = default;

QStringList MainWindow::pageNames()
{
    return {"breakdown", "live", "connect"};
}

void MainWindow::makePages()
{
    auto *const breakdown = new BreakdownPage(m_context);
    breakdown->setDimension(m_settings.breakdownBy());
    connect(breakdown, &BreakdownPage::dimensionChanged, this,
            [this](Dimension dimension) { m_settings.setBreakdownBy(dimension); });
    connect(breakdown, &BreakdownPage::eventExportRequested, this, &MainWindow::exportEvents);
    auto *const live = new LivePage(m_context);
    connect(live, &LivePage::eventExportRequested, this, &MainWindow::exportEvents);
    addPage("breakdown", tr("Breakdown"), breakdown, false);
    addPage("live", tr("Live"), live, false);
    addPage("connect", tr("Connect…"), new ConnectPage(m_context), true);
}

void MainWindow::addPage(const QString &name, const QString &title, Page *page, bool atBottom)
{
    m_pages.append({name, title, page, atBottom});
    connect(page, &Page::callsRequested, this, [this] { openPage("live"); });
    connect(page, &Page::breakdownRequested, this, [this] { openPage("breakdown"); });
    connect(page, &Page::connectRequested, this, [this] { openPage("connect"); });
}

void MainWindow::addShortcuts()
{
    const auto add = [this](const QKeySequence &keys, auto slot) {
        connect(new QShortcut(keys, this), &QShortcut::activated, this, slot);
    };
    for (int index = 0; index < m_pages.size(); ++index)
        add(shortcutOf(index), [this, index] { m_navigation->setCurrent(index); });
    add(QKeySequence::Refresh, [this] { m_pages[m_current].page->refresh(); });
    add(QStringLiteral("Ctrl+T"), [this] { m_filterBar->openTimeMenu(); });
    add(QStringLiteral("Ctrl+E"), [this] { m_filterBar->openExportMenu(); });
    add(QStringLiteral("Ctrl+F"), [this] { m_filterBar->pick(Dimension::Workflow); });
    add(QKeySequence::Close, [this] { close(); });
    add(QKeySequence::Quit, [this] { close(); });
}

bool MainWindow::openPage(const QString &name)
{
    for (int index = 0; index < m_pages.size(); ++index)
        if (m_pages[index].name == name) {
            m_navigation->setCurrent(index);
            turnTo(index);
            return true;
        }
    return false;
}

QString MainWindow::currentPage() const
{
    return m_current < 0 ? QString() : m_pages[m_current].name;
}

void MainWindow::turnTo(int index)
{
    if (index == m_current)
        return;
    if (m_current >= 0)
        m_pages[m_current].page->setActive(false);
    m_current = index;
    const Entry &entry = m_pages[index];
    m_stack->setCurrentWidget(entry.page);
    m_filterBar->setVisible(entry.page->isFiltered());
    m_filterBar->setExports(entry.page->exports());
    setWindowTitle(tr("Farthing — %1").arg(QString(entry.title).remove(QStringLiteral("…"))));
    m_settings.setPage(entry.name);
    entry.page->setActive(true);
    if (!m_navigation->isAncestorOf(focusWidget()))
        entry.page->firstFocus()->setFocus();
}

void MainWindow::exportEvents()
{
    if (m_export)
        return;
    const EventFilter filter = m_context.filter.resolve(SystemClock().now());
    askForFile(
        this, tr("Export the events"), QStringLiteral("events.csv"), [this, filter](const QString &path) {
            m_export = new CsvExport(m_context.dataDir.database(), filter, path, this);
            connect(m_export, &CsvExport::progressed, m_status,
                    [this](qint64 events, qint64 of, qint64 leftUs) {
                        if (of == 0) {
                            m_status->showActivity(tr("Exporting: counting the events"), -1);
                            return;
                        }
                        QString text = tr("Exporting: %1 of %2 events", nullptr, format::plural(of))
                                           .arg(format::count(events), format::count(of));
                        if (leftUs >= 0)
                            text += QStringLiteral(" · ") + format::timeLeft(leftUs);
                        m_status->showActivity(text, double(events) / double(of));
                    });
            connect(m_export, &CsvExport::finished, m_status,
                    [this, path](qint64 events, const QString &error) {
                        m_status->showOutcome(
                            error.isEmpty() ? tr("Exported %1 events to %2", nullptr, format::plural(events))
                                                  .arg(format::count(events), QDir::toNativeSeparators(path))
                                            : tr("Export: %1").arg(error));
                        m_export->deleteLater();
                        m_export.clear();
                    });
            m_export->start();
        });
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    m_settings.setGeometry(saveGeometry());
    QWidget::closeEvent(event);
}

} // namespace farthing
