// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/FilterState.h"

#include "core/model/CostEvent.h"

#include <QSignalSpy>
#include <QTest>

using namespace farthing;
using namespace std::chrono_literals;

using Preset = TimeChoice::Preset;

namespace {

const Timestamp now = *parseRfc3339("2026-11-23T21:52:25.000123Z");

CostEvent sample()
{
    CostEvent e;
    e.time = now;
    e.workflow = "summarise";
    e.user = "u_1";
    e.feature = "search";
    e.requestModel = e.sentModel = "gpt-4o";
    e.responseModel = "gpt-4o-2024-08-06";
    e.provider = "openai";
    e.session = "s1";
    e.endpoint = "chat";
    e.status = 200;
    e.cache = CacheKind::Exact;
    e.tier = Tier::Full;
    e.client = "curl/7.88.1";
    return e;
}

EventFilter filterOf(Dimension dimension, std::vector<std::string> values, bool exclude = false)
{
    return {{}, {{dimension, std::move(values), exclude}}};
}

} // namespace

class FilterStateTest : public QObject
{
    Q_OBJECT

private slots:
    void presetsEndNow_data()
    {
        QTest::addColumn<int>("preset");
        QTest::addColumn<qint64>("minutes");
        const auto row = [](const char *name, Preset preset, std::chrono::minutes length) {
            QTest::newRow(name) << static_cast<int>(preset) << qint64(length.count());
        };
        row("15 minutes", Preset::Last15Minutes, 15min);
        row("hour", Preset::LastHour, 1h);
        row("day", Preset::LastDay, 24h);
        row("week", Preset::LastWeek, 7 * 24h);
        row("month", Preset::LastMonth, 30 * 24h);
    }
    void presetsEndNow()
    {
        QFETCH(int, preset);
        QFETCH(qint64, minutes);
        const TimeChoice choice{static_cast<Preset>(preset), {}};
        const TimeRange range = choice.resolve(now);
        QVERIFY(range.until == now);
        QVERIFY(range.since == now - std::chrono::minutes(minutes));
        QVERIFY(choice.length() == std::chrono::minutes(minutes));
        QVERIFY(choice.resolve(now + 1min).until == now + 1min);
    }

    void allTimeHasNoEndsAndDoesNotMove()
    {
        const TimeChoice choice{Preset::All, {}};
        QVERIFY(choice.resolve(now) == TimeRange());
        QVERIFY(!choice.length());
    }

    void labelsLeaveOutOnlyWhatGoesWithoutSaying()
    {
        const auto label = [](const char *since) {
            return TimeChoice{Preset::Custom, {*parseRfc3339(since), {}}}.label();
        };
        const QString year = QString::number(QDate::currentDate().year());
        QVERIFY(!label((year + "-06-05T12:30:00Z").toUtf8()).contains(year));
        QVERIFY(label("2001-06-05T12:30:00Z").contains("2001"));
        QCOMPARE(label("2001-06-05T12:30:00Z").count(':'), 1);
        QVERIFY(label("2001-06-05T12:30:07Z").endsWith(":07"));
    }

    void aCustomRangeStandsStill()
    {
        const TimeRange range{now - 3h, now - 2h};
        const TimeChoice choice{Preset::Custom, range};
        QVERIFY(!choice.length());
        QVERIFY(choice.resolve(now) == range);
        QVERIFY(choice.resolve(now + 24h) == range);
    }

    void everyChoiceHasALabelOfItsOwn()
    {
        QSet<QString> labels;
        for (const Preset preset : TimeChoice::presets())
            labels.insert(TimeChoice{preset, {}}.label());
        for (const TimeRange &range : {TimeRange{now, now + 1h}, TimeRange{now, {}}, TimeRange{{}, now}})
            labels.insert(TimeChoice{Preset::Custom, range}.label());
        QCOMPARE(labels.size(), TimeChoice::presets().size() + 3);
        QVERIFY(!labels.contains(QString()));
    }

