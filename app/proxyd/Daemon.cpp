// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/proxyd/Daemon.h"

#include "core/base/Files.h"
#include "core/config/FileWatcher.h"
#include "core/pricing/CostCalculator.h"
#include "core/proxy/ProxyServer.h"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include <nlohmann/json.hpp>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace farthing {

namespace {

using namespace std::chrono_literals;

constexpr auto giveUpAtMost = 1s;
constexpr auto housekeeping = 30s;

Result<std::shared_ptr<const PriceBook>> loadPrices(const DataDir &dir)
{
    std::error_code ignored;
    if (!std::filesystem::exists(dir.prices(), ignored))
        return builtInPriceBook();
    const auto text = readFile(dir.prices());
    if (!text)
        return text.error();
    const auto local = parsePriceBook(*text);
    if (!local)
        return local.error().at(dir.prices().string());
    return overlay(*builtInPriceBook(), *local);
}

/// Makes the good edit live, or keeps the last good one and says why.
template <class Load, class Cell>
void reload(Load load, Cell &cell, SnapshotCell<FileStatus> &status, const char *what)
{
    auto loaded = load();
    if (loaded) {
        cell.set(*std::move(loaded));
        status.set(std::make_shared<FileStatus>());
        spdlog::info("{} is live", what);
        return;
    }
    FileStatus failed{loaded.error().toString(), SystemClock().now()};
    if (const auto before = status.get(); before->error == failed.error)
        failed.since = before->since;
    spdlog::error("{} is not taken over, the last good one stays: {}", what, failed.error);
    status.set(std::make_shared<FileStatus>(std::move(failed)));
}

Result<AnatomyKey> loadAnatomyKey(const DataDir &dir)
{
    AnatomyKey key{};
    if (const auto text = readFile(dir.secret()); text && text->size() == key.size()) {
        std::copy(text->begin(), text->end(), key.begin());
        return key;
    }
    if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1)
        return Error{"there is no randomness to make a key from"};
    const std::string_view bytes(reinterpret_cast<const char *>(key.data()), key.size());
    if (auto written = writeFileAtomically(dir.secret(), bytes); !written)
        return written.error();
    return key;
}

/// The event loop and what it serves with, from start to drain.
class Daemon
{
public:
    Daemon(DataDir dir, Config config, std::shared_ptr<const PriceBook> prices)
        : m_services(std::move(dir), std::move(config), std::move(prices))
        , m_server(m_context, m_services)
        , m_signals(m_context, SIGTERM, SIGINT)
        , m_reload(m_context, SIGHUP)
        , m_timer(m_context)
    {}

    Result<void> run(const std::string &address)
    {
        const auto key = loadAnatomyKey(m_services.dataDir);
        if (!key)
            return key.error();
        m_services.anatomyKey = *key;
        if (const auto ratios = readFile(m_services.dataDir.estimator()))
            m_services.estimator.load(*ratios);
        openStore();
        m_services.version = FARTHING_VERSION;
        m_services.started = m_services.clock.now();
        const auto listening = m_server.listen(address);
        if (!listening)
            return listening.error();
        m_services.listen = *listening;
        if (auto announced = announce(); !announced)
            return announced;
        spdlog::info("farthingd {} serves on {}", m_services.version, m_services.listen);

        FileWatcher watcher({{m_services.dataDir.config(), [this] { reloadConfig(); }},
                             {m_services.dataDir.prices(), [this] { reloadPrices(); }}});
        m_signals.async_wait([this](auto error, int) {
            if (!error)
                drain();
        });
        waitForHangUp(watcher);
        keepHouse();
        m_context.run();
        finish();
        return {};
    }

private:
    void openStore()
    {
        EventJournal::Options options;
        options.maxBytes = m_services.config.get()->limits.journalMaxBytes;
        options.onDeadCall = [this](CostEvent &event) { priceEvent(event, *m_services.prices.get()); };
        auto journal = EventJournal::open(m_services.dataDir.journal(), options);
        if (!journal) {
            m_services.journalError = journal.error().toString();
            spdlog::error("calls pass, but cannot be recorded: {}", m_services.journalError);
            return;
        }
        m_journal = *std::move(journal);
        m_services.journal = m_journal.get();
        m_writer = StoreWriter::start(m_services.dataDir.database(), *m_journal);
        m_services.writer = m_writer.get();
    }

    Result<void> announce()
    {
        const nlohmann::json serving = {{"pid", ::getpid()},
                                        {"listen", m_services.listen},
                                        {"version", m_services.version},
                                        {"started", formatRfc3339(m_services.started)}};
        return writeFileAtomically(m_services.dataDir.serving(), serving.dump() + "\n");
    }

    void reloadConfig()
    {
        reload(
            [this]() -> Result<std::shared_ptr<const Config>> {
                auto config = loadConfig(m_services.dataDir.config());
                if (!config)
                    return config.error();
                return std::shared_ptr<const Config>(std::make_shared<Config>(*std::move(config)));
            },
            m_services.config, m_services.configStatus, "farthing.json");
    }
    void reloadPrices()
    {
        reload([this] { return loadPrices(m_services.dataDir); }, m_services.prices, m_services.pricesStatus,
               "prices.json");
    }

