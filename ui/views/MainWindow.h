// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/pages/Page.h"

#include <QPointer>

class QStackedWidget;

namespace farthing {

class BreakdownPage;
class CsvExport;
class FilterBar;
class NavigationBar;
class StatusStrip;
class WindowSettings;

/// The shell: pages by name down the left side, the filter that they all follow above, the state of proxy and
/// store below.
class MainWindow : public QWidget
{
    Q_OBJECT

public:
    /// `settings` must outlive the window.
    MainWindow(const PageContext &context, WindowSettings &settings, QWidget *parent = nullptr);
    ~MainWindow() override;

    /// By its name in links and settings: "breakdown", "live", "connect". False where there is no such page.
    bool openPage(const QString &name);
    [[nodiscard]] QString currentPage() const;
    static QStringList pageNames();

protected:
    void closeEvent(QCloseEvent *event) override;

private:
    struct Entry
    {
        QString name;
        QString title;
        Page *page;
        bool atBottom;
    };

    void makePages();
    void addPage(const QString &name, const QString &title, Page *page, bool atBottom);
    void addShortcuts();
    void turnTo(int index);
    void exportEvents();

    PageContext m_context;
    WindowSettings &m_settings;
    QList<Entry> m_pages;
    int m_current = -1;
    QPointer<CsvExport> m_export;
    NavigationBar *m_navigation = nullptr;
    FilterBar *m_filterBar = nullptr;
    QStackedWidget *m_stack = nullptr;
    StatusStrip *m_status = nullptr;
};

} // namespace farthing