    void aChangeIsToldOnceAndOnlyWhereThereIsOne()
    {
        FilterState state;
        const QSignalSpy changed(&state, &FilterState::changed);
        int expected = 0;
        const auto told = [&](bool change) { return changed.count() == (expected += change ? 1 : 0); };

        state.setTime(TimeChoice());
        QVERIFY(told(false));
        state.setTime({Preset::LastHour, {}});
        QVERIFY(told(true));
        state.setTime({Preset::LastHour, {}});
        QVERIFY(told(false));

        state.clearAll();
        state.clear(Dimension::User);
        QVERIFY(told(false));
        state.accept(Dimension::User, "u_1");
        QVERIFY(told(true));
        state.accept(Dimension::User, "u_1");
        QVERIFY(told(false));
        state.accept(Dimension::User, "u_2");
        QVERIFY(told(true));
        state.set({Dimension::User, {"u_1", "u_2"}, false});
        QVERIFY(told(false));
        state.set({Dimension::User, {"u_1", "u_2"}, true});
        QVERIFY(told(true));
        state.set({Dimension::Model, {"gpt-4o"}, false});
        QVERIFY(told(true));
        state.clear(Dimension::Feature);
        QVERIFY(told(false));
        state.clear(Dimension::User);
        QVERIFY(told(true));
        QVERIFY(state.find(Dimension::User) == nullptr);
        QVERIFY(state.find(Dimension::Model) != nullptr);
        state.accept(Dimension::Status, "429");
        QVERIFY(told(true));
        state.clearAll();
        QVERIFY(told(true));
        QVERIFY(state.dimensions().empty());
        state.clearAll();
        QVERIFY(told(false));
    }

    void severalConditionsOnOneDimensionAllHold_data()
    {
        QTest::addColumn<QString>("first");
        QTest::addColumn<QString>("second");
        QTest::addColumn<QString>("passing"); ///< of a, b, c
        const auto row = [](const char *first, const char *second, const char *passing) {
            QTest::addRow("%s and %s", first, second)
                << QString(first) << QString(second) << QString(passing);
        };
        row("workflow=a,b", "workflow=b,c", "b");
        row("workflow=a,b", "workflow!=b", "a");
        row("workflow!=b", "workflow=a,b", "a");
        row("workflow!=a", "workflow!=b", "c");
        row("workflow=a", "workflow=b", "");
        row("workflow=a", "workflow!=a", "");
        row("workflow=a", "workflow=a", "a");
        row("workflow!=a", "workflow!=a", "bc");
        row("workflow=a,c", "user=u", "ac");
    }
    void severalConditionsOnOneDimensionAllHold()
    {
        QFETCH(QString, first);
        QFETCH(QString, second);
        FilterState state;
        state.narrow(*parseDimensionFilter(first.toStdString()));
        state.narrow(*parseDimensionFilter(second.toStdString()));
        QString passing;
        for (const char *workflow : {"a", "b", "c"}) {
            CostEvent event;
            event.workflow = workflow;
            event.user = "u";
            if (accepts({{}, state.dimensions()}, event))
                passing += workflow;
        }
        QTEST(passing, "passing");
    }

    void acceptedValuesAddUp()
    {
        FilterState state;
        state.accept(Dimension::Workflow, "tag");
        state.accept(Dimension::Workflow, "größe");
        state.accept(Dimension::Workflow, "");
        QVERIFY(*state.find(Dimension::Workflow) ==
                (DimensionFilter{Dimension::Workflow, {"tag", "größe", ""}, false}));
    }

    void acceptingAValueReplacesAnExclusion()
    {
        FilterState state;
        state.set({Dimension::User, {"u_1", "u_2"}, true});
        state.accept(Dimension::User, "u_1");
        QVERIFY(*state.find(Dimension::User) == (DimensionFilter{Dimension::User, {"u_1"}, false}));
    }

    void theFilterOfAQueryHasTimeAndDimensions()
    {
        FilterState state;
        state.setTime({Preset::LastHour, {}});
        state.accept(Dimension::Model, "gpt-4o");
        const EventFilter filter = state.resolve(now);
        QVERIFY(filter.range == (TimeRange{now - 1h, now}));
        QVERIFY(filter.dimensions == state.dimensions());
    }

