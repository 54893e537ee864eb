// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Thousands.h"
#include "app/ctl/Commands.h"
#include "app/ctl/Finding.h"
#include "app/ctl/HttpFetch.h"
#include "app/ctl/Table.h"

#include "core/base/Files.h"
#include "core/config/AccessToken.h"
#include "core/config/Config.h"
#include "core/config/ListenAddress.h"
#include "core/store/Database.h"
#include "core/store/QueryService.h"
#include "core/store/retention/Compaction.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <unistd.h>

namespace farthing {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr long answerMs = 5'000;
constexpr std::size_t healthBytes = std::size_t(1) << 20;
constexpr std::uint64_t checkedWithoutAsking = 2'000'000'000;
constexpr std::uintmax_t littleSpace = 1'000'000'000; ///< bytes: about a million events and the log
constexpr fs::perms otherUsers = fs::perms::group_all | fs::perms::others_all;

struct Options
{
    bool offline = false;
    bool deep = false;
    bool verify = false;
    bool rebuild = false;
    bool compact = false;
    bool json = false;
};

std::string dayOf(Timestamp time)
{
    return formatRfc3339(time).substr(0, std::string_view("2026-11-27").size());
}

const char *nameOf(Verdict verdict)
{
    return verdict == Verdict::Ok ? "ok" : verdict == Verdict::Warning ? "warning" : "FAILED";
}

class Doctor
{
public:
    Doctor(const Context &context, const Options &options)
        : m_context(context)
        , m_dir(context.dir())
        , m_options(options)
    {}

    std::vector<Finding> examine()
    {
        program();
        folders();
        files();
        store();
        journal();
        m_findings.push_back(bodiesFinding(m_dir, m_config.bodies));
        proxy();
        if (!m_options.offline)
            upstreams();
        return std::move(m_findings);
    }

private:
    void say(std::string what, Verdict verdict, std::string text)
    {
        m_findings.push_back({std::move(what), verdict, std::move(text)});
    }
    void say(std::string what, const Error &error)
    {
        say(std::move(what), Verdict::Failed, error.toString());
    }

    void program()
    {
        std::error_code ignored;
        const fs::path own = fs::read_symlink("/proc/self/exe", ignored);
        const fs::path daemon = own.parent_path() / "farthingd";
        if (::access(daemon.c_str(), X_OK) == 0)
            say("installation", Verdict::Ok,
                "farthing " FARTHING_VERSION " in " + own.parent_path().string());
        else
            say("installation", Verdict::Warning, "no farthingd beside " + own.string());
    }

    /// Whether a file is there; one that cannot even be looked for is a finding, and counts as missing.
    bool isThere(const std::string &what, const fs::path &path)
    {
        std::error_code failure;
        const bool there = fs::exists(path, failure);
        if (failure)
            say(what, Verdict::Failed, path.string() + ": " + failure.message());
        return there && !failure;
    }

    void modeOf(const std::string &what, const fs::path &path, fs::perms forbidden, const char *fit)
    {
        std::error_code ignored;
        const fs::file_status found = fs::status(path, ignored);
        if (fs::exists(found) && (found.permissions() & forbidden) != fs::perms::none)
            say(what, Verdict::Warning, path.string() + " is open to other users: chmod " + fit + " it");
    }

    void folders()
    {
        std::set<fs::path> seen;
        for (const fs::path &folder :
             {m_dir.database().parent_path(), m_dir.config().parent_path(), m_dir.lock().parent_path()}) {
            if (!seen.insert(folder).second)
                continue;
            const std::size_t before = m_findings.size();
            if (!isThere("folder", folder)) {
                if (m_findings.size() == before)
                    toBeMade(folder);
            } else if (::access(folder.c_str(), W_OK | X_OK) != 0) {
                say("folder", Verdict::Failed, folder.string() + " cannot be written to");
            } else {
                modeOf("folder", folder, fs::perms::others_all, "700");
                space(folder);
                if (m_findings.size() == before)
                    say("folder", Verdict::Ok, folder.string());
            }
        }
    }

    void toBeMade(const fs::path &folder)
    {
        fs::path existing = fs::absolute(folder);
        std::error_code ignored;
        while (existing.has_relative_path() && !fs::exists(existing, ignored))
            existing = existing.parent_path();
        if (::access((existing / ".").c_str(), W_OK | X_OK) == 0)
            say("folder", Verdict::Ok, folder.string() + " is not there yet");
        else
            say("folder", Verdict::Failed,
                folder.string() + " cannot be made in " + existing.string() + ": " + std::strerror(errno));
    }

