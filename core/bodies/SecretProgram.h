// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>

namespace farthing {

/// Asks the desktop's secret service through a program of its own, farthing-secret: what D-Bus needs is never
/// loaded here, and a service that hangs is left behind with it.
class SecretProgram
{
public:
    enum class Verb { Lookup, Make };
    /// What the program's exit codes say.
    enum class Outcome { Found = 0, Failed = 1, None = 3, Locked = 4, NoService = 5 };
    struct Answer
    {
        Outcome outcome = Outcome::Failed;
        std::string text; ///< the key in hexadecimal, or what is wrong
    };

    explicit SecretProgram(std::filesystem::path program)
        : m_program(std::move(program))
    {}
    /// Beside the program that runs.
    static std::filesystem::path defaultPath();

    /// Ends the program after `atMost`, or when `stop` becomes true. With `mayAsk` the desktop may ask for
    /// a password.
    [[nodiscard]] Answer run(Verb verb, bool mayAsk, std::chrono::milliseconds atMost,
                             const std::atomic<bool> &stop) const;

private:
    std::filesystem::path m_program;
};

} // namespace farthing
