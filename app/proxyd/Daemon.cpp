// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/proxyd/Daemon.h"

#include "app/proxyd/ResponsesFile.h"
#include "app/proxyd/Secret.h"

#include "core/base/Files.h"
#include "core/config/FileWatcher.h"
#include "core/pricing/CostCalculator.h"
#include "core/proxy/ProxyServer.h"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include <nlohmann/json.hpp>
#include <set>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace farthing {

namespace {

using namespace std::chrono_literals;

constexpr auto giveUpAtMost = 1s;
constexpr auto housekeeping = 30s;

/// Of the files that are watched, from before they are read.
struct Stamps
{
    explicit Stamps(const DataDir &dir)
        : config(FileWatcher::stampOf(dir.config()))
        , prices(FileWatcher::stampOf(dir.prices()))
        , token(FileWatcher::stampOf(dir.token()))
    {}
    std::string config;
    std::string prices;
    std::string token;
};

/// The edit is not live; `instead` says what is.
void reject(SnapshotCell<FileStatus> &status, const Error &error, const char *what, const char *instead)
{
    FileStatus failed{error.toString(), SystemClock().now()};
    if (const auto before = status.get(); before->error == failed.error)
        failed.since = before->since;
    status.set(std::make_shared<FileStatus>(failed));
    spdlog::error("{} is not taken over, {}: {}", what, instead, failed.error);
}

/// Makes the good edit live, or keeps the last good one, says why, and gives false.
template <class Load, class Cell>
bool reload(Load load, Cell &cell, SnapshotCell<FileStatus> &status, const char *what)
{
    auto loaded = load();
    if (!loaded) {
        reject(status, loaded.error(), what, "the last good one stays");
        return false;
    }
    cell.set(*std::move(loaded));
    status.set(std::make_shared<FileStatus>());
    spdlog::info("{} is live", what);
    return true;
}

void keepRatios(const std::filesystem::path &path, const std::string &ratios)
{
    if (auto saved = writeFileAtomically(path, ratios); !saved)
        spdlog::warn("the learnt token ratios cannot be kept: {}", saved.error().toString());
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

    /// Serves with the prices it was given, and says why they are not those of prices.json.
    void rejectPrices(const Error &error)
    {
        reject(m_services.pricesStatus, error, "prices.json", "the built-in table serves");
    }

    /// Only another farthingd on the folder, or the address in use, keeps calls from being served.
    Result<void> run(const std::string &address, const std::vector<int> &passedSockets, const Stamps &stamps)
    {
        if (auto taken = takeFolder(); !taken && m_isOthers)
            return Error{"another farthingd serves this data directory: " + taken.error().toString()};
        auto secret = Secret::load(m_services.dataDir);
        if (!secret)
            return secret.error();
        m_secret = *secret;
        m_services.anatomyKey = m_secret.key;
        if (const auto ratios = readFile(m_services.dataDir.estimator()))
            m_services.estimator.load(*ratios);
        m_responses.load();
        m_services.logError = [](const std::string &message) { spdlog::error(message); };
        m_services.version = FARTHING_VERSION;
        m_services.started = m_services.clock.now();
        openStore();
        if (auto token = AccessToken::load(m_services.dataDir.token()))
            m_services.token.set(*token);
        else
            reject(m_services.tokenStatus, token.error(), "the token", "there is none");
        const auto listening =
            passedSockets.empty() ? m_server.listen(address) : m_server.adopt(passedSockets);
        if (!listening)
            return listening.error();
        m_services.listen = *listening;
        if (passedSockets.empty() && address == m_services.config.get()->listen)
            m_usedListen = address;
        leaveFiles();
        m_services.bodies.configure(m_services.config.get()->bodies);
        spdlog::info("farthingd {} serves on {}", m_services.version, m_services.listen);

        FileWatcher watcher({{m_services.dataDir.config(), [this] { reloadConfig(); }, stamps.config},
                             {m_services.dataDir.prices(), [this] { reloadPrices(); }, stamps.prices},
                             {m_services.dataDir.token(), [this] { reloadToken(); }, stamps.token}});
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
    /// The folder is this process's alone while it holds the lock.
    Result<void> takeFolder()
    {
        if (m_lock)
            return {};
        if (auto created = m_services.dataDir.create(); !created)
            return created;
        auto lock = FileLock::acquire(m_services.dataDir.lock());
        m_isOthers = !lock && FileLock::isHeld(m_services.dataDir.lock());
        if (!lock)
            return lock.error();
        // Who removes the file, as one that a dead process has left, must not let a second one in.
        auto folder = FileLock::acquireFolder(m_services.dataDir.lock().parent_path());
        m_isOthers = !folder;
        if (!folder)
            return folder.error();
        m_lock = *std::move(lock);
        m_folderLock = *std::move(folder);
        for (const auto &closed : m_services.dataDir.closeToOthers())
            spdlog::warn("other users had access to {}; they have no longer", closed.string());
        return {};
    }

    Result<void> openJournal()
    {
        if (auto taken = takeFolder(); !taken)
            return taken;
        EventJournal::Options options;
        options.maxBytes = m_services.config.get()->limits.journalMaxBytes;
        options.onDeadCall = [this](CostEvent &event) { priceEvent(event, *m_services.prices.get()); };
        auto journal = EventJournal::open(m_services.dataDir.journal(), options);
        if (!journal)
            return journal.error();
        m_journal = *std::move(journal);
        m_services.journal = m_journal.get();
        m_usedJournal = {options.maxBytes, m_services.config.get()->store};
        const StoreOptions &store = m_usedJournal->store;
        m_writer = StoreWriter::start(m_services.dataDir.database(), *m_journal,
                                      {.syncEachCommit = store.synchronous == Synchronous::Full,
                                       .kept = {store.keepEventsDays, store.keepSumsDays}});
        m_services.writer = m_writer.get();
        return {};
    }

    /// Tried until it succeeds: what is in the way at the start, such as a full disk, may go. A journal that
    /// takes long to read takes a hundredth of the time.
    void openStore()
    {
        const auto began = std::chrono::steady_clock::now();
        const auto opened = openJournal();
        const auto ended = std::chrono::steady_clock::now();
        m_nextOpening = ended + 99 * (ended - began);
        const std::string error = opened ? "" : opened.error().toString();
        if (error == std::exchange(m_services.journalError, error))
            return;
        if (!opened)
            spdlog::error("calls pass, but cannot be recorded: {}", error);
        else
            spdlog::info("calls are recorded from now on");
        if (!m_services.journalErrorSince)
            m_services.journalErrorSince = m_services.clock.now();
    }

    /// What others read: the secret of the hashes, and where this process serves.
    void leaveFiles()
    {
        if (!m_lock)
            return;
        if (!m_secret.kept)
            m_secret.kept = succeeds(m_secret.keep(m_services.dataDir), m_secretUnwritten);
        if (!m_announced)
            m_announced = succeeds(announce(), m_announcementUnwritten);
    }
    /// `before`: why not, when it was last said.
    static bool succeeds(const Result<void> &written, std::string &before)
    {
        const std::string error = written ? "" : written.error().toString();
        if (error != std::exchange(before, error) && !written)
            spdlog::error("a file is missing until it can be written: {}", error);
        return written.ok();
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
        const bool isLive = reload(
            [this]() -> Result<std::shared_ptr<const Config>> {
                auto config = loadConfig(m_services.dataDir.config());
                if (!config)
                    return config.error();
                return std::shared_ptr<const Config>(std::make_shared<Config>(*std::move(config)));
            },
            m_services.config, m_services.configStatus, "farthing.json");
        m_services.bodies.configure(m_services.config.get()->bodies);
        if (isLive)
            sayWhatWaitsForAStart();
    }

    /// What is read at the start only, and says something else by now.
    void sayWhatWaitsForAStart()
    {
        const auto now = m_services.config.get();
        const std::pair<const char *, bool> settings[] = {
            {"listen", m_usedListen && *m_usedListen != now->listen},
            {"limits.journal_max_bytes",
             m_usedJournal && m_usedJournal->maxBytes != now->limits.journalMaxBytes},
            {"store.synchronous",
             m_usedJournal && m_usedJournal->store.synchronous != now->store.synchronous},
            {"store.keep_events_days",
             m_usedJournal && m_usedJournal->store.keepEventsDays != now->store.keepEventsDays},
            {"store.keep_sums_days",
             m_usedJournal && m_usedJournal->store.keepSumsDays != now->store.keepSumsDays}};
        for (const auto &[name, isChanged] : settings)
            if (isChanged)
                spdlog::warn("'{}' of farthing.json is read at the start: farthingd has to be started again",
                             name);
    }

    void reloadPrices()
    {
        reload([this] { return loadPriceBook(m_services.dataDir.prices()); }, m_services.prices,
               m_services.pricesStatus, "prices.json");
    }

    void reloadToken()
    {
        reload([this] { return AccessToken::load(m_services.dataDir.token()); }, m_services.token,
               m_services.tokenStatus, "the token");
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
            if (!m_journal && std::chrono::steady_clock::now() >= m_nextOpening)
                openStore();
            leaveFiles();
            noticeStore();
            noticeUpstreams();
            noticeBodies();
            if (m_lock)
                m_responses.save();
            if (std::chrono::steady_clock::now() >= m_nextHousekeeping) {
                m_nextHousekeeping += housekeeping;
                saveRatios();
                reportStore();
            }
            keepHouse();
        });
    }

