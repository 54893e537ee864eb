// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

namespace farthing {

class Database;

/// Looks for damage where it shows cheaply: whether the file has all its pages, whether `state` is sane, and
/// whether the first and the last of what is stored can be read: rows, kinds of calls, sums, lists. Some
/// dozens of look-ups, however large the store is. The error says what is wrong, with the file for its place;
/// it says so where sums alone are, which `farthingctl doctor --rebuild` makes anew. That nothing is found
/// does not mean that all is sound: `farthingctl doctor --deep --verify` reads everything.
Result<void> checkStore(Database &database);

} // namespace farthing
