// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/store/Events.h"

#include "core/store/DetailCodec.h"
#include "core/store/EventImport.h"
#include "core/store/EventRow.h"
#include "core/store/QueryService.h"
#include "core/store/Reprice.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>
#include <limits>

using namespace farthing;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

const char *const openAiUsage = "{\"prompt_tokens\":%1,\"completion_tokens\":%2,\"total_tokens\":%3,\"prompt_"
                                "tokens_details\":{\"cached_tokens\":%4}}";

} // namespace

/// Whatever is written comes back as it was, in a fraction of its bytes.
class CompactRowsTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("events.db").toStdString();
        m_maker = std::make_unique<EventMaker>(31);
    }

    void extremesOfARowComeBack_data()
    {
        QTest::addColumn<qint64>("number");
        for (const qint64 number :
             {std::int64_t(0), std::int64_t(-1), std::int64_t(127), std::int64_t(128), most, least})
            QTest::addRow("%lld", static_cast<long long>(number)) << number;
    }
    void extremesOfARowComeBack()
    {
        QFETCH(qint64, number);
        CostEvent event = m_maker->make();
        TokenUsage &u = event.usage;
        for (auto *const count : {&u.input, &u.cachedInput, &u.cacheWrite5m, &u.cacheWrite1h, &u.inputAudio,
                                  &u.output, &u.reasoning, &u.outputAudio, &u.serverToolCalls})
            *count = number;
        event.latencyUs = event.ttftUs = event.overheadUs = number;
        event.cost = event.listCost = Money::fromNanoUsd(number);
        event.savings = {Money::fromNanoUsd(number), Money::fromNanoUsd(1), Money::fromNanoUsd(number),
                         Money::fromNanoUsd(2)};
        event.parts.clear();
        roundTrip({event});
    }

    void costsComeBackInAnyCombination_data()
    {
        QTest::addColumn<bool>("cost");
        QTest::addColumn<bool>("list");
        QTest::addColumn<qint64>("apart"); // list cost beyond cost and savings
        for (const bool cost : {false, true})
            for (const bool list : {false, true})
                for (const qint64 apart : {0, 5, -700})
                    QTest::addRow("%d %d %d", cost, list, int(apart)) << cost << list << apart;
    }
    void costsComeBackInAnyCombination()
    {
        QFETCH(bool, cost);
        QFETCH(bool, list);
        QFETCH(qint64, apart);
        CostEvent event = m_maker->make();
        event.savings = {Money(), Money::fromNanoUsd(300), Money(), Money::fromNanoUsd(-40)};
        event.cost.reset();
        event.listCost.reset();
        if (cost)
            event.cost = Money::fromNanoUsd(1000);
        if (list)
            event.listCost = Money::fromNanoUsd((cost ? 1000 : 0) + 260 + apart);
        roundTrip({event});
    }

    void usageComesBackByteForByte_data()
    {
        QTest::addColumn<QByteArray>("json");
        const auto row = [](const char *name, const QByteArray &json) { QTest::newRow(name) << json; };
        row("none", "");
        row("OpenAI", "{\"prompt_tokens\":4200,\"completion_tokens\":17,\"total_tokens\":4217}");
        row("pretty", "{\n\t\"input_tokens\" : 12 ,\r\n \"cache\" : { \"a\":0 }\n}");
        row("digits in texts",
            "{\"at\":\"2025-08-06T12:00:00Z\",\"n\":3,\"q\":\"a \\\"12\\\" b\\\\\",\"m\":44}");
        row("fractions and exponents", "[1.05,-7,0.0,1e10,12E-3,-0,00,007,3.1415926535897932384626]");
        row("numbers beyond 64 bits", "{\"n\":18446744073709551616,\"m\":99999999999999999999999}");
        row("no JSON", "12\" 13 \\\" 14");
        row("an open text", "{\"a\":\"12");
        row("a control character", QByteArray("{\"a\":\x01,\"b\":5}"));
        row("more figures than a form has",
            QByteArray("[").append(QByteArray("12,").repeated(100)).append("1]"));
        row("a long text", QByteArray("{\"a\":\"").append(QByteArray(5000, 'x')).append("\",\"b\":7}"));
    }
    void usageComesBackByteForByte()
    {
        QFETCH(QByteArray, json);
        std::vector<CostEvent> events;
        for (int i = 0; i < 3; ++i) {
            events.push_back(m_maker->make());
            events.back().rawUsage = json.toStdString();
        }
        roundTrip(events);
    }

    void figuresComeBackWhateverTheRowSays()
    {
        std::vector<CostEvent> events;
        for (int i = 0; i < 300; ++i) {
            CostEvent &e = events.emplace_back(m_maker->make());
            e.usage = {.input = i % 5 == 0 ? 0 : 1000 + i, .cachedInput = i % 3 * 128, .output = 7 * i};
            const std::int64_t off = i % 7 == 0 ? 1 : 0; // a provider that does not add up
            e.rawUsage = QString::fromLatin1(openAiUsage)
                             .arg(e.usage.input + off)
                             .arg(e.usage.output)
                             .arg(e.usage.input + e.usage.output + 2 * off)
                             .arg(e.usage.cachedInput)
                             .toStdString();
        }
        roundTrip(events);
    }

    void usageOfEndlesslyManyKindsComesBack()
    {
        std::vector<CostEvent> events;
        for (int i = 0; i < 4300; ++i) {
            events.push_back(m_maker->make());
            events.back().rawUsage =
                "{\"id\":\"call-" + std::to_string(i) + "\",\"n\":" + std::to_string(i) + "}";
        }
        roundTrip(events);
    }

    void tagsComeBack_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("none") << 0;
        QTest::newRow("the same") << 1;
        QTest::newRow("one that never comes again") << 2;
        QTest::newRow("empty names and values") << 3;
        QTest::newRow("many") << 4;
    }
    void tagsComeBack()
    {
        QFETCH(int, kind);
        std::vector<CostEvent> events;
        for (int i = 0; i < 5; ++i) {
            CostEvent &e = events.emplace_back(m_maker->make());
            e.tags.clear();
            if (kind == 1 || kind == 2)
                e.tags = {{"team", "a"}, {"env", "production"}, {"team", "b"}};
            if (kind == 2)
                e.tags.emplace_back("request", e.eventId.toString());
            if (kind == 3)
                e.tags = {{"", ""}, {"x", ""}, {"", "y"}};
            if (kind == 4)
                for (int tag = 0; tag < 200; ++tag)
                    e.tags.emplace_back("k" + std::to_string(tag % 20), std::string(std::size_t(tag), 'v'));
        }
        roundTrip(events);
    }

    /// Calls of a conversation, each with the marks of the one before and two of its own; every so often the
    /// prompt is cut, as it is by a client that forgets its beginning, or thinned.
    void theMarksOfConversationsComeBack()
    {
        std::vector<CostEvent> events;
        std::array<std::vector<PromptAnatomy::PrefixMark>, 7> talks;
        std::mt19937_64 random(5);
        for (std::size_t i = 0; i < 2000; ++i) {
            auto &marks = talks[random() % talks.size()];
            for (int added = 0; added < 2; ++added)
                marks.push_back({marks.empty() ? 300 : marks.back().tokens + int(random() % 900), random()});
            if (random() % 40 == 0)
                marks.erase(marks.begin());
            if (random() % 60 == 0)
                marks.resize(marks.size() / 2);
            CostEvent &e = events.emplace_back(m_maker->make());
            e.anatomy.prefix = marks;
        }
        events[100].anatomy.prefix = {{std::numeric_limits<std::int32_t>::min(), 0},
                                      {std::numeric_limits<std::int32_t>::max(), 1},
                                      {-5, std::numeric_limits<std::uint64_t>::max()}};
        events[101].anatomy.prefix = events[100].anatomy.prefix;
        events[102].anatomy = {};
        roundTrip(events);
        std::size_t marks = 0;
        for (const CostEvent &event : events)
            marks += event.anatomy.prefix.size();
        // Their hashes alone would take eight bytes each.
        QVERIFY(marks > 100'000);
        QVERIFY(QFileInfo(QString::fromStdString(m_path)).size() < qint64(marks) * 4);
    }

    void aConversationOfAnyLengthComesBack()
    {
        std::vector<CostEvent> events;
        for (int i = 0; i < 300; ++i) {
            std::vector<PromptAnatomy::PrefixMark> marks =
                events.empty() ? std::vector<PromptAnatomy::PrefixMark>() : events.back().anatomy.prefix;
            marks.push_back({10 * i, static_cast<std::uint64_t>(i) * 77'777'777});
            events.push_back(m_maker->make());
            events.back().anatomy.prefix = marks;
        }
        roundTrip(events);
        // Priced anew in their order, and again only some of them.
        for (const int each : {1, 3}) {
            int turn = 0;
            QVERIFY(reprice(m_path, RepriceScope::All, [&](CostEvent &event) {
                        if (++turn % each != 0)
                            return false;
                        event.priced = true;
                        event.cost = Money::fromNanoUsd(turn);
                        return true;
                    }).ok());
            const auto stored = all();
            for (std::size_t i = 0; i < events.size(); ++i)
                QVERIFY(stored[i].anatomy == events[i].anatomy);
        }
    }

    /// Numbers that were given in a transaction that came to nothing are not used afterwards.
    void whatWasRolledBackIsNotReferredTo()
    {
        std::vector<CostEvent> events;
        for (int i = 0; i < 50; ++i)
            events.push_back(m_maker->make());
        for (CostEvent &event : events) {
            event.anatomy = events[0].anatomy;
            event.workflow = "only here";
            event.rawUsage = "{\"only_here\":5}";
        }
        const auto import = EventImport::open(m_path);
        QVERIFY((*import)->add(events).ok());
        CostEvent bad = events[0];
        bad.eventId.bytes[2] ^= 1;
        QVERIFY(!(*import)->add(std::span(&bad, 1)).ok());
        QVERIFY(writeEvents(m_path, std::vector{m_maker->make(), m_maker->make()}).ok()); // takes the numbers
        QVERIFY((*import)->add(events).ok());
        QVERIFY((*import)->commit().ok());
        const auto queries = QueryService::open(m_path);
        for (const CostEvent &event : events)
            QVERIFY(**(*queries)->event(event.eventId) == event);
    }

    void brokenRowsAndDetailsAreRefused()
    {
        QVERIFY(writeEvents(m_path, std::vector{m_maker->make()}).ok());
        auto database = Database::open(m_path, Database::Access::ReadWrite);
        auto bytes = database->prepare("SELECT row, details FROM events");
        QVERIFY(bytes->step() == Statement::Step::Row);
        const std::string row(bytes->bytes(0));
        const std::string details(bytes->bytes(1));
        bytes->reset();
        auto strings = StringTable::open(*database);
        auto reader = DetailReader::open(*database);
        EventRow decoded;
        CostEvent event;
        QVERIFY(decodeRow(row, decoded));
        for (std::size_t size = 0; size < row.size(); ++size)
            QVERIFY(!decodeRow(std::string_view(row).substr(0, size), decoded));
        QVERIFY(!decodeRow(row + "x", decoded));
        QVERIFY(reader->read(details, *strings, event));
        for (std::size_t size = 1; size < details.size(); ++size)
            QVERIFY(!reader->read(std::string_view(details).substr(0, size), *strings, event));
        QVERIFY(!reader->read(details + "x", *strings, event));
        for (std::size_t at = 0; at < details.size(); ++at)
            for (const int bit : {1, 64, 128}) { // read as something, or refused, and within their bytes
                std::string flipped = details;
                flipped[at] = static_cast<char>(flipped[at] ^ bit);
                reader->read(flipped, *strings, event);
            }
    }

    void marksThatGoInCirclesAreRefused()
    {
        std::vector<CostEvent> events = {m_maker->make(), m_maker->make()};
        QVERIFY(writeEvents(m_path, events).ok());
        {
            auto database = Database::open(m_path, Database::Access::ReadWrite);
            // One mark of the row that lies 0 before it, which is itself.
            QVERIFY(database->execute("UPDATE events SET marks = x'010000'").ok());
        }
        QVERIFY(!(*QueryService::open(m_path))->event(events[0].eventId).ok());
    }

private:
    std::vector<CostEvent> all() const
    {
        std::vector<CostEvent> events;
        const auto queries = QueryService::open(m_path);
        if (!queries || !(*queries)->forEach({}, [&events](const CostEvent &e) {
                events.push_back(e);
                return true;
            }))
            qFatal("the store cannot be read");
        return events;
    }
    /// Written at once and read in order, and each by itself.
    void roundTrip(const std::vector<CostEvent> &events) const
    {
        QVERIFY(writeEvents(m_path, events).ok());
        const auto stored = all();
        QCOMPARE(stored.size(), events.size());
        for (std::size_t i = 0; i < events.size(); ++i)
            QVERIFY2(stored[i] == events[i], qPrintable(QString::number(i)));
        const auto last = (*QueryService::open(m_path))->event(events.back().eventId);
        QVERIFY(last.ok());
        QVERIFY(**last == events.back());
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::string m_path;
    std::unique_ptr<EventMaker> m_maker;
};

QTEST_GUILESS_MAIN(CompactRowsTest)
#include "tst_compact_rows.moc"
