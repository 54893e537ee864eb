// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing: the target it belongs to exists for the headers that all tests share.
