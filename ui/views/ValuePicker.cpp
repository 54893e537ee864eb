// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/ValuePicker.h"

#include "ui/models/FilterState.h"
#include "ui/models/Format.h"
#include "ui/settings/Theme.h"
#include "ui/views/Card.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QVBoxLayout>

namespace farthing {

namespace {
constexpr std::size_t offered = 200;
}

ValuePicker::ValuePicker(Dimension dimension, JobRunner &runner, QWidget *parent)
    : QFrame(parent, Qt::Popup)
    , m_dimension(dimension)
    , m_jobs(runner, this)
    , m_search(new QLineEdit(this))
    , m_list(new QListView(this))
    , m_nothing(makeLabel(tr("Nothing recorded begins with this"), int(Theme::Role::Small), "muted", this))
{
    setObjectName("picker");
    setAttribute(Qt::WA_DeleteOnClose);
    setAccessibleName(tr("Filter by %1").arg(titleOf(dimension)));
    setFixedSize(260, 320);
    m_search->setPlaceholderText(tr("Find a %1").arg(titleOf(dimension).toLower()));
    m_search->setAccessibleName(m_search->placeholderText());
    m_search->installEventFilter(this);
    m_list->setModel(&m_model);
    m_list->setAccessibleName(titleOf(dimension));
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setFont(Theme::font(Theme::Role::Body));
    m_list->setMouseTracking(true);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setUniformItemSizes(true);
    m_nothing->hide();
    auto *const layout = new QVBoxLayout(this);
    layout->setContentsMargins(Theme::small, Theme::small, Theme::small, Theme::small);
    layout->setSpacing(Theme::small);
    layout->addWidget(m_search);
    layout->addWidget(m_nothing);
    layout->addWidget(m_list, 1);
    connect(m_search, &QLineEdit::textChanged, this, &ValuePicker::ask);
    connect(m_list, &QListView::clicked, this, &ValuePicker::take);
    ask({});
}

void ValuePicker::open(QWidget *below)
{
    move(below->mapToGlobal(QPoint(0, below->height() + Theme::tiny)));
    show();
    m_search->setFocus();
}

void ValuePicker::ask(const QString &prefix)
{
    m_takeFirst = false;
    m_jobs.run<std::vector<std::string>>(
        [dimension = m_dimension, prefix = prefix.toStdString()](QueryService &store, const auto &) {
            return store.values(dimension, prefix, offered);
        },
        [this](Result<std::vector<std::string>> found) {
            m_values.clear();
            QStringList shown;
            if (found)
                for (const std::string &value : *found) {
                    m_values.append(format::text(value));
                    shown.append(valueText(m_values.last()));
                }
            else
                m_nothing->setText(QString::fromStdString(found.error().toString()));
            m_model.setStringList(shown);
            m_nothing->setVisible(shown.isEmpty());
            m_list->setCurrentIndex(m_model.index(0));
            if (m_takeFirst)
                take(m_model.index(0));
        });
}

void ValuePicker::take(const QModelIndex &index)
{
    if (!index.isValid() || index.row() >= m_values.size())
        return;
    emit picked(m_values[index.row()]);
    close();
}

bool ValuePicker::eventFilter(QObject *watched, QEvent *event)
{
    // The focus stays in the search field; what moves and chooses goes to the list.
    if (watched != m_search || event->type() != QEvent::KeyPress)
        return QFrame::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent *>(event)->key();
    if (key == Qt::Key_Return || key == Qt::Key_Enter) {
        // What is listed may still be what an earlier text found.
        if (m_jobs.busy())
            m_takeFirst = true;
        else
            take(m_list->currentIndex());
        return true;
    }
    if (key == Qt::Key_Down || key == Qt::Key_Up || key == Qt::Key_PageDown || key == Qt::Key_PageUp) {
        QCoreApplication::sendEvent(m_list, event);
        return true;
    }
    return false;
}

} // namespace farthing
