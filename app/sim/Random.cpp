// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Random.h"

#include <cmath>
#include <numbers>

namespace farthing::sim {

double Random::normal()
{
    // Box and Muller; 1 - u keeps the logarithm off zero.
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

double Random::logNormal(double median, double sigma)
{
    return median * std::exp(sigma * normal());
}

} // namespace farthing::sim
