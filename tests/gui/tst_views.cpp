// SPDX-License-Identifier: GPL-3.0-or-later
// Views on their own: what a click, a key or too little room does to them.
#include "tests/core/store/Events.h"

#include "core/store/EventImport.h"
#include "ui/bridge/JobRunner.h"
#include "ui/charts/ChartLegend.h"
#include "ui/charts/SpendChart.h"
#include "ui/models/FilterState.h"
#include "ui/settings/Theme.h"
#include "ui/views/FigureCard.h"
#include "ui/views/FilterBar.h"
#include "ui/views/SegmentedControl.h"
#include "ui/views/StateView.h"
#include "ui/views/ValuePicker.h"

#include <QApplication>
#include <QChart>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace farthing;

namespace {

std::shared_ptr<Breakdown> spendOf(std::vector<std::string> keys,
                                   std::vector<std::vector<std::int64_t>> dollars)
{
    auto data = std::make_shared<Breakdown>();
    data->overTime.length = std::chrono::hours(1);
    const Timestamp start = *parseRfc3339("2026-11-23T10:00:00Z");
    for (std::size_t i = 0; i <= dollars[0].size(); ++i)
        data->overTime.edges.push_back(start + static_cast<int>(i) * data->overTime.length);
    for (const auto &series : dollars) {
        data->overTime.series.emplace_back();
        for (const std::int64_t each : series)
            data->overTime.series.back().push_back(Money::fromNanoUsd(each * 1'000'000'000));
    }
    data->seriesKeys = std::move(keys);
    return data;
}

} // namespace

class ViewsTest : public QObject
{
    Q_OBJECT

private:
    QPushButton *button(const QWidget &in, const QString &nameBegins) const
    {
        for (QPushButton *each : in.findChildren<QPushButton *>())
            if (each->accessibleName().startsWith(nameBegins))
                return each;
        return nullptr;
    }

    static void activate(QWidget &widget)
    {
        widget.show();
        widget.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&widget));
    }

private slots:
    void initTestCase()
    {
        Theme::force(Theme::Scheme::Dark);
        Theme::dress(*qApp);
        EventMaker maker(31);
        std::vector<CostEvent> events;
        for (int i = 0; i < 2000; ++i)
            events.push_back(maker.make());
        m_database = m_dir.filePath("events.db").toStdString();
        QVERIFY(writeEvents(m_database, events).ok());
    }