    void space(const fs::path &folder)
    {
        std::error_code failure;
        const fs::space_info info = fs::space(folder, failure);
        if (!failure && info.available < littleSpace)
            say("folder", Verdict::Warning,
                "only " + withThousands(static_cast<std::int64_t>(info.available / 1'000'000)) +
                    " MB are free where " + folder.string() + " is");
    }

    void files()
    {
        if (const auto token = AccessToken::load(m_dir.token()); !token)
            say("token", token.error());
        modeOf("anatomy.key", m_dir.secret(), otherUsers, "600");
        modeOf("bodies", m_dir.bodies(), otherUsers, "600");
        for (const fs::path &file : {m_dir.config(), m_dir.prices(), m_dir.routing()})
            modeOf(file.filename().string(), file, fs::perms::group_write | fs::perms::others_write, "go-w");
        const std::size_t before = m_findings.size();
        if (!isThere("farthing.json", m_dir.config())) {
            if (m_findings.size() == before)
                say("farthing.json", Verdict::Ok, "none: the defaults hold");
        } else if (const auto text = readFile(m_dir.config()); !text)
            say("farthing.json", text.error());
        else if (auto parsed = parseConfig(*text); !parsed)
            say("farthing.json", parsed.error().at(m_dir.config().string()));
        else {
            m_config = *std::move(parsed);
            say("farthing.json", Verdict::Ok, std::to_string(m_config.upstreams.size()) + " upstreams");
        }
        if (auto effective = withEnvironment(m_config); effective)
            m_config = *std::move(effective);
        else
            say("environment", effective.error());
        if (const auto book = m_context.prices(); book)
            say("prices", Verdict::Ok,
                std::to_string((*book)->entries().size()) + " prices of " + (*book)->version());
        else
            say("prices", book.error());
    }

    void store()
    {
        const fs::path path = m_dir.database();
        const std::size_t before = m_findings.size();
        if (!isThere("store", path)) {
            if (m_findings.size() == before)
                say("store", Verdict::Ok, "none yet: the proxy makes it");
            return;
        }
        const auto service = QueryService::open(path);
        const auto summary = service ? (*service)->summary() : Result<StoreSummary>(service.error());
        if (!summary) {
            say("store", summary.error());
            return;
        }
        say("store", Verdict::Ok,
            withThousands(static_cast<std::int64_t>(summary->events)) + " events, " +
                withThousands(static_cast<std::int64_t>(summary->unpriced)) + " unpriced, " +
                withThousands(static_cast<std::int64_t>(summary->databaseBytes / 1000)) + " kB" +
                (summary->eventsSince ? "; events since " + dayOf(*summary->eventsSince) : "") +
                (summary->sumsSince ? ", sums since " + dayOf(*summary->sumsSince) : ""));
        modeOf("store", path, otherUsers, "600");
        if (m_options.compact)
            compact(path);
        if (summary->databaseBytes > checkedWithoutAsking && !m_options.deep)
            say("integrity", Verdict::Ok, "not checked, the store is large: --deep checks it");
        else
            integrity(path);
        if (m_options.verify || m_options.rebuild)
            m_findings.push_back(rollupsFinding(path, m_options.rebuild));
    }

    void compact(const fs::path &path)
    {
        const auto compacted = compactStore(path);
        if (!compacted)
            return say("compact", compacted.error());
        const auto kilobytes = [](std::uint64_t bytes) {
            return withThousands(static_cast<std::int64_t>(bytes / 1000)) + " kB";
        };
        say("compact", Verdict::Ok,
            "the store took " + kilobytes(compacted->before) + " and takes " + kilobytes(compacted->after));
    }

    void integrity(const fs::path &path)
    {
        auto database = Database::open(path, Database::Access::ReadOnly);
        auto check =
            database ? database->prepare("PRAGMA quick_check(1)") : Result<Statement>(database.error());
        if (!check) {
            say("integrity", check.error());
            return;
        }
        if (check->step() != Statement::Step::Row)
            say("integrity", database->lastError());
        else if (const std::string answer(check->bytes(0)); answer != "ok")
            say("integrity", Verdict::Failed, answer);
        else
            say("integrity", Verdict::Ok, "SQLite finds the store sound");
    }

    void journal()
    {
        std::error_code ignored;
        std::error_code failure;
        std::uint64_t bytes = 0;
        std::size_t segments = 0;
        std::vector<std::string> unreadable;
        const fs::directory_iterator entries(m_dir.journal(), failure);
        if (failure && failure != std::errc::no_such_file_or_directory) {
            say("journal", Verdict::Failed, m_dir.journal().string() + ": " + failure.message());
            return;
        }
        modeOf("journal", m_dir.journal(), otherUsers, "700");
        for (const auto &entry : entries) {
            const std::string name = entry.path().filename().string();
            if (name.find("unreadable") != std::string::npos)
                unreadable.push_back(name);
            else
                ++segments;
            bytes += entry.is_regular_file(ignored) ? entry.file_size(ignored) : 0;
        }
        say("journal", Verdict::Ok,
            std::to_string(segments) + " segments, " +
                withThousands(static_cast<std::int64_t>(bytes / 1000)) + " kB of at most " +
                withThousands(static_cast<std::int64_t>(m_config.limits.journalMaxBytes / 1000)) + " kB");
        for (const std::string &name : unreadable)
            say("journal", Verdict::Warning, name + " holds records that could not be read");
    }

