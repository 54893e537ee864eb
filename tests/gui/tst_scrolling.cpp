// SPDX-License-Identifier: GPL-3.0-or-later
// 10,000 calls scroll at the screen's pace.
#include "ui/models/CallModel.h"
#include "ui/settings/Theme.h"
#include "ui/views/DataTable.h"

#include <QScrollBar>
#include <QTest>

#include <algorithm>
#include <ctime>

using namespace farthing;

class ScrollingTest : public QObject
{
    Q_OBJECT

private:
    /// The time of this thread alone: other programs may be busy beside it.
    static qint64 threadCpuUs()
    {
        timespec now{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return qint64(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
    }
    static CallModel::Calls calls(int count)
    {
        CallModel::Calls all;
        for (int i = 0; i < count; ++i) {
            auto event = std::make_shared<CostEvent>();
            event->eventId.bytes[14] = static_cast<std::uint8_t>(i >> 8);
            event->eventId.bytes[15] = static_cast<std::uint8_t>(i);
            event->time = fromMicros(1'790'000'000'000'000 + i * 7'000'000LL);
            event->workflow = i % 3 == 0 ? "summarise" : "invoice-extraction";
            event->feature = "contract-review";
            event->user = "u_" + std::to_string(4000 + i % 97);
            event->responseModel = i % 2 == 0 ? "gpt-4o-mini-2024-07-18" : "claude-sonnet-4-5";
            event->status = i % 50 == 0 ? 429 : 200;
            event->stream = i % 2 == 0;
            event->usage.input = 100 + i;
            event->usage.output = i % 4000;
            event->priced = true;
            event->cost = Money::fromNanoUsd(51'234LL * i);
            event->latencyUs = 1000LL * i;
            all.push_back(std::move(event));
        }
        return all;
    }

private slots:
    void aFrameOfTenThousandCallsTakesLessThanAScreenRefresh()
    {
        qApp->setStyleSheet(Theme::current().styleSheet());
        CallModel model;
        model.reset(calls(10'000));
        DataTable table;
        table.setModel(&model);
        table.setColumnWidths({124, 58, 0, 92, 74, 152, 62, 58, 98, 70, 70, 76, 170}, 116);
        table.resize(1230, 800);
        table.show();
        QVERIFY(QTest::qWaitForWindowExposed(&table));
        QScrollBar *const bar = table.verticalScrollBar();
        std::vector<qint64> frames;
        constexpr int steps = 240;
        for (int step = 0; step < steps; ++step) {
            const qint64 before = threadCpuUs();
            bar->setValue(static_cast<int>(qint64(bar->maximum()) * step / steps));
            table.viewport()->repaint();
            frames.push_back(threadCpuUs() - before);
        }
        std::ranges::sort(frames);
        const qint64 median = frames[frames.size() / 2];
        qInfo("a frame of 10,000 rows: median %lld us, p95 %lld us", static_cast<long long>(median),
              static_cast<long long>(frames[frames.size() * 95 / 100]));
        QVERIFY2(median < 16'000, "slower than 60 frames a second");
    }
};

QTEST_MAIN(ScrollingTest)
#include "tst_scrolling.moc"