    void waitForHangUp(FileWatcher &watcher)
    {
        m_reload.async_wait([this, &watcher](auto error, int) {
            if (error)
                return;
            watcher.lookAgain();
            waitForHangUp(watcher);
        });
    }

    void keepHouse()
    {
        m_timer.expires_after(1s);
        m_timer.async_wait([this](auto error) {
            if (error)
                return;
            noticeStore();
            if (std::chrono::steady_clock::now() >= m_nextHousekeeping) {
                m_nextHousekeeping += housekeeping;
                saveRatios();
                reportStore();
            }
            keepHouse();
        });
    }

    /// What becomes of the store is said when it does, and while it lasts again with the housekeeping.
    void noticeStore()
    {
        const bool ok = !m_writer || m_writer->health().ok;
        if (ok == std::exchange(m_storeWasOk, ok))
            return;
        if (ok)
            spdlog::info("the store takes events again");
        else
            reportStore();
    }

    void saveRatios()
    {
        if (auto saved = writeFileAtomically(m_services.dataDir.estimator(), m_services.estimator.save());
            !saved)
            spdlog::warn("the learnt token ratios cannot be kept: {}", saved.error().toString());
    }

    void reportStore()
    {
        if (const auto health = m_writer ? m_writer->health() : StoreWriter::Health{}; !health.ok)
            spdlog::error("the store takes no events since {}: {}", formatRfc3339(*health.since),
                          health.error);
        if (m_services.counters.losesCalls)
            spdlog::error("calls pass without a record since {}, {} in all: {}",
                          formatRfc3339(*m_services.counters.unrecordedSince), m_services.counters.unrecorded,
                          m_services.counters.lastUnrecordedReason);
    }

    void drain()
    {
        spdlog::info("stopping: {} calls are under way", m_services.counters.inFlight);
        m_reload.cancel();
        m_server.stop();
        const std::chrono::milliseconds atMost(m_services.config.get()->limits.drainTimeoutMs);
        waitUntilIdle(std::chrono::steady_clock::now() + atMost, [this] { giveUp(); });
    }

    /// What is still under way ends here, each call with an event of its own.
    void giveUp()
    {
        spdlog::warn("{} calls are broken off", m_services.counters.inFlight);
        m_server.giveUp();
        waitUntilIdle(std::chrono::steady_clock::now() + giveUpAtMost, [this] { m_context.stop(); });
    }

    void waitUntilIdle(std::chrono::steady_clock::time_point until, std::function<void()> otherwise)
    {
        m_timer.expires_after(20ms);
        m_timer.async_wait([this, until, otherwise = std::move(otherwise)](auto) mutable {
            if (m_server.idle())
                m_context.stop();
            else if (std::chrono::steady_clock::now() >= until)
                otherwise();
            else
                waitUntilIdle(until, std::move(otherwise));
        });
    }

    void finish()
    {
        m_services.storeReaders.join(); // a session that reads the store returns to the context
        saveRatios();
        if (m_writer)
            m_writer->flush(5s);
        std::error_code ignored;
        std::filesystem::remove(m_services.dataDir.serving(), ignored);
        spdlog::info("stopped");
    }

    std::unique_ptr<EventJournal> m_journal;
    std::unique_ptr<StoreWriter> m_writer;
    ProxyServices m_services;
    boost::asio::io_context m_context{1}; // its last sessions use all of the above as they are destroyed
    ProxyServer m_server;
    boost::asio::signal_set m_signals;
    boost::asio::signal_set m_reload;
    boost::asio::steady_timer m_timer;
    std::chrono::steady_clock::time_point m_nextHousekeeping =
        std::chrono::steady_clock::now() + housekeeping;
    bool m_storeWasOk = true;
};

} // namespace

Result<void> checkFiles(const DaemonOptions &options)
{
    const DataDir dir = DataDir::resolve(options.dataDir);
    if (const auto config = loadConfig(dir.config()); !config)
        return config.error();
    if (const auto prices = loadPrices(dir); !prices)
        return prices.error();
    return {};
}

Result<void> serve(const DaemonOptions &options)
{
    const DataDir dir = DataDir::resolve(options.dataDir);
    if (auto created = dir.create(); !created)
        return created;
    const auto lock = FileLock::acquire(dir.lock());
    if (!lock)
        return Error{"another farthingd serves this data directory: " + lock.error().toString()};
    auto config = loadConfig(dir.config());
    if (!config)
        return config.error();
    auto prices = loadPrices(dir);
    if (!prices)
        return prices.error();
    const std::string address = options.listen.value_or(config->listen);
    Daemon daemon(dir, *std::move(config), *std::move(prices));
    return daemon.run(address);
}

} // namespace farthing