    /// What becomes of the store and of records is said when it does, and while it lasts again with the
    /// housekeeping.
    void noticeStore()
    {
        const auto health = m_writer ? m_writer->health() : StoreWriter::Health{};
        const bool losesCalls = m_services.counters.losesCalls;
        const bool worse = m_storeWasOk > health.ok || m_lostCalls < losesCalls;
        if (m_storeWasOk < health.ok)
            spdlog::info("the store takes events again");
        else if (health.ok && health.failures != m_storeFailures)
            spdlog::warn("the store failed for a moment: {}", health.lastError);
        if (m_lostCalls > losesCalls)
            spdlog::info("calls are recorded again, {} were not", m_services.counters.unrecorded);
        const auto journal = m_journal ? m_journal->stats() : EventJournal::Stats{};
        if (journal.unreadableRecords > std::exchange(m_unreadable, journal.unreadableRecords))
            spdlog::error(
                "the journal is damaged: {} of its records could not be read and are set aside in {}",
                journal.unreadableRecords, m_services.dataDir.journal().string());
        if (journal.unreadableFiles > std::exchange(m_unreadableFiles, journal.unreadableFiles))
            spdlog::error("the journal is damaged: {} files in {} cannot be read; they are kept",
                          journal.unreadableFiles, m_services.dataDir.journal().string());
        m_storeWasOk = health.ok;
        m_storeFailures = health.failures;
        m_lostCalls = losesCalls;
        if (worse)
            reportStore();
    }

