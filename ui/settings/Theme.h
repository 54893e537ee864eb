// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>

#include <array>
#include <optional>

class QApplication;

namespace farthing {

/// The one place for colours, spacing and fonts. Light or dark follows the lightness of the system's palette;
/// a view asks again on QEvent::PaletteChange.
class Theme
{
public:
    enum class Scheme { Light, Dark };

    struct Colours
    {
        QColor window, panel, card, raised, hover, border, grid;
        QColor text, muted, faint;
        QColor accent, good, warning, bad, neutral;
        QColor selection, track;
    };

    /// Pixels, on the grid of four that everything keeps to.
    static constexpr int tiny = 4, small = 8, medium = 12, large = 16;
    static constexpr int radius = 6, cardRadius = 8;
    static constexpr int rowHeight = 28, headerHeight = 30, controlHeight = 28;
    static constexpr int navigationWidth = 176, barHeight = 46, statusHeight = 28;

    /// Follows the system's palette unless a scheme is forced.
    static const Theme &current();
    static Scheme schemeOf(const QPalette &palette);
    /// Forces a scheme, or follows the system again. Returns true where the look changed.
    static bool force(std::optional<Scheme> scheme);
    /// Judges the application's palette anew. Returns true where the look changed.
    static bool refresh();

    explicit Theme(Scheme scheme);

    /// Gives the whole application the current theme.
    static void dress(QApplication &app);

    [[nodiscard]] Scheme scheme() const { return m_scheme; }
    [[nodiscard]] const Colours &colours() const { return m_colours; }
    /// Colours of a stacked chart's series; the sixth and all after it share the last.
    [[nodiscard]] QColor series(int index) const;
    static constexpr int seriesCount = 7;
    [[nodiscard]] QPalette palette() const;
    /// The whole window's style sheet.
    [[nodiscard]] QString styleSheet() const;

    enum class Role { Body, Strong, Small, SmallStrong, Mono, Title, Figure };
    static QFont font(Role role);

private:
    Scheme m_scheme;
    Colours m_colours;
    std::array<QColor, seriesCount> m_series;
};

/// `colour` laid over `below` with the given opacity: badges and selections that stay opaque.
QColor blend(const QColor &colour, const QColor &below, qreal opacity);

} // namespace farthing
