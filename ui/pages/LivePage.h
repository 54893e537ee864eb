// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/pricing/PriceBook.h"
#include "ui/bridge/JobRunner.h"
#include "ui/models/CallModel.h"
#include "ui/models/CostSplit.h"
#include "ui/pages/Page.h"

#include <QTimer>

class QLabel;
class QPushButton;
class QSplitter;

namespace farthing {

class CallDetails;
class Card;
class DataTable;
class StateView;

/// Calls as they happen, the newest at the bottom, and all about the one that is chosen. The view follows the
/// newest call as long as it stands at the end.
class LivePage final : public Page
{
    Q_OBJECT

public:
    explicit LivePage(const PageContext &context, QWidget *parent = nullptr);

    void setActive(bool active) override;
    [[nodiscard]] QWidget *firstFocus() override;
    void refresh() override;
    [[nodiscard]] QList<QAction *> exports() const override { return m_exports; }

    static constexpr int capacity = 10'000;

signals:
    void eventExportRequested();

private:
    struct Fill
    {
        CallModel::Calls calls;
        std::int64_t sequence = 0;
        bool more = false; ///< older calls pass the filter too
    };

    void fill();
    void filled(Fill fill);
    void poll();
    void arrived(const QueryService::Tail &tail);
    /// Takes out what has left a range that moves with the clock.
    void dropOld(const EventFilter &filter);
    void showCounts();
    void showEmpty();
    void setPaused(bool paused);
    void follow();
    void chosen();
    [[nodiscard]] bool atEnd() const;
    void resizeEvent(QResizeEvent *event) override;

    PageContext m_context;
    JobChannel m_fills;
    JobChannel m_polls;
    JobChannel m_splits;
    CallModel m_model;
    QTimer m_timer;
    QTimer m_retry;                         ///< after a fill that failed
    std::optional<std::int64_t> m_sequence; ///< absent until filled
    bool m_active = false;
    bool m_paused = false;
    bool m_following = true;
    bool m_more = false;
    int m_unseen = 0; ///< arrived while the view stood elsewhere
    QList<QAction *> m_exports;
    QList<QAction *> m_contentExports; ///< those of what is shown, and only while it is what was asked for
    StateView *m_state;
    QSplitter *m_splitter;
    Card *m_card;
    QLabel *m_count;
    QPushButton *m_pause;
    QPushButton *m_jump;
    DataTable *m_table;
    CallDetails *m_details;
};

} // namespace farthing