    void proxy()
    {
        const auto text = readFile(m_dir.serving());
        const Json serving = text ? Json::parse(*text, nullptr, false) : Json();
        const bool saysWhere =
            serving.is_object() && serving.contains("listen") && serving["listen"].is_string();
        if (!saysWhere && !FileLock::isHeld(m_dir.lock())) {
            say("proxy", Verdict::Warning, "none serves this data directory");
            return;
        }
        // A full disk takes no file that says where; most serve where they are told to.
        const std::string listen =
            addressForClients(saysWhere ? serving["listen"].get<std::string>() : m_config.listen);
        const auto token = AccessToken::load(m_dir.token());
        const auto answer =
            httpGet("http://" + listen + "/farthing/v1/health", answerMs, healthBytes,
                    token && *token ? "X-Farthing-Token: " + (*token)->text() : std::string());
        const Json health = answer ? Json::parse(answer->body, nullptr, false) : Json();
        if (!answer)
            say("proxy", Verdict::Failed,
                (saysWhere ? "it left " + m_dir.serving().string()
                           : "one holds this data directory without having said where it serves,") +
                    " but does not answer: " + answer.error().toString());
        else if (!health.is_object() || !health.contains("status"))
            say("proxy", Verdict::Failed, "another program answers at " + listen);
        else {
            if (health["status"] == "ok")
                say("proxy", Verdict::Ok, "serves at " + listen);
            else
                say("proxy", Verdict::Failed, "at " + listen + " is not well");
            for (Finding &finding : troublesOf(health))
                m_findings.push_back(std::move(finding));
        }
    }

    void upstreams()
    {
        for (const auto &[name, upstream] : m_config.upstreams) {
            const auto answer = httpGet(upstream.baseUrl, answerMs, healthBytes);
            if (answer)
                say("upstream " + name, Verdict::Ok,
                    upstream.baseUrl + " answers in " +
                        std::to_string(static_cast<int>(answer->milliseconds)) + " ms");
            else
                say("upstream " + name, Verdict::Warning, answer.error().toString());
        }
    }

    const Context &m_context;
    DataDir m_dir;
    Options m_options;
    Config m_config = defaultConfig();
    std::vector<Finding> m_findings;
};

ExitCode examine(const Context &context, const Options &options)
{
    const std::vector<Finding> findings = Doctor(context, options).examine();
    Table table;
    table.addColumn("What", Table::Align::Left);
    table.addColumn("", Table::Align::Left);
    table.addColumn("Finding", Table::Align::Left);
    Json list = Json::array();
    bool failed = false;
    for (const Finding &finding : findings) {
        failed = failed || finding.verdict == Verdict::Failed;
        table.addRow({finding.what, nameOf(finding.verdict), finding.text});
        list.push_back({{"what", finding.what},
                        {"verdict", finding.verdict == Verdict::Failed ? "failed" : nameOf(finding.verdict)},
                        {"finding", finding.text}});
    }
    if (options.json)
        std::cout << Json{{"ok", !failed}, {"findings", list}}.dump(2, ' ', false,
                                                                    Json::error_handler_t::replace)
                  << '\n';
    else
        std::cout << table.toText();
    return failed ? ExitCode::Failed : ExitCode::Ok;
}

} // namespace

void addDoctorCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const command = app.add_subcommand(
        "doctor", "Examine installation, configuration, store, journal, proxy and upstreams");
    const auto options = std::make_shared<Options>();
    command->add_flag("--offline", options->offline, "Ask no upstream");
    command->add_flag("--deep", options->deep, "Check the store's integrity, however large it is");
    command->add_flag("--verify", options->verify, "Sum all events up, and compare with the rollups");
    command->add_flag("--rebuild", options->rebuild,
                      "Make the rollups anew from the events, and verify them");
    command->add_flag(
        "--compact", options->compact,
        "Write the store anew without the space that removed events have left. Takes twice the room\n"
        "of what remains, beside it; the proxy keeps its events in the journal meanwhile");
    command->add_flag("--json", options->json, "The findings as JSON");
    command->callback([&context, &exit, options] { exit = examine(context, *options); });
}

} // namespace farthing
