// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStackedWidget>
#include <QTimer>

class QLabel;
class QProgressBar;
class QPushButton;

namespace farthing {

/// Content, or what stands in its place: nothing there, a failure, or a first load that takes longer than
/// the eye forgives (300 ms; before that the place stays quiet). Content that no longer is what was asked for
/// is veiled after the same time, until there is other.
class StateView : public QStackedWidget
{
    Q_OBJECT

public:
    explicit StateView(QWidget *content, QWidget *parent = nullptr);

    enum class State { Content, Loading, Empty, Failed };

    void showContent();
    /// Something else has been asked for than what is shown, whatever that is.
    void showOutdated();
    void showLoading(const QString &what);
    /// `action` is the button's text; without one there is no button.
    void showEmpty(const QString &title, const QString &text, const QString &action = {});
    void showFailed(const QString &title, const QString &text, const QString &action);
    [[nodiscard]] State state() const { return m_state; }
    /// Whether the content is shown and is what was asked for.
    [[nodiscard]] bool isCurrent() const { return m_state == State::Content && !m_outdated; }

signals:
    void actionRequested();
    /// isCurrent() may have changed.
    void stateChanged();

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void settle(State state);
    void showMessage(State state, const QString &title, const QString &text, const QString &action);

    State m_state = State::Content;
    bool m_outdated = false;
    QWidget *m_content;
    QWidget *m_message;
    QLabel *m_title;
    QLabel *m_text;
    QPushButton *m_action;
    QProgressBar *m_progress;
    QWidget *m_veil;
    QTimer m_patience;
};

} // namespace farthing
