// SPDX-License-Identifier: GPL-3.0-or-later
// The whole window over the built proxy: a sample day is loaded by its button, and what is shown is what
// farthingctl says.
#include "tests/gui/Desktop.h"

#include "ui/charts/SpendChart.h"
#include "ui/models/BreakdownModel.h"
#include "ui/models/CallModel.h"
#include "ui/models/Format.h"
#include "ui/pages/BreakdownPage.h"
#include "ui/views/StateView.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProcess>
#include <QScrollBar>
#include <QTableView>
#include <QTest>

#include <algorithm>
#include <csignal>

using namespace farthing;

class WindowTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_dir;
    std::unique_ptr<Desktop> m_desktop;

    template <class T>
    T *named(const QString &accessibleName) const
    {
        for (T *widget : m_desktop->window->findChildren<T *>())
            if (widget->accessibleName() == accessibleName && widget->isVisibleTo(m_desktop->window.get()))
                return widget;
        return nullptr;
    }

    bool showsLabel(const QString &text) const
    {
        const auto labels = m_desktop->window->findChildren<QLabel *>();
        return std::ranges::any_of(
            labels, [&](QLabel *label) { return label->isVisible() && label->text().contains(text); });
    }

    QJsonObject report(const QStringList &arguments) const
    {
        QProcess ctl;
        ctl.start(binary("farthingctl"), QStringList{"--data-dir", m_dir.path()} + arguments);
        if (!ctl.waitForFinished(20'000) || ctl.exitCode() != 0)
            qWarning("%s", ctl.readAllStandardError().constData());
        return QJsonDocument::fromJson(ctl.readAllStandardOutput()).object();
    }

    static QStringList keysOf(const BreakdownModel &model)
    {
        QStringList keys;
        for (int row = 0; row < model.rowCount(); ++row)
            keys.append(model.keyAt(row));
        return keys;
    }

private slots:
    void initTestCase()
    {
        m_desktop = std::make_unique<Desktop>(m_dir.path());
        m_desktop->window->resize(1440, 900);
    }

    void beginsOnConnectAndWaitsForTheFirstCall()
    {
        QCOMPARE(m_desktop->window->currentPage(), QStringLiteral("connect"));
        QTRY_COMPARE_WITH_TIMEOUT(m_desktop->proxy.state(), ProxySupervisor::State::Serving, 10'000);
        QTRY_VERIFY(showsLabel("Waiting for the first call"));
        auto *const code = named<QPlainTextEdit>("Code to connect with");
        QVERIFY(code);
        QTRY_VERIFY(code->toPlainText().contains(m_desktop->proxy.baseUrl() + "/v1"));
    }

    void emptyPagesSaySo()
    {
        for (const char *page : {"breakdown", "live"}) {
            QVERIFY(m_desktop->window->openPage(page));
            QTRY_VERIFY(showsLabel("Point an application at the proxy"));
        }
        QVERIFY(m_desktop->window->openPage("connect"));
    }

    void aSampleDayGoesThroughTheProxy()
    {
        auto *const load = named<QAbstractButton>("Load a sample day");
        QVERIFY(load);
        load->click();
        QTRY_VERIFY_WITH_TIMEOUT(!m_desktop->sampleDay.running() || showsLabel("Connected"), 30'000);
        QTRY_COMPARE_WITH_TIMEOUT(m_desktop->sampleDay.phase(), SampleDay::Phase::Done, 90'000);
        QTRY_VERIFY(showsLabel("Connected: calls are recorded"));
        QVERIFY(!QFile::exists(m_dir.filePath("farthing.json")));
        auto *const show = named<QAbstractButton>("Show the breakdown");
        QVERIFY(show);
        show->click();
        QCOMPARE(m_desktop->window->currentPage(), QStringLiteral("breakdown"));
    }

    void everyFigureEqualsTheReport_data()
    {
        QTest::addColumn<QString>("by");
        for (const char *by : {"workflow", "user", "feature", "model", "provider"})
            QTest::newRow(by) << by;
    }
    void everyFigureEqualsTheReport()
    {
        QFETCH(QString, by);
        m_desktop->filter.setTime({TimeChoice::Preset::All, {}});
        const QJsonArray cost = report({"report", "cost", "--by", by, "--json"}).value("rows").toArray();
        const QJsonArray tokens = report({"report", "tokens", "--by", by, "--json"}).value("rows").toArray();
        QVERIFY(!cost.isEmpty());
        const QString title = titleOf(*dimensionOf(by.toStdString()));
        QTRY_VERIFY(named<QAbstractButton>("Break down by: " + title));
        named<QAbstractButton>("Break down by: " + title)->click();
        auto *const table = named<QAbstractItemView>("Breakdown");
        QVERIFY(table);
        const QAbstractItemModel &model = *table->model();
        QTRY_VERIFY(model.headerData(BreakdownModel::Name, Qt::Horizontal).toString() == title &&
                    model.rowCount() == cost.size());
        const auto raw = [&](int row, int column) {
            return model.index(row, column).data(cell::RawRole).toString();
        };
        for (int row = 0; row < cost.size(); ++row) {
            const QJsonObject expected = cost[row].toObject();
            QCOMPARE(raw(row, BreakdownModel::Name), expected.value("key").toString());
            QCOMPARE(raw(row, BreakdownModel::Cost), expected.value("cost_usd").toString());
            QCOMPARE(raw(row, BreakdownModel::CostP50), expected.value("cost_p50_usd").toString());
            QCOMPARE(raw(row, BreakdownModel::CostP95), expected.value("cost_p95_usd").toString());
            QCOMPARE(raw(row, BreakdownModel::Requests).toInt(), expected.value("requests").toInt());
            for (const QJsonValue &each : tokens)
                if (each.toObject().value("key") == expected.value("key")) {
                    QCOMPARE(raw(row, BreakdownModel::Input).toInt(),
                             each.toObject().value("input_tokens").toInt());
                    QCOMPARE(raw(row, BreakdownModel::Output).toInt(),
                             each.toObject().value("output_tokens").toInt());
                }
        }
    }

    void aRowLeadsToItsCalls()
    {
        QTRY_VERIFY(named<QAbstractButton>("Break down by: Workflow"));
        named<QAbstractButton>("Break down by: Workflow")->click();
        auto *const table = named<QAbstractItemView>("Breakdown");
        QTRY_COMPARE(table->model()->headerData(0, Qt::Horizontal).toString(), QStringLiteral("Workflow"));
        const QString workflow = table->model()->index(0, 0).data(cell::RawRole).toString();
        const int requests = table->model()->index(0, BreakdownModel::Requests).data(cell::RawRole).toInt();
        table->setCurrentIndex(table->model()->index(0, 0));
        QTest::keyClick(table, Qt::Key_Return);
        QCOMPARE(m_desktop->window->currentPage(), QStringLiteral("live"));
        QTRY_VERIFY(named<QAbstractItemView>("Calls"));
        auto *const calls = named<QAbstractItemView>("Calls");
        QTRY_COMPARE(calls->model()->rowCount(), requests);
        for (int row = 0; row < requests; ++row)
            QCOMPARE(calls->model()->index(row, CallModel::Workflow).data().toString(), workflow);
        m_desktop->filter.clearAll();
        QTRY_VERIFY(calls->model()->rowCount() > requests);
    }

    void aMarkOfTheChartLeadsToTheCallsBehindIt()
    {
        m_desktop->window->openPage("breakdown");
        m_desktop->filter.setTime({TimeChoice::Preset::All, {}});
        auto *const chart = m_desktop->window->findChild<SpendChart *>();
        auto *const table = named<QAbstractItemView>("Breakdown");
        const auto &model = dynamic_cast<const BreakdownModel &>(*table->model());
        const auto *const state = m_desktop->window->findChild<BreakdownPage *>()->findChild<StateView *>();
        QVERIFY(!state->isCurrent());
        emit chart->markOpened(0, 0);
        QCOMPARE(m_desktop->window->currentPage(), QStringLiteral("breakdown"));
        QTRY_VERIFY(state->isCurrent() && model.breakdown()->filter.range == TimeRange() &&
                    model.breakdown()->overTime.stretches() > 1);
        const auto data = model.breakdown();
        std::size_t stretch = 0;
        while (data->overTime.series[0][stretch].nanoUsd() == 0)
            ++stretch;
        emit chart->markOpened(0, stretch);
        QCOMPARE(m_desktop->window->currentPage(), QStringLiteral("live"));
        const auto &calls = *named<QAbstractItemView>("Calls")->model();
        const auto sum = [&] {
            Money total;
            for (int row = 0; row < calls.rowCount(); ++row)
                total += *Money::parseUsd(
                    calls.index(row, CallModel::Cost).data(cell::RawRole).toString().toStdString());
            return total;
        };
        QTRY_COMPARE(sum(), data->overTime.series[0][stretch]);
        for (int row = 0; row < calls.rowCount(); ++row)
            QCOMPARE(calls.index(row, CallModel::Workflow).data().toString().toStdString(),
                     data->seriesKeys[0]);
        m_desktop->filter.clearAll();
        m_desktop->filter.setTime({TimeChoice::Preset::All, {}});
    }

    void aFilterThatChangesOutOfViewIsFollowed()
    {
        m_desktop->window->openPage("live");
        const auto &calls = *named<QAbstractItemView>("Calls")->model();
        QTRY_COMPARE(calls.rowCount(), int((*m_desktop->store.summary())->events));
        m_desktop->filter.setTime({TimeChoice::Preset::LastMonth, {}});
        // The list is being read for the month when the page is left and something else asked for.
        m_desktop->window->openPage("connect");
        m_desktop->filter.accept(Dimension::Workflow, "ticket-triage");
        QTest::qWait(300);
        m_desktop->window->openPage("live");
        QTRY_VERIFY(calls.rowCount() > 0 && calls.index(0, CallModel::Workflow).data() == "ticket-triage");
        QTest::qWait(300);
        for (int row = 0; row < calls.rowCount(); ++row)
            QCOMPARE(calls.index(row, CallModel::Workflow).data().toString(),
                     QStringLiteral("ticket-triage"));
        m_desktop->filter.clearAll();
    }

    void callsLeaveARangeThatMoves()
    {
        m_desktop->filter.setTime(
            {TimeChoice::Preset::Custom, {SystemClock().now() - std::chrono::hours(1), {}}});
        const auto &calls = *named<QAbstractItemView>("Calls")->model();
        QTRY_VERIFY(calls.rowCount() > 100);
        CallModel model;
        CallModel::Calls all;
        for (int row = 0; row < calls.rowCount(); ++row)
            all.push_back(dynamic_cast<const CallModel &>(calls).callAt(row));
        model.take(all);
        const Timestamp middle = all[all.size() / 2]->time;
        model.dropBefore(middle);
        QVERIFY(model.rowCount() < calls.rowCount());
        for (int row = 0; row < model.rowCount(); ++row)
            QVERIFY(model.callAt(row)->time >= middle);
        m_desktop->filter.setTime({TimeChoice::Preset::All, {}});
    }

    void repricingIsSeenInEveryView()
    {
        const auto money = [](const QAbstractItemModel &model, int column) {
            Money sum;
            for (int row = 0; row < model.rowCount(); ++row)
                sum +=
                    *Money::parseUsd(model.index(row, column).data(cell::RawRole).toString().toStdString());
            return sum;
        };
        m_desktop->window->openPage("live");
        const auto &calls = *named<QAbstractItemView>("Calls")->model();
        QTRY_COMPARE(calls.rowCount(), int((*m_desktop->store.summary())->events));
        const Money before = money(calls, CallModel::Cost);
        QFile prices(m_dir.filePath("prices.json"));
        QVERIFY(prices.open(QIODevice::WriteOnly));
        prices.write(
            R"({"version": "mine", "unit": "USD per million tokens", "entries": [{"provider": "openai", "model": "gpt-4o-mini",
                         "input": 1000, "output": 1000}]})");
        prices.close();
        report({"prices", "reprice", "--all", "--json"});
        QTRY_VERIFY(money(calls, CallModel::Cost) > before);
        m_desktop->window->openPage("breakdown");
        const auto &groups = *named<QAbstractItemView>("Breakdown")->model();
        QTRY_COMPARE_WITH_TIMEOUT(money(groups, BreakdownModel::Cost), money(calls, CallModel::Cost), 15'000);
        QVERIFY(prices.remove());
        report({"prices", "reprice", "--all", "--json"});
        QTRY_COMPARE_WITH_TIMEOUT(money(groups, BreakdownModel::Cost), before, 15'000);
    }

    void theRowsFollowTheHeaderAlsoWhileTheyAreAskedFor()
    {
        auto *const table = named<QTableView>("Breakdown");
        const auto &model = dynamic_cast<const BreakdownModel &>(*table->model());
        const QStringList before = keysOf(model);
        m_desktop->window->openPage("breakdown");
        for (int turn = 0; turn < 3; ++turn) {
            QTest::keyClick(m_desktop->window.get(), Qt::Key_F5);
            table->sortByColumn(BreakdownModel::Name,
                                turn % 2 == 0 ? Qt::AscendingOrder : Qt::DescendingOrder);
            QStringList expected = before;
            std::ranges::sort(expected);
            if (turn % 2 == 1)
                std::ranges::reverse(expected);
            QTRY_COMPARE(keysOf(model), expected);
            QTest::qWait(200);
            QCOMPARE(keysOf(model), expected);
            QVERIFY(model.headerData(BreakdownModel::Name, Qt::Horizontal, Qt::DisplayRole)
                        .toString()
                        .startsWith(turn % 2 == 0 ? u'↑' : u'↓'));
        }
        table->sortByColumn(BreakdownModel::Cost, Qt::DescendingOrder);
        QTRY_COMPARE(keysOf(model), before);
    }

    void whatIsSelectedStaysSelectedWhenFiguresChange()
    {
        auto *const table = named<QTableView>("Breakdown");
        const auto &model = dynamic_cast<const BreakdownModel &>(*table->model());
        table->setCurrentIndex(model.index(2, 3));
        const QString key = model.keyAt(2);
        const auto asked = model.breakdown();
        QTest::keyClick(m_desktop->window.get(), Qt::Key_F5);
        QTRY_VERIFY(model.breakdown() != asked);
        QCOMPARE(table->selectionModel()->selectedRows().size(), 1);
        QCOMPARE(model.keyAt(table->currentIndex().row()), key);
        QCOMPARE(table->currentIndex().column(), 3);
    }

    void whatIsOutdatedIsNotExported()
    {
        const auto exports = m_desktop->window->findChild<BreakdownPage *>()->exports();
        QTRY_VERIFY(exports.first()->isEnabled());
        m_desktop->filter.accept(Dimension::Workflow, "ticket-triage");
        QVERIFY(!exports.first()->isEnabled());
        QVERIFY(exports.last()->isEnabled());
        QTRY_VERIFY(exports.first()->isEnabled());
        m_desktop->filter.set({Dimension::Workflow, {"nobody"}, false});
        QTRY_VERIFY(showsLabel("Nothing in this range"));
        QVERIFY(!exports.first()->isEnabled());
        m_desktop->filter.clearAll();
        QTRY_VERIFY(exports.first()->isEnabled());
    }

    void theTabKeyGoesThroughTheWindowFromTheLeft()
    {
        m_desktop->window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_desktop->window.get()));
        named<QAbstractButton>("Breakdown")->setFocus();
        QStringList visited;
        for (int i = 0; i < 40 && !visited.contains("Spend over time by Workflow"); ++i) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
            visited.append(QApplication::focusWidget()->accessibleName());
        }
        QCOMPARE(visited.first(), QStringLiteral("Time range: All time"));
        QVERIFY(visited.indexOf("Export") > visited.indexOf("Filter: workflow: all"));
        QVERIFY(visited.indexOf("Spend over time by Workflow") > visited.indexOf("Export"));
        for (int i = 0; i < 5; ++i) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
            visited.append(QApplication::focusWidget()->accessibleName());
        }
        QVERIFY(visited.indexOf("Breakdown") > visited.indexOf("Break down by: Workflow"));
    }

    void theCallListFollowsUnlessOneLooksElsewhere()
    {
        m_desktop->window->openPage("live");
        QTRY_VERIFY(named<QAbstractItemView>("Calls"));
        auto *const calls = named<QAbstractItemView>("Calls");
        QScrollBar *const bar = calls->verticalScrollBar();
        QTRY_COMPARE(bar->value(), bar->maximum());
        bar->setValue(0);
        QTRY_VERIFY(named<QAbstractButton>("Go to the newest call"));
        named<QAbstractButton>("Go to the newest call")->click();
        QTRY_COMPARE(bar->value(), bar->maximum());
    }

    void allControlsAreNamed()
    {
        QStringList nameless;
        for (const QString &page : MainWindow::pageNames()) {
            m_desktop->window->openPage(page);
            QTest::qWait(50);
            for (QWidget *widget : m_desktop->window->findChildren<QWidget *>()) {
                const bool control =
                    qobject_cast<QAbstractButton *>(widget) || qobject_cast<QLineEdit *>(widget) ||
                    qobject_cast<QAbstractItemView *>(widget) || qobject_cast<QPlainTextEdit *>(widget) ||
                    qobject_cast<QComboBox *>(widget) || qobject_cast<QAbstractSpinBox *>(widget);
                const bool ofQt = widget->objectName().startsWith("qt_") || widget->inherits("QHeaderView") ||
                                  widget->inherits("QTableCornerButton");
                if (control && !ofQt && widget->isVisible() && widget->accessibleName().isEmpty())
                    nameless.append(page + ": " + widget->metaObject()->className());
            }
        }
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join('\n')));
    }

    void bothThemesDrawEveryPage_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::newRow("large") << QSize(1440, 900);
        QTest::newRow("small") << QSize(1100, 700);
    }
    void bothThemesDrawEveryPage()
    {
        QFETCH(QSize, size);
        m_desktop->window->resize(size);
        for (const QString &page : MainWindow::pageNames()) {
            m_desktop->window->openPage(page);
            QTest::qWait(300);
            QColor corner[2];
            for (const auto scheme : {Theme::Scheme::Light, Theme::Scheme::Dark}) {
                Desktop::dress(scheme);
                const QImage picture = m_desktop->window->grab().toImage();
                QCOMPARE(picture.size(), size * m_desktop->window->devicePixelRatio());
                corner[scheme == Theme::Scheme::Dark] = picture.pixelColor(2, 200);
            }
            QVERIFY(corner[0].lightness() > 200 && corner[1].lightness() < 60);
        }
    }

    void theStatusStripTellsOfADeadProxy()
    {
        const qint64 pid = m_desktop->proxy.health()->pid;
        ::kill(static_cast<pid_t>(pid), SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(showsLabel("proxy down"), 10'000);
        QTRY_COMPARE_WITH_TIMEOUT(m_desktop->proxy.state(), ProxySupervisor::State::Serving, 10'000);
        QTRY_VERIFY(showsLabel("proxy " + m_desktop->proxy.address()));
    }

    void remembersPageAndRange()
    {
        m_desktop->window->openPage("breakdown");
        m_desktop->filter.setTime({TimeChoice::Preset::LastWeek, {}});
        m_desktop->window->close();
        m_desktop.reset();
        m_desktop = std::make_unique<Desktop>(m_dir.path());
        QCOMPARE(m_desktop->window->currentPage(), QStringLiteral("breakdown"));
        QCOMPARE(m_desktop->filter.time().preset, TimeChoice::Preset::LastWeek);
    }

    void cleanupTestCase() { m_desktop.reset(); }
};

QTEST_MAIN(WindowTest)
#include "tst_window.moc"
