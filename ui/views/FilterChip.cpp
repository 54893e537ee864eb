// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/FilterChip.h"

#include "ui/models/FilterState.h"
#include "ui/models/Format.h"
#include "ui/settings/Theme.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QStyle>

namespace farthing {

FilterChip::FilterChip(Dimension dimension, QWidget *parent)
    : QWidget(parent)
    , m_dimension(dimension)
    , m_button(new QPushButton(this))
    , m_remove(new QPushButton(QStringLiteral("×"), this))
{
    auto *const layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_button);
    layout->addWidget(m_remove);
    for (QPushButton *button : {m_button, m_remove})
        button->setFont(Theme::font(Theme::Role::Body));
    m_remove->setProperty("chip", "remove");
    m_remove->setToolTip(tr("Remove this filter"));
    connect(m_button, &QPushButton::clicked, this, &FilterChip::pickRequested);
    connect(m_remove, &QPushButton::clicked, this, &FilterChip::removeRequested);
    refresh();
}

void FilterChip::setCondition(const DimensionFilter *condition)
{
    const std::optional<DimensionFilter> given =
        condition == nullptr ? std::nullopt : std::optional(*condition);
    if (given == m_condition)
        return;
    m_condition = given;
    if (!m_condition && m_remove->hasFocus())
        m_button->setFocus();
    refresh();
}

void FilterChip::setLongest(int characters)
{
    if (characters == m_longest)
        return;
    m_longest = characters;
    refresh();
}

QList<QWidget *> FilterChip::tabStops() const
{
    return {m_button, m_remove};
}

void FilterChip::refresh()
{
    const QString title = titleOf(m_dimension).toLower();
    QString values = tr("all");
    if (m_condition) {
        QStringList texts;
        for (const std::string &value : m_condition->values)
            texts.append(valueText(format::text(value)));
        values = texts.isEmpty() ? tr("nothing") : texts.join(QStringLiteral(", "));
        if (m_condition->exclude)
            values = tr("not %1").arg(values);
    }
    const QString whole = title + QStringLiteral(": ") + values;
    const QString shown = title + QStringLiteral(": ") + format::elided(values, m_longest);
    m_button->setText(format::buttonText(shown));
    m_button->setToolTip(shown == whole ? QString() : whole);
    m_button->setAccessibleName(tr("Filter: %1").arg(whole));
    m_remove->setAccessibleName(tr("Remove the filter %1").arg(whole));
    m_remove->setVisible(m_condition.has_value());
    const char *const look = m_condition ? "set" : "all";
    if (m_button->property("chip") != QLatin1String(look)) {
        m_button->setProperty("chip", look);
        // A style sheet looks at properties once.
        m_button->style()->unpolish(m_button);
        m_button->style()->polish(m_button);
    }
    updateGeometry();
}

} // namespace farthing
