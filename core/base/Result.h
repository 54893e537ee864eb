// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace farthing {

/// What went wrong and where. `place` names what a person must look at: a file with its line, a row, a field,
/// a table; it is empty where there is only one place it can be.
struct Error
{
    std::string message;
    std::string place = {};

    /// "place: message", ready for a log line or a dialog.
    [[nodiscard]] std::string toString() const { return place.empty() ? message : place + ": " + message; }

    /// The same error seen from one level further out.
    [[nodiscard]] Error at(const std::string &outer) const
    {
        return {message, place.empty() ? outer : outer + ": " + place};
    }
};

/// A value or the reason there is none. Core reports failure with this, never with exceptions.
template <class T>
class [[nodiscard]] Result
{
public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {}
    Result(Error error)
        : m_state(std::in_place_index<1>, std::move(error))
    {}

    [[nodiscard]] bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }

    T &operator*() & { return std::get<0>(m_state); }
    const T &operator*() const & { return std::get<0>(m_state); }
    T &&operator*() && { return std::get<0>(std::move(m_state)); }
    T *operator->() { return &std::get<0>(m_state); }
    const T *operator->() const { return &std::get<0>(m_state); }

    [[nodiscard]] const Error &error() const { return std::get<1>(m_state); }

private:
    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void>
{
public:
    Result() = default;
    Result(Error error)
        : m_error(std::move(error))
        , m_failed(true)
    {}

    [[nodiscard]] bool ok() const { return !m_failed; }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] const Error &error() const { return m_error; }

private:
    Error m_error;
    bool m_failed = false;
};

} // namespace farthing
