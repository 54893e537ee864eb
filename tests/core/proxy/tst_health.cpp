// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ControlApi.h"
#include "core/proxy/MeterFixture.h"

#include <QTest>
#include <nlohmann/json.hpp>

using namespace farthing;
using nlohmann::json;

namespace {

json healthOf(const MeterFixture &fixture)
{
    return json::parse(controlReply(fixture.services, "GET", "/farthing/v1/health").body);
}

} // namespace

class TestHealth : public QObject
{
    Q_OBJECT

private slots:
    void aLostCallIsReportedUntilALaterOneIsRecorded()
    {
        MeterFixture fixture;
        const auto call = [&fixture](bool refused) {
            auto meter = fixture.meter();
            fixture.journal.refuses = refused;
            meter->begin();
            return meter;
        };
        QCOMPARE(healthOf(fixture)["status"].get<std::string>(), std::string("ok"));
        QVERIFY(healthOf(fixture)["unrecorded_since"].is_null());

        const auto before = call(false);
        const auto lost = call(true);
        const Timestamp since = lost->event().time;
        lost->finish();
        call(true)->finish();
        before->finish();
        QCOMPARE(fixture.journal.outcomes.size(), std::size_t(1));
        const json degraded = healthOf(fixture);
        QCOMPARE(degraded["status"].get<std::string>(), std::string("degraded"));
        QCOMPARE(degraded["unrecorded_calls"].get<int>(), 2);
        QCOMPARE(degraded["unrecorded_since"].get<std::string>(), formatRfc3339(since));

        call(false)->finish();
        const json well = healthOf(fixture);
        QCOMPARE(well["status"].get<std::string>(), std::string("ok"));
        QCOMPARE(well["unrecorded_calls"].get<int>(), 2);
        QCOMPARE(well["unrecorded_since"].get<std::string>(), formatRfc3339(since));

        const auto again = call(true);
        again->finish();
        QCOMPARE(healthOf(fixture)["status"].get<std::string>(), std::string("degraded"));
        QCOMPARE(healthOf(fixture)["unrecorded_calls"].get<int>(), 3);
        QCOMPARE(healthOf(fixture)["unrecorded_since"].get<std::string>(),
                 formatRfc3339(again->event().time));
    }
};

QTEST_GUILESS_MAIN(TestHealth)
#include "tst_health.moc"