    /// Once when calls to an upstream begin to fail, and when it answers again.
    void noticeUpstreams()
    {
        const auto &faults = m_services.upstreamFaults.all();
        for (const auto &[name, fault] : faults)
            if (m_failing.insert(name).second)
                spdlog::error("calls to the upstream '{}' fail since {}: {}", name,
                              formatRfc3339(fault.since), fault.error);
        std::erase_if(m_failing, [&faults](const std::string &name) {
            if (!faults.contains(name))
                spdlog::info("the upstream '{}' answers again", name);
            return !faults.contains(name);
        });
    }

    void noticeBodies()
    {
        const auto bodies = m_services.bodies.health();
        if (bodies.error == std::exchange(m_bodiesError, bodies.error))
            return;
        if (bodies.error.empty())
            spdlog::info("bodies are kept again; {} were not", bodies.dropped);
        else
            spdlog::error("no bodies are kept since {}: {}", formatRfc3339(*bodies.since), bodies.error);
    }

    /// Off the event loop, where no call waits for the disk.
    void saveRatios()
    {
        if (m_lock)
            boost::asio::post(m_services.storeReaders,
                              [path = m_services.dataDir.estimator(), ratios = m_services.estimator.save()] {
                                  keepRatios(path, ratios);
                              });
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
        const std::chrono::milliseconds atMost(m_services.config.get()->limits.drainTimeoutMs);
        spdlog::info("stopping; what is under way has {} ms to end", atMost.count());
        m_reload.cancel();
        m_server.stop();
        waitUntilIdle(std::chrono::steady_clock::now() + atMost, [this] { giveUp(); });
    }

