// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// The memory that bodies may take all together until they are on the disk. From any thread.
class BodyBudget
{
public:
    void setLimit(std::uint64_t bytes) { m_limit = bytes; }
    [[nodiscard]] bool take(std::uint64_t bytes);
    void giveBack(std::uint64_t bytes) { m_taken -= bytes; }
    [[nodiscard]] std::uint64_t taken() const { return m_taken; }

private:
    std::atomic<std::uint64_t> m_limit = 0;
    std::atomic<std::uint64_t> m_taken = 0;
};

/// The beginning of one body, at most so many bytes of it, in blocks: none is copied again as more come.
class BodyBytes
{
public:
    BodyBytes(BodyBudget &budget, std::size_t most);
    ~BodyBytes();
    BodyBytes(const BodyBytes &) = delete;
    BodyBytes &operator=(const BodyBytes &) = delete;

    void append(std::string_view bytes);
    /// The whole body, without a copy where all of it is kept.
    void adopt(std::string &&body);

    [[nodiscard]] const std::vector<std::string> &blocks() const { return m_blocks; }
    /// Of the body, kept or not.
    [[nodiscard]] std::uint64_t size() const { return m_size; }
    /// The budget had too little room: nothing is kept.
    [[nodiscard]] bool isLost() const { return m_isLost; }

private:
    bool makeRoom(std::size_t bytes);
    void lose();

    BodyBudget &m_budget;
    const std::size_t m_most;
    std::vector<std::string> m_blocks;
    std::uint64_t m_size = 0;
    std::uint64_t m_kept = 0;
    std::uint64_t m_taken = 0;
    bool m_isLost = false;
};

} // namespace farthing
