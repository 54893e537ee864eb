// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QAbstractAxis;
class QChart;

namespace farthing {

/// Dresses a chart in the current theme. Qt Charts' own themes are fixed and light; they must be set before
/// any colour is, so a chart calls this again on every PaletteChange.
namespace chartTheme {

void apply(QChart &chart);
void apply(QAbstractAxis &axis, bool lines);

} // namespace chartTheme

} // namespace farthing
