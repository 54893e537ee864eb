// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/SnapshotCell.h"
#include "core/bodies/BodyKeeper.h"
#include "core/config/AccessToken.h"
#include "core/config/Config.h"
#include "core/config/DataDir.h"
#include "core/ingest/EventIntake.h"
#include "core/pricing/PriceBook.h"
#include "core/providers/RequestFacts.h"
#include "core/providers/TokenEstimator.h"
#include "core/proxy/BodyBuffers.h"
#include "core/proxy/BodyRoom.h"
#include "core/proxy/ConnectionLimits.h"
#include "core/proxy/PendingResponses.h"
#include "core/proxy/UpstreamFaults.h"
#include "core/store/Distribution.h"
#include "core/store/EventJournal.h"
#include "core/store/StoreWriter.h"

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <optional>
#include <string>

namespace farthing {

/// What a file a person edits has come to.
struct FileStatus
{
    std::string error; ///< why the last edit is not live; empty where it is
    std::optional<Timestamp> since;
};

struct ProxyCounters
{
    std::uint64_t requests = 0; ///< forwarded
    std::uint64_t inFlight = 0;
    std::uint64_t unrecorded = 0; ///< passed, but the journal could not take them
    std::uint64_t clientsGone = 0;
    std::uint64_t upstreamFailures = 0;
    std::uint64_t connections = 0; ///< open now
    std::uint64_t limited = 0;     ///< connections and requests refused for a limit
    std::string lastUnrecordedReason;
    std::optional<Timestamp> unrecordedSince; ///< the first since a call was last recorded
    std::uint64_t lastUnrecorded = 0;         ///< the call's number among `requests`
    bool losesCalls = false;                  ///< no later call has been recorded yet
};

/// What every session shares. Used on the event loop's thread; the snapshots may be replaced from any.
struct ProxyServices
{
    ProxyServices(DataDir dir, Config startConfig, std::shared_ptr<const PriceBook> startPrices)
        : dataDir(std::move(dir))
        , config(std::make_shared<Config>(std::move(startConfig)))
        , prices(std::move(startPrices))
        , configStatus(std::make_shared<FileStatus>())
        , pricesStatus(std::make_shared<FileStatus>())
        , tokenStatus(std::make_shared<FileStatus>())
        , bodies(dataDir.bodies(), {DataDir::bodiesKey(), SecretProgram::defaultPath()})
    {}

    DataDir dataDir;
    SnapshotCell<Config> config;
    SnapshotCell<PriceBook> prices;
    bool onLoopback = true;                   ///< where this process listens
    SnapshotCell<AccessToken> token{nullptr}; ///< null where there is none
    SnapshotCell<FileStatus> configStatus;
    SnapshotCell<FileStatus> pricesStatus;
    SnapshotCell<FileStatus> tokenStatus;
    EventJournal *journal = nullptr; ///< null where it could not be opened: calls still pass
    std::string journalError;
    std::optional<Timestamp> journalErrorSince;
    std::atomic<StoreWriter *> writer = nullptr; ///< read by the store's readers too
    std::function<void(const std::string &)> logError = [](const std::string &) {};
    AnatomyKey anatomyKey{};
    TokenEstimator estimator;
    PendingResponses pendingResponses;
    UuidV7Generator ids;
    SystemClock clock;
    ProxyCounters counters;
    IngestCounters ingested;
    UpstreamFaults upstreamFaults;
    BodyRoom bodyRoom;
    BodyBuffers bodyBuffers;
    BodyKeeper bodies;                        ///< those that are kept
    Distribution overheadUs;                  ///< of every finished call
    boost::asio::thread_pool storeReaders{1}; ///< where requests wait for a disk, or have much to read
    boost::asio::thread_pool bodyReaders{1};  ///< where long requests and replies are read
    std::string version;
    std::string listen;
    Timestamp started;
};

} // namespace farthing