    void anEventPassesByItsOwnValue_data()
    {
        QTest::addColumn<int>("dimension");
        QTest::addColumn<QString>("own");
        QTest::addColumn<QString>("other");
        const auto row = [](Dimension d, const char *own, const char *other) {
            QTest::newRow(std::string(nameOf(d)).c_str())
                << static_cast<int>(d) << QString(own) << QString(other);
        };
        row(Dimension::Workflow, "summarise", "Summarise");
        row(Dimension::User, "u_1", "u_10");
        row(Dimension::Feature, "search", "");
        row(Dimension::Model, "gpt-4o-2024-08-06", "gpt-4o");
        row(Dimension::Provider, "openai", "gemini");
        row(Dimension::Session, "s1", "s2");
        row(Dimension::Endpoint, "chat", "embeddings");
        row(Dimension::Status, "200", "20");
        row(Dimension::Cache, "exact", "none");
        row(Dimension::Tier, "full", "pass");
        row(Dimension::Client, "curl/7.88.1", "curl");
        row(Dimension::Day, "2026-11-23", "2026-11-24");
        row(Dimension::Hour, "2026-11-23T21:00Z", "2026-11-23T22:00Z");
    }
    void anEventPassesByItsOwnValue()
    {
        QFETCH(int, dimension);
        QFETCH(QString, own);
        QFETCH(QString, other);
        const auto d = static_cast<Dimension>(dimension);
        const CostEvent event = sample();
        QVERIFY(accepts(filterOf(d, {own.toStdString()}), event));
        QVERIFY(accepts(filterOf(d, {other.toStdString(), own.toStdString()}), event));
        QVERIFY(!accepts(filterOf(d, {other.toStdString()}), event));
        QVERIFY(!accepts(filterOf(d, {own.toStdString()}, true), event));
        QVERIFY(!accepts(filterOf(d, {other.toStdString(), own.toStdString()}, true), event));
        QVERIFY(accepts(filterOf(d, {other.toStdString()}, true), event));
    }

    void everyDimensionHasATitle()
    {
        QSet<QString> titles;
        for (std::size_t d = 0; d < dimensionCount; ++d)
            titles.insert(titleOf(static_cast<Dimension>(d)));
        QCOMPARE(titles.size(), qsizetype(dimensionCount));
        QVERIFY(!titles.contains(QString()));
        QCOMPARE(valueText({}), QStringLiteral("(none)"));
        QCOMPARE(valueText("x"), QStringLiteral("x"));
    }

    void withoutAnAnswerTheModelIsTheOneSent()
    {
        CostEvent event = sample();
        event.responseModel.clear();
        QVERIFY(accepts(filterOf(Dimension::Model, {"gpt-4o"}), event));
    }

    void anEmptyValueIsAValue()
    {
        CostEvent event = sample();
        event.feature.clear();
        QVERIFY(accepts(filterOf(Dimension::Feature, {""}), event));
        QVERIFY(!accepts(filterOf(Dimension::Feature, {""}, true), event));
    }

    void allConditionsHaveToHold()
    {
        EventFilter filter = filterOf(Dimension::User, {"u_1"});
        filter.dimensions.push_back({Dimension::Status, {"429"}, false});
        QVERIFY(!accepts(filter, sample()));
        filter.dimensions.back().exclude = true;
        QVERIFY(accepts(filter, sample()));
    }

    void theRangeIsHalfOpen_data()
    {
        QTest::addColumn<int>("sinceUs");
        QTest::addColumn<int>("untilUs");
        QTest::addColumn<bool>("passes");
        QTest::newRow("begins with it") << 0 << 1 << true;
        QTest::newRow("ends with it") << -1 << 0 << false;
        QTest::newRow("around it") << -1 << 1 << true;
        QTest::newRow("after it") << 1 << 2 << false;
        QTest::newRow("empty") << 0 << 0 << false;
    }
    void theRangeIsHalfOpen()
    {
        QFETCH(int, sinceUs);
        QFETCH(int, untilUs);
        const EventFilter filter{{now + Micros(sinceUs), now + Micros(untilUs)}, {}};
        QTEST(accepts(filter, sample()), "passes");
    }

    void anAbsentEndIsUnbounded()
    {
        QVERIFY(accepts({}, sample()));
        QVERIFY(accepts({{now, {}}, {}}, sample()));
        QVERIFY(!accepts({{now + 1us, {}}, {}}, sample()));
        QVERIFY(accepts({{{}, now + 1us}, {}}, sample()));
        QVERIFY(!accepts({{{}, now}, {}}, sample()));
    }
};

QTEST_GUILESS_MAIN(FilterStateTest)
#include "tst_filter_state.moc"
