// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"

#include "core/store/Database.h"
#include "core/store/EventImport.h"
#include "core/store/QueryService.h"
#include "core/store/Reprice.h"

#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

class RepriceTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("events.db").toStdString();
        m_events.clear();
        EventMaker maker(7);
        for (int i = 0; i < 6000; ++i)
            m_events.push_back(maker.make());
    }

    /// The last row is damaged; what was priced before it stays, and the error says so.
    void repricingThatFailsSaysHowFarItCame()
    {
        QVERIFY(writeEvents(m_path, m_events).ok());
        const auto damage = [this](const char *sql) {
            auto database = Database::open(m_path, Database::Access::ReadWrite);
            return database && database->execute(sql).ok();
        };
        QVERIFY(damage("CREATE TABLE kept AS SELECT * FROM events WHERE id = (SELECT max(id) FROM events);"
                       "UPDATE events SET row = x'ff' WHERE id = (SELECT max(id) FROM events)"));
        const auto freePrice = [](CostEvent &event) {
            const bool changed = event.cost != Money::fromNanoUsd(5);
            event.priced = true;
            event.cost = Money::fromNanoUsd(5);
            return changed;
        };
        const auto failed = reprice(m_path, RepriceScope::All, freePrice);
        QVERIFY(!failed.ok());
        QVERIFY2(failed.error().message.find("4096 events were priced anew") != std::string::npos,
                 failed.error().toString().c_str());
        QVERIFY(damage("UPDATE events SET row = (SELECT row FROM kept) WHERE id = (SELECT id FROM kept);"
                       "DROP TABLE kept"));
        const auto rest = reprice(m_path, RepriceScope::All, freePrice);
        QVERIFY(rest.ok());
        QCOMPARE(rest->changed, m_events.size() - 4096);
    }

    void repricingTouchesWhatHasNoPrice()
    {
        QVERIFY(writeEvents(m_path, m_events).ok());
        const auto unpriced =
            static_cast<std::uint64_t>(std::ranges::count(m_events, false, &CostEvent::priced));
        QCOMPARE((*open())->summary()->unpriced, unpriced);
        const auto count = reprice(m_path, RepriceScope::Unpriced, [](CostEvent &event) {
            event.priced = true;
            event.cost = Money::fromNanoUsd(5);
            return true;
        });
        QVERIFY(count.ok());
        QCOMPARE(count->changed, unpriced);
        QCOMPARE((*open())->summary()->unpriced, std::uint64_t(0));
        QCOMPARE((*open())->summary()->events, m_events.size());
    }

private:
    Result<std::unique_ptr<QueryService>> open() const { return QueryService::open(m_path); }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::filesystem::path m_path;
    std::vector<CostEvent> m_events;
};

QTEST_GUILESS_MAIN(RepriceTest)
#include "tst_reprice.moc"
