// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Interrupt.h"

namespace farthing {

namespace {

volatile std::sig_atomic_t noted = 0;

void note(int)
{
    noted = 1;
}

} // namespace

Interrupt::Interrupt()
{
    noted = 0;
    for (std::size_t i = 0; i < signals.size(); ++i) {
        m_before[i] = std::signal(signals[i], note);
        if (m_before[i] == SIG_IGN) // as under nohup
            std::signal(signals[i], SIG_IGN);
    }
}

Interrupt::~Interrupt()
{
    for (std::size_t i = 0; i < signals.size(); ++i)
        if (m_before[i] != SIG_ERR)
            std::signal(signals[i], m_before[i]);
}

bool Interrupt::came()
{
    return noted != 0;
}

} // namespace farthing
