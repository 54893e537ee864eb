// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings/Theme.h"

#include <QApplication>
#include <QFontDatabase>

namespace farthing {

namespace {

struct Chosen
{
    std::optional<Theme::Scheme> forced;
    Theme theme{Theme::Scheme::Light};
    bool judged = false;
};

Chosen &chosen()
{
    static Chosen state;
    return state;
}

Theme::Colours lightColours()
{
    return {.window = 0xf5f6f8,
            .panel = 0xffffff,
            .card = 0xffffff,
            .raised = 0xf0f1f4,
            .hover = 0xe7e9ee,
            .border = 0xdcdfe5,
            .grid = 0xe6e8ec,
            .text = 0x181b20,
            .muted = 0x5f6877,
            .faint = 0x7d8694,
            .accent = 0x1f6feb,
            .good = 0x1a8754,
            .warning = 0xa86400,
            .bad = 0xcc3d2e,
            .neutral = 0x6b7280,
            .selection = 0xdbe8fd,
            .track = 0xeceef2};
}

Theme::Colours darkColours()
{
    return {.window = 0x141519,
            .panel = 0x1b1d23,
            .card = 0x1b1d23,
            .raised = 0x22252c,
            .hover = 0x2a2e37,
            .border = 0x2d3039,
            .grid = 0x282b33,
            .text = 0xe8eaee,
            .muted = 0x939aa7,
            .faint = 0x767d8a,
            .accent = 0x4c9aff,
            .good = 0x43b581,
            .warning = 0xe8a628,
            .bad = 0xea6250,
            .neutral = 0x6f7683,
            .selection = 0x22324a,
            .track = 0x24272e};
}

QFont interOrSystem()
{
    static const QString family =
        QFontDatabase::families().contains(u"Inter") ? QStringLiteral("Inter") : QString();
    QFont font = QFontDatabase::systemFont(QFontDatabase::GeneralFont);
    if (!family.isEmpty())
        font.setFamily(family);
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

} // namespace

QColor blend(const QColor &colour, const QColor &below, qreal opacity)
{
    const auto mix = [opacity](int a, int b) { return qRound(a * opacity + b * (1 - opacity)); };
    return {mix(colour.red(), below.red()), mix(colour.green(), below.green()),
            mix(colour.blue(), below.blue())};
}

Theme::Theme(Scheme scheme)
    : m_scheme(scheme)
    , m_colours(scheme == Scheme::Dark ? darkColours() : lightColours())
    , m_series(scheme == Scheme::Dark
                   ? std::array<QColor, seriesCount>{0x4c9aff, 0xe0a030, 0x43b581, 0xcc79a7, 0x56c4d0,
                                                     0x9087e8, 0x6f7683}
                   : std::array<QColor, seriesCount>{0x4a90f0, 0xe8a628, 0x4fb58a, 0xd184ae, 0x62c6d2,
                                                     0x968df0, 0x9aa1ad})
{}

Theme::Scheme Theme::schemeOf(const QPalette &palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness()
               ? Scheme::Dark
               : Scheme::Light;
}

const Theme &Theme::current()
{
    if (!chosen().judged)
        refresh();
    return chosen().theme;
}

bool Theme::refresh()
{
    Chosen &state = chosen();
    const Scheme now = state.forced.value_or(schemeOf(QApplication::palette()));
    const bool changed = !state.judged || state.theme.scheme() != now;
    state.judged = true;
    if (changed)
        state.theme = Theme(now);
    return changed;
}

bool Theme::force(std::optional<Scheme> scheme)
{
    chosen().forced = scheme;
    return refresh();
}

void Theme::dress(QApplication &app)
{
    app.setFont(font(Role::Body));
    app.setPalette(current().palette());
    app.setStyleSheet(current().styleSheet());
}

QColor Theme::series(int index) const
{
    return m_series[static_cast<std::size_t>(qBound(0, index, seriesCount - 1))];
}

QPalette Theme::palette() const
{
    QPalette p;
    p.setColor(QPalette::Window, m_colours.window);
    p.setColor(QPalette::WindowText, m_colours.text);
    p.setColor(QPalette::Base, m_colours.card);
    p.setColor(QPalette::AlternateBase, m_colours.raised);
    p.setColor(QPalette::Text, m_colours.text);
    p.setColor(QPalette::PlaceholderText, m_colours.faint);
    p.setColor(QPalette::Button, m_colours.raised);
    p.setColor(QPalette::ButtonText, m_colours.text);
    p.setColor(QPalette::ToolTipBase, m_colours.raised);
    p.setColor(QPalette::ToolTipText, m_colours.text);
    p.setColor(QPalette::Highlight, m_colours.accent);
    p.setColor(QPalette::HighlightedText, Qt::white);
    p.setColor(QPalette::Link, m_colours.accent);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, m_colours.faint);
    return p;
}

QString Theme::styleSheet() const
{
    static const QString sheet = QStringLiteral(R"(
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 4px 6px; }
#navigation { background: @panel; border: none; border-right: 1px solid @border; }
#filterBar { background: @panel; border-bottom: 1px solid @border; }
#statusStrip { background: @panel; border-top: 1px solid @border; }
#statusStrip QLabel, #statusStrip QPushButton { color: @muted; }
#card { background: @card; border: 1px solid @border; border-radius: 8px; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="good"] { color: @good; }
QLabel[role="bad"] { color: @bad; }
QLabel[role="warning"] { color: @warning; }
QPushButton, QToolButton { background: @raised; color: @text; border: 1px solid @border; border-radius: 6px;
  padding: 0 10px; min-height: 26px; }
QPushButton:hover, QToolButton:hover { background: @hover; }
QPushButton:pressed, QToolButton:pressed { background: @border; }
QPushButton:focus, QToolButton:focus { border: 1px solid @accent; }
QPushButton:disabled, QToolButton:disabled { color: @faint; }
QPushButton::menu-indicator, QToolButton::menu-indicator { image: none; width: 0; }
QPushButton[look="primary"] { background: @accent; border-color: @accent; color: @onAccent; }
QPushButton[look="primary"]:hover { background: @accentHover; }
QPushButton[look="primary"]:disabled { background: @raised; border-color: @border; color: @faint; }
QPushButton[look="quiet"] { color: @muted; }
QPushButton[look="link"] { background: transparent; border: 1px solid transparent; color: @accent; padding: 0 4px;
  min-height: 20px; }
QPushButton[look="link"]:focus { border: 1px solid @accent; }
QPushButton[look="legend"] { background: transparent; border: 1px solid transparent; padding: 0 3px;
  min-height: 18px; text-align: left; }
QPushButton[look="legend"]:hover { background: @hover; }
QPushButton[look="legend"]:focus { border: 1px solid @accent; }
QPushButton[look="legend"]:disabled { color: @muted; }
QPushButton[segment] { border-radius: 0; background: @raised; color: @muted; margin-left: -1px; }
QPushButton[segment="first"] { border-top-left-radius: 6px; border-bottom-left-radius: 6px; margin-left: 0; }
QPushButton[segment="last"] { border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
QPushButton[segment]:checked { background: @selection; color: @text; border: 1px solid @accent; }
QPushButton[toggle="true"]:checked { background: @selection; border: 1px solid @accent; }
#navigation QPushButton { background: transparent; border: 1px solid transparent; color: @muted; text-align: left;
  padding: 0 9px; min-height: 30px; }
#navigation QPushButton:hover { background: @raised; color: @text; }
#navigation QPushButton:checked { background: @raised; color: @text; font-weight: 600; }
#navigation QPushButton:focus { border: 1px solid @accent; }
QPushButton[chip="all"] { color: @muted; }
QPushButton[chip="set"] { background: @selection; border-color: @accent; border-right: none;
  border-top-right-radius: 0; border-bottom-right-radius: 0; padding-right: 4px; }
QPushButton[chip="remove"] { background: @selection; border-color: @accent; border-left: none; color: @muted;
  border-top-left-radius: 0; border-bottom-left-radius: 0; padding: 0 7px 0 3px; }
QPushButton[chip="remove"]:hover, QPushButton[chip="remove"]:focus { color: @text; }
#picker { background: @raised; border: 1px solid @border; border-radius: 8px; }
#picker QListView::item { min-height: 26px; padding-left: 6px; border-radius: 4px; }
#picker QListView::item:selected, #picker QListView::item:hover { background: @selection; color: @text; }
QLineEdit, QDateTimeEdit { background: @window; color: @text; border: 1px solid @border; border-radius: 6px;
  padding: 0 8px; min-height: 26px; selection-background-color: @accent; selection-color: @onAccent; }
QLineEdit:focus, QDateTimeEdit:focus { border: 1px solid @accent; }
QListView { background: transparent; border: none; color: @text; outline: none; }
QMenu { background: @raised; color: @text; border: 1px solid @border; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: @selection; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @border; margin: 4px 8px; }
QMenu::indicator { width: 12px; height: 12px; left: 4px; }
QTableView { background: transparent; border: none; color: @text; selection-background-color: @selection;
  selection-color: @text; outline: none; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: @card; color: @muted; border: none; border-bottom: 1px solid @border;
  padding: 0 8px; }
QHeaderView::section:hover { color: @text; }
QHeaderView::up-arrow, QHeaderView::down-arrow { image: none; width: 0; height: 0; }
QAbstractScrollArea::corner { background: transparent; border: none; }
#choices::item { padding-left: 8px; border-radius: 6px; color: @muted; }
#choices::item:hover { background: @raised; color: @text; }
#choices::item:selected { background: @selection; color: @text; }
QTableCornerButton::section { background: transparent; border: none; }
QPlainTextEdit { background: @window; color: @text; border: 1px solid @border; border-radius: 6px; padding: 6px;
  selection-background-color: @accent; selection-color: @onAccent; }
QPlainTextEdit:focus { border: 1px solid @accent; }
QProgressBar { background: @track; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QSplitter::handle { background: transparent; }
QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @border; border-radius: 4px; min-height: 28px; min-width: 28px; margin: 1px; }
QScrollBar::handle:hover { background: @faint; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none;
  border: none; width: 0; height: 0; }
)");
    const bool dark = m_scheme == Scheme::Dark;
    // The longer name first where one begins with another.
    const std::pair<const char *, QColor> values[] = {
        {"@accentHover", dark ? m_colours.accent.lighter(112) : m_colours.accent.darker(112)},
        {"@onAccent", dark ? QColor(0x08162b) : QColor(Qt::white)},
        {"@accent", m_colours.accent},
        {"@window", m_colours.window},
        {"@panel", m_colours.panel},
        {"@card", m_colours.card},
        {"@raised", m_colours.raised},
        {"@hover", m_colours.hover},
        {"@border", m_colours.border},
        {"@text", m_colours.text},
        {"@muted", m_colours.muted},
        {"@faint", m_colours.faint},
        {"@good", m_colours.good},
        {"@warning", m_colours.warning},
        {"@bad", m_colours.bad},
        {"@selection", m_colours.selection},
        {"@track", m_colours.track},
    };
    QString text = sheet;
    for (const auto &[name, colour] : values)
        text.replace(QLatin1String(name), colour.name());
    return text;
}

QFont Theme::font(Role role)
{
    QFont font = role == Role::Mono ? QFontDatabase::systemFont(QFontDatabase::FixedFont) : interOrSystem();
    switch (role) {
    case Role::Body:
        font.setPixelSize(13);
        break;
    case Role::Strong:
        font.setPixelSize(13);
        font.setWeight(QFont::DemiBold);
        break;
    case Role::Small:
        font.setPixelSize(12);
        break;
    case Role::SmallStrong:
        font.setPixelSize(12);
        font.setWeight(QFont::DemiBold);
        break;
    case Role::Mono:
        font.setPixelSize(12);
        break;
    case Role::Title:
        font.setPixelSize(15);
        font.setWeight(QFont::DemiBold);
        break;
    case Role::Figure:
        font.setPixelSize(24);
        font.setWeight(QFont::Bold);
        break;
    }
    return font;
}

} // namespace farthing