    /// What is still under way ends here, each call with an event of its own.
    void giveUp()
    {
        spdlog::warn("{} connections are broken off", m_server.connections());
        m_server.giveUp();
        waitUntilIdle(std::chrono::steady_clock::now() + giveUpAtMost, [this] { m_context.stop(); });
    }

    void waitUntilIdle(std::chrono::steady_clock::time_point until, std::function<void()> otherwise)
    {
        m_timer.expires_after(20ms);
        m_timer.async_wait([this, until, otherwise = std::move(otherwise)](auto) mutable {
            if (m_server.connections() == 0)
                m_context.stop();
            else if (std::chrono::steady_clock::now() >= until)
                otherwise();
            else
                waitUntilIdle(until, std::move(otherwise));
        });
    }

    void finish()
    {
        saveRatios();
        m_services.storeReaders.join(); // sessions return from there to the context
        m_services.bodyReaders.join();
        if (m_writer)
            m_writer->flush(5s);
        if (m_lock)
            m_responses.saveLast();
        std::error_code ignored;
        if (m_announced)
            std::filesystem::remove(m_services.dataDir.serving(), ignored);
        spdlog::info("stopped");
    }

    std::unique_ptr<FileLock> m_lock;
    std::unique_ptr<FileLock> m_folderLock;
    bool m_isOthers = false; ///< the folder, when it was last to be taken
    std::unique_ptr<EventJournal> m_journal;
    std::unique_ptr<StoreWriter> m_writer;
    ProxyServices m_services;
    boost::asio::io_context m_context{1}; // its last sessions use all of the above as they are destroyed
    ResponsesFile m_responses{m_services, m_context};
    ProxyServer m_server;
    boost::asio::signal_set m_signals;
    boost::asio::signal_set m_reload;
    boost::asio::steady_timer m_timer;
    std::chrono::steady_clock::time_point m_nextHousekeeping =
        std::chrono::steady_clock::now() + housekeeping;
    bool m_storeWasOk = true;
    bool m_lostCalls = false;
    std::uint64_t m_storeFailures = 0;
    std::string m_bodiesError;
    std::set<std::string> m_failing; ///< upstreams of which it was said
    Secret m_secret;
    struct JournalSettings
    {
        std::uint64_t maxBytes = 0;
        StoreOptions store;
    };
    std::optional<JournalSettings> m_usedJournal; ///< what it was opened with
    std::optional<std::string> m_usedListen;      ///< farthing.json's, where nothing else went before
    std::chrono::steady_clock::time_point m_nextOpening;
    bool m_announced = false;
    std::uint64_t m_unreadable = 0; ///< records of the journal, when it was last said
    std::uint64_t m_unreadableFiles = 0;
    std::string m_secretUnwritten;
    std::string m_announcementUnwritten;
};

} // namespace

Result<void> checkFiles(const DaemonOptions &options)
{
    const DataDir dir = DataDir::resolve(options.dataDir);
    if (const auto config = loadConfig(dir.config()); !config)
        return config.error();
    if (const auto prices = loadPriceBook(dir.prices()); !prices)
        return prices.error();
    return {};
}

Result<void> serve(const DaemonOptions &options)
{
    const DataDir dir = DataDir::resolve(options.dataDir);
    const Stamps stamps(dir);
    auto config = loadConfig(dir.config());
    if (!config)
        return config.error();
    const auto prices = loadPriceBook(dir.prices());
    const std::string address = options.listen.value_or(config->listen);
    Daemon daemon(dir, *std::move(config), prices ? *prices : builtInPriceBook());
    if (!prices)
        daemon.rejectPrices(prices.error());
    if (!options.passedSockets.empty() && options.listen)
        spdlog::warn("--listen {} is left aside: a socket was passed to serve", *options.listen);
    return daemon.run(address, options.passedSockets, stamps);
}

} // namespace farthing
