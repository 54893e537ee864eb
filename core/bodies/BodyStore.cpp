// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bodies/BodyStore.h"

#include <array>

namespace farthing {

namespace {

/// "FRTB"
constexpr std::int64_t applicationId = 0x46525442;

Result<void> makeTables(Database &database)
{
    return database.execute(
        "CREATE TABLE identity (id INTEGER PRIMARY KEY CHECK (id = 1), salt BLOB NOT NULL, key_check BLOB "
        "NOT "
        "NULL, key_place TEXT NOT NULL) STRICT;"
        "CREATE TABLE bodies (id INTEGER PRIMARY KEY, event_id BLOB NOT NULL, side INTEGER NOT NULL, time "
        "INTEGER NOT NULL, workflow TEXT NOT NULL, bytes INTEGER NOT NULL, record BLOB NOT NULL) STRICT;"
        "CREATE UNIQUE INDEX bodies_by_name ON bodies (event_id, side);"
        "CREATE INDEX bodies_by_time ON bodies (time, workflow, bytes);");
}

/// What is deleted is overwritten, and the file can be made shorter.
const Schema &schema()
{
    static constexpr std::array<Migration, 1> steps = {makeTables};
    static const Schema schema = {
        applicationId, steps,
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1024;"
        "PRAGMA journal_size_limit = 1048576; PRAGMA wal_autocheckpoint = 250"};
    return schema;
}

std::string_view bytesOf(const Uuid &id)
{
    return {reinterpret_cast<const char *>(id.bytes.data()), id.bytes.size()};
}

} // namespace

Result<BodyStore> BodyStore::open(const std::filesystem::path &path, Database::Access access)
{
    auto database = Database::open(path, access, schema());
    if (!database)
        return database.error();
    return BodyStore(*std::move(database));
}

Result<std::optional<BodyStore::Identity>> BodyStore::identity()
{
    auto query = m_database.prepare("SELECT salt, key_check, key_place FROM identity");
    if (!query)
        return query.error();
    switch (query->step()) {
    case Statement::Step::Failed:
        return m_database.lastError();
    case Statement::Step::Done:
        return std::optional<Identity>();
    case Statement::Step::Row:
        break;
    }
    return std::optional(
        Identity{std::string(query->bytes(0)), std::string(query->bytes(1)), std::string(query->bytes(2))});
}

Result<void> BodyStore::setIdentity(const Identity &identity)
{
    auto insert = m_database.prepare("INSERT OR REPLACE INTO identity VALUES (1, ?, ?, ?)");
    if (!insert)
        return insert.error();
    insert->bindBlob(1, identity.salt);
    insert->bindBlob(2, identity.keyCheck);
    insert->bind(3, std::string_view(identity.keyPlace));
    return insert->run() ? Result<void>() : m_database.lastError();
}

Result<bool> BodyStore::isEmpty()
{
    const auto some = m_database.integer("SELECT EXISTS (SELECT 1 FROM bodies)");
    if (!some)
        return some.error();
    return *some == 0;
}

Result<BodyStore::Usage> BodyStore::usage()
{
    auto query = m_database.prepare("SELECT count(*), (SELECT count(DISTINCT event_id) FROM bodies), "
                                    "total(bytes), min(time) FROM bodies");
    if (!query)
        return query.error();
    if (query->step() != Statement::Step::Row)
        return m_database.lastError();
    Usage usage{query->integer(0), query->integer(1), query->integer(2), std::nullopt};
    if (!query->isNull(3))
        usage.oldest = fromMicros(query->integer(3));
    return usage;
}

Result<std::optional<BodyStore::Row>> BodyStore::find(const BodyName &name)
{
    auto query =
        m_database.prepare("SELECT time, workflow, record FROM bodies WHERE event_id = ? AND side = ?");
    if (!query)
        return query.error();
    query->bindBlob(1, bytesOf(name.event));
    query->bind(2, static_cast<std::int64_t>(name.side));
    switch (query->step()) {
    case Statement::Step::Failed:
        return m_database.lastError();
    case Statement::Step::Done:
        return std::optional<Row>();
    case Statement::Step::Row:
        break;
    }
    return std::optional(
        Row{fromMicros(query->integer(0)), std::string(query->bytes(1)), std::string(query->bytes(2))});
}

Result<void> BodyStore::insert(const BodyName &name, Timestamp time, std::string_view workflow,
                               std::string_view record)
{
    auto insert = m_database.prepare(
        "INSERT INTO bodies (event_id, side, time, workflow, bytes, record) VALUES (?, ?, ?, ?, ?, ?)");
    if (!insert)
        return insert.error();
    insert->bindBlob(1, bytesOf(name.event));
    insert->bind(2, static_cast<std::int64_t>(name.side));
    insert->bind(3, toMicros(time));
    insert->bind(4, workflow);
    insert->bind(5, static_cast<std::int64_t>(record.size()));
    insert->bindBlob(6, record);
    return insert->run() ? Result<void>() : m_database.lastError();
}

Result<std::int64_t> BodyStore::usedBytes()
{
    std::array<std::int64_t, 3> values{};
    for (auto [value, sql] : {std::pair(&values[0], "PRAGMA page_count"),
                              {&values[1], "PRAGMA freelist_count"},
                              {&values[2], "PRAGMA page_size"}}) {
        const auto read = m_database.integer(sql);
        if (!read)
            return read.error();
        *value = *read;
    }
    return (values[0] - values[1]) * values[2];
}

Result<bool> BodyStore::shrinkTo(std::uint64_t bytes)
{
    for (;;) {
        const auto used = usedBytes();
        if (!used)
            return used.error();
        if (*used <= static_cast<std::int64_t>(bytes))
            return true;
        const auto empty = isEmpty();
        if (!empty)
            return empty.error();
        if (*empty)
            return false;
        if (auto done = m_database.execute(
                "DELETE FROM bodies WHERE id IN (SELECT id FROM bodies ORDER BY time LIMIT 8)");
            !done)
            return done.error();
    }
}

Result<std::int64_t> BodyStore::remove(const std::optional<std::string> &workflow,
                                       const std::optional<Timestamp> &before)
{
    auto remove = m_database.prepare(
        "DELETE FROM bodies WHERE (?1 IS NULL OR workflow = ?1) AND (?2 IS NULL OR time < ?2)");
    if (!remove)
        return remove.error();
    if (workflow)
        remove->bind(1, std::string_view(*workflow));
    if (before)
        remove->bind(2, toMicros(*before));
    if (!remove->run())
        return m_database.lastError();
    return m_database.integer("SELECT changes()");
}

Result<void> BodyStore::giveSpaceBack(std::int64_t atLeast)
{
    const auto pages = m_database.integer("PRAGMA freelist_count");
    const auto size = m_database.integer("PRAGMA page_size");
    if (!pages || !size)
        return !pages ? pages.error() : size.error();
    if (*pages * *size < atLeast)
        return {};
    return m_database.execute("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)");
}

} // namespace farthing