    void aChoiceIsToldOnceByClickAndByKey()
    {
        SegmentedControl control("By", {"a", "b", "c"});
        activate(control);
        QSignalSpy chosen(&control, &SegmentedControl::chosen);
        QTest::mouseClick(button(control, "By: b"), Qt::LeftButton);
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen[0][0].toInt(), 1);
        QTest::mouseClick(button(control, "By: b"), Qt::LeftButton);
        QCOMPARE(chosen.count(), 1);
        QTest::keyClick(button(control, "By: b"), Qt::Key_Right);
        QCOMPARE(chosen.count(), 2);
        QCOMPARE(control.current(), 2);
        control.setCurrent(0);
        QCOMPARE(chosen.count(), 2);
    }

    void aFigureIsNeverCutOffUnseen_data()
    {
        QTest::addColumn<QString>("figure");
        for (const char *figure : {"$5,731", "$1,234,567,890", "123,456,789,012,345,678"})
            QTest::newRow(figure) << QString(figure);
    }
    void aFigureIsNeverCutOffUnseen()
    {
        QFETCH(QString, figure);
        FigureCard card("Spend");
        card.resize(150, 90);
        card.show();
        card.set(figure, "a note");
        QLabel *shown = nullptr;
        for (QLabel *label : card.findChildren<QLabel *>())
            if (!label->text().isEmpty() && figure.startsWith(label->text().chopped(1)))
                shown = label;
        QVERIFY(shown);
        QVERIFY(shown->text() == figure || shown->text().endsWith(u'…'));
        QVERIFY(QFontMetrics(shown->font()).horizontalAdvance(shown->text()) <= shown->width());
    }

    void outdatedContentIsVeiledAndNotCurrent()
    {
        StateView view(new QLabel("content"));
        view.resize(300, 200);
        view.show();
        QSignalSpy changed(&view, &StateView::stateChanged);
        view.showContent();
        QVERIFY(view.isCurrent());
        const QImage before = view.grab().toImage();
        view.showOutdated();
        QVERIFY(!view.isCurrent());
        QCOMPARE(view.grab().toImage(), before);
        QTRY_VERIFY(view.grab().toImage() != before);
        view.showContent();
        QVERIFY(view.isCurrent());
        QCOMPARE(view.grab().toImage(), before);
        QCOMPARE(changed.count(), 3);
        view.showOutdated();
        view.showFailed("it failed", "why", "Try again");
        QTest::qWait(400);
        QVERIFY(!view.isCurrent());
        view.showContent();
        QCOMPARE(view.grab().toImage(), before);
    }

    void enterTakesWhatTheTextFindsAlsoBeforeItIsListed()
    {
        JobRunner runner(JobRunner::forDatabase(m_database));
        QWidget owner;
        owner.resize(300, 300);
        owner.show();
        auto *const picker = new ValuePicker(Dimension::Workflow, runner, &owner);
        QSignalSpy picked(picker, &ValuePicker::picked);
        picker->open(&owner);
        auto *const search = picker->findChild<QLineEdit *>();
        QTest::keyClicks(search, "ext");
        QTest::keyClick(search, Qt::Key_Return);
        QTRY_COMPARE(picked.count(), 1);
        QCOMPARE(picked[0][0].toString(), QStringLiteral("extract"));
    }

    void theFilterBarKeepsTheFocusAndTheOrderOfTabs()
    {
        JobRunner runner(JobRunner::forDatabase(m_database));
        FilterState filter;
        FilterBar bar(filter, runner);
        bar.resize(1200, 46);
        activate(bar);
        QPushButton *const user = button(bar, "Filter: user");
        user->setFocus();
        filter.accept(Dimension::User, "u_1");
        QCOMPARE(qApp->focusWidget(), user);
        QCOMPARE(user->text(), QStringLiteral("user: u_1"));
        filter.accept(Dimension::Provider, "openai");
        QStringList order;
        QPushButton *const time = button(bar, "Time range: Last 24 hours");
        QVERIFY(time);
        time->setFocus();
        do {
            order.append(qApp->focusWidget()->accessibleName());
            QTest::keyClick(qApp->focusWidget(), Qt::Key_Tab);
        } while (qApp->focusWidget() != time && order.size() < 20);
        QCOMPARE(order,
                 QStringList({"Time range: Last 24 hours", "Filter: workflow: all", "Filter: user: u_1",
                              "Remove the filter user: u_1", "Filter: feature: all", "Filter: model: all",
                              "Filter: provider: openai", "Remove the filter provider: openai",
                              "Filter by something else", "Clear all filters", "Export"}));
        button(bar, "Remove the filter provider")->setFocus();
        QTest::keyClick(qApp->focusWidget(), Qt::Key_Space);
        QCOMPARE(qApp->focusWidget()->accessibleName(), QStringLiteral("Filter by something else"));
        QVERIFY(filter.find(Dimension::Provider) == nullptr);
    }

    void longValuesAreCutOffWhereThereIsLittleRoom()
    {
        JobRunner runner(JobRunner::forDatabase(m_database));
        FilterState filter;
        FilterBar bar(filter, runner);
        for (const Dimension dimension : {Dimension::Workflow, Dimension::User, Dimension::Model})
            filter.accept(dimension, "an-exceedingly-long-and-telling-name-of-it");
        filter.accept(Dimension::Feature, "R&D");
        for (const int width : {1300, 900}) {
            bar.resize(width, 46);
            bar.show();
            QTest::qWait(20);
            for (QPushButton *each : bar.findChildren<QPushButton *>())
                if (each->isVisible()) {
                    QVERIFY2(each->width() >= each->sizeHint().width(),
                             qPrintable(QString("%1: %2 < %3 at %4")
                                            .arg(each->text())
                                            .arg(each->width())
                                            .arg(each->sizeHint().width())
                                            .arg(width)));
                    QVERIFY(bar.rect().contains(QRect(each->mapTo(&bar, QPoint()), each->size())));
                }
        }
        QCOMPARE(button(bar, "Filter: feature")->text(), QStringLiteral("feature: R&&D"));
        QVERIFY(button(bar, "Filter: user")->toolTip().endsWith("telling-name-of-it"));
    }

    void theLegendShowsNamesAsTheyAre()
    {
        ChartLegend legend;
        legend.resize(600, 22);
        legend.setKeys({"R&D"}, true);
        legend.show();
        QSignalSpy clicked(&legend, &ChartLegend::keyClicked);
        QPushButton *const item = button(legend, "Show only R&D");
        QVERIFY(item);
        QCOMPARE(item->text(), QStringLiteral("R&&D"));
        QTest::keyClick(item, Qt::Key_Space);
        QCOMPARE(clicked[0][0].toString(), QStringLiteral("R&D"));
    }

    void oneStretchIsDrawn()
    {
        SpendChart chart;
        chart.resize(500, 240);
        chart.show();
        const QImage empty = chart.grab().toImage();
        chart.setData(spendOf({"a"}, {{3}, {1}}));
        QTest::qWait(50);
        const QImage drawn = chart.grab().toImage();
        const QRectF plot = chart.chart()->plotArea();
        const QPoint inside(int(plot.center().x()), int(plot.bottom()) - 10);
        QVERIFY(drawn.pixelColor(inside) != empty.pixelColor(inside));
    }

    void aClickOpensTheMarkThatIsDrawnThere()
    {
        SpendChart chart;
        chart.resize(600, 300);
        chart.show();
        // "a" falls from 8 to 0: a quarter of the way from the first middle to the second it is still 6 high.
        chart.setData(spendOf({"a", "b"}, {{8, 0, 0}, {0, 8, 0}, {0, 0, 8}}));
        QTest::qWait(50);
        QSignalSpy opened(&chart, &SpendChart::markOpened);
        const QRectF plot = chart.chart()->plotArea();
        const auto click = [&](double stretch, double dollars) {
            const double top = 10;
            QTest::mouseClick(chart.viewport(), Qt::LeftButton, {},
                              QPointF(plot.left() + plot.width() * stretch / 3,
                                      plot.bottom() - plot.height() * dollars / top)
                                  .toPoint());
        };
        click(0.5, 4);
        click(0.75, 5);
        click(1.5, 4);
        click(2.5, 4);
        QCOMPARE(opened.count(), 4);
        const QList<QPair<int, int>> expected = {{0, 0}, {0, 0}, {1, 1}, {2, 2}};
        for (qsizetype i = 0; i < 4; ++i)
            QCOMPARE(qMakePair(opened[i][0].toInt(), opened[i][1].toInt()), expected[i]);
        click(0.5, 9.5);
        QCOMPARE(opened.count(), 4);
    }

    void theKeyboardReachesEveryMark()
    {
        SpendChart chart;
        chart.resize(600, 300);
        activate(chart);
        chart.setFocus();
        QTest::keyClick(&chart, Qt::Key_Left); // nothing there yet
        chart.setData(spendOf({"a", "b"}, {{8, 0, 1}, {0, 8, 2}, {0, 0, 8}}));
        QSignalSpy opened(&chart, &SpendChart::markOpened);
        QTest::keyClick(&chart, Qt::Key_Return);
        QCOMPARE(opened.count(), 0);
        for (const Qt::Key key : {Qt::Key_Left, Qt::Key_Up, Qt::Key_Up, Qt::Key_Return, // b in the last
                                  Qt::Key_Up, Qt::Key_Return,                           // the others
                                  Qt::Key_Up, Qt::Key_Return,                           // no further
                                  Qt::Key_Left, Qt::Key_Down, Qt::Key_Return})          // b in the one before
            QTest::keyClick(&chart, key);
        const QList<QPair<int, int>> expected = {{1, 2}, {2, 2}, {2, 2}, {1, 1}};
        QCOMPARE(opened.count(), expected.size());
        for (qsizetype i = 0; i < expected.size(); ++i)
            QCOMPARE(qMakePair(opened[i][0].toInt(), opened[i][1].toInt()), expected[i]);
        QVERIFY(chart.accessibleDescription().contains("$8.00"));
        QVERIFY(chart.accessibleName().contains("Workflow"));
    }

private:
    QTemporaryDir m_dir;
    std::string m_database;
};

QTEST_MAIN(ViewsTest)
#include "tst_views.moc"
