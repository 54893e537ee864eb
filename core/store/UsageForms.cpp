// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/UsageForms.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace farthing {

namespace {

constexpr char placeholder = 1; // no text of JSON has this byte
constexpr std::size_t maxFigures = 63;
constexpr std::size_t maxFormText = 2048;
constexpr std::size_t maxForms =
    4096; ///< a provider that has more has none: its texts are stored as they are
constexpr std::size_t maxDigits = 18;

constexpr std::array counts = {
    &TokenUsage::input,        &TokenUsage::output,      &TokenUsage::cachedInput,
    &TokenUsage::reasoning,    &TokenUsage::inputAudio,  &TokenUsage::cacheWrite5m,
    &TokenUsage::cacheWrite1h, &TokenUsage::outputAudio, &TokenUsage::serverToolCalls};
constexpr std::uint8_t nowhere = 0;
/// Sources 1 to 9 are the counts; then what providers report as sums and differences of them.
constexpr std::uint8_t total = 10;
constexpr std::uint8_t uncachedInput = 11; // Anthropic's input_tokens
constexpr std::uint8_t visibleOutput = 12; // Gemini's candidatesTokenCount
constexpr std::uint8_t cacheWrites = 13;   // Anthropic's cache_creation_input_tokens
constexpr std::uint8_t lastSource = cacheWrites;

/// Unsigned, so that no sum of what a provider made up overflows.
std::uint64_t valueOf(std::uint8_t source, const TokenUsage &u)
{
    const auto number = [](std::int64_t count) { return static_cast<std::uint64_t>(count); };
    switch (source) {
    case nowhere:
        return 0;
    case total:
        return number(u.input) + number(u.output);
    case uncachedInput:
        return number(u.input) - number(u.cachedInput) - number(u.cacheWrite5m) - number(u.cacheWrite1h);
    case visibleOutput:
        return number(u.output) - number(u.reasoning);
    case cacheWrites:
        return number(u.cacheWrite5m) + number(u.cacheWrite1h);
    default:
        return source <= counts.size() ? number(u.*counts[source - 1U]) : 0;
    }
}

std::uint8_t sourceOf(std::uint64_t figure, const TokenUsage &usage)
{
    if (figure != 0)
        for (std::uint8_t source = 1; source <= lastSource; ++source)
            if (valueOf(source, usage) == figure)
                return source;
    return nowhere;
}

/// Sources for what was 0, or had none, wherever it was seen so far; empty where nothing new is to be learnt.
std::vector<std::uint8_t> learn(const std::vector<std::uint8_t> &sources,
                                const std::vector<std::uint64_t> &figures, const TokenUsage &usage)
{
    std::vector<std::uint8_t> learnt;
    for (std::size_t i = 0; i < figures.size(); ++i)
        if (sources[i] == nowhere && figures[i] != 0)
            if (const std::uint8_t source = sourceOf(figures[i], usage); source != nowhere) {
                if (learnt.empty())
                    learnt = sources;
                learnt[i] = source;
            }
    return learnt;
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// Where the text that begins with the quote at `at` is over.
std::size_t behindQuotes(std::string_view json, std::size_t at)
{
    for (;;) {
        const std::size_t end = json.find('"', at + 1);
        if (end == std::string_view::npos)
            return json.size();
        std::size_t escapes = 0;
        while (json[end - 1 - escapes] == '\\')
            ++escapes;
        if (escapes % 2 == 0)
            return end + 1;
        at = end;
    }
}

UsageForm formOf(const Statement &statement, int column)
{
    const std::string_view sources = statement.bytes(column + 1);
    return {std::string(statement.bytes(column)), {sources.begin(), sources.end()}};
}

} // namespace

std::uint64_t UsageForm::expected(std::size_t figure, const TokenUsage &usage) const
{
    return valueOf(sources[figure], usage);
}

Result<UsageFormDictionary> UsageFormDictionary::open(Database &database)
{
    auto all = database.prepare("SELECT id, text, sources FROM usage_forms ORDER BY id");
    auto insert = database.prepare("INSERT INTO usage_forms (text, sources) VALUES (?, ?)");
    if (!all || !insert)
        return database.lastError();
    return UsageFormDictionary(*std::move(all), *std::move(insert));
}

void UsageFormDictionary::forget()
{
    m_forms.clear();
    m_count = 0;
    m_loaded = false;
}

Result<void> UsageFormDictionary::load(Database &database)
{
    auto step = m_all.step();
    for (; step == Statement::Step::Row; step = m_all.step()) {
        UsageForm form = formOf(m_all, 1);
        std::string text = form.text;
        m_forms.insert_or_assign(std::move(text), Numbered{m_all.integer(0), std::move(form)});
        ++m_count;
    }
    m_all.reset();
    m_loaded = step == Statement::Step::Done;
    return m_loaded ? Result<void>() : database.lastError();
}

/// Digits outside of quotes are figures, unless they would not come back the same.
bool UsageFormDictionary::takeApart(std::string_view json)
{
    m_text.clear();
    m_figures.clear();
    if (json.find(placeholder) != std::string_view::npos)
        return false;
    std::size_t kept = 0; // behind what m_text has
    for (std::size_t i = 0; i < json.size();) {
        const char c = json[i];
        if (c == '"') {
            i = behindQuotes(json, i);
            continue;
        }
        if (!isDigit(c)) {
            ++i;
            continue;
        }
        std::size_t end = i + 1;
        while (end < json.size() && isDigit(json[end]))
            ++end;
        const bool comesBack = (c != '0' || end == i + 1) && end - i <= maxDigits;
        if (comesBack) {
            m_text.append(json, kept, i - kept);
            m_text.push_back(placeholder);
            std::from_chars(json.data() + i, json.data() + end, m_figures.emplace_back());
            kept = end;
        }
        i = end;
    }
    m_text.append(json, kept);
    return m_figures.size() <= maxFigures && m_text.size() <= maxFormText;
}

Result<void> UsageFormDictionary::number(Database &database, Numbered &numbered)
{
    m_insert.bindBlob(1, numbered.form.text);
    m_insert.bindBlob(
        2, {reinterpret_cast<const char *>(numbered.form.sources.data()), numbered.form.sources.size()});
    if (!m_insert.run())
        return database.lastError();
    numbered.number = database.lastInsertId();
    ++m_count;
    return {};
}

/// Null where there are too many.
Result<const UsageFormDictionary::Numbered *> UsageFormDictionary::formFor(Database &database,
                                                                           const TokenUsage &usage)
{
    if (!m_loaded)
        if (auto loaded = load(database); !loaded)
            return loaded.error();
    const auto known = m_forms.find(m_text);
    if (known == m_forms.end()) {
        if (m_count >= maxForms)
            return static_cast<const Numbered *>(nullptr);
        Numbered fresh{0, {m_text, std::vector<std::uint8_t>(m_figures.size(), nowhere)}};
        if (auto sources = learn(fresh.form.sources, m_figures, usage); !sources.empty())
            fresh.form.sources = std::move(sources);
        if (auto done = number(database, fresh); !done)
            return done.error();
        return &m_forms.insert_or_assign(m_text, std::move(fresh)).first->second;
    }
    Numbered &newest = known->second;
    auto sources = learn(newest.form.sources, m_figures, usage);
    if (m_count < maxForms && !sources.empty()) {
        newest.form.sources = std::move(sources);
        if (auto done = number(database, newest); !done)
            return done.error();
    }
    return &newest;
}

Result<void> UsageFormDictionary::write(Database &database, std::string_view json, const TokenUsage &usage,
                                        ByteWriter &out)
{
    const Numbered *numbered = nullptr;
    if (takeApart(json)) {
        const auto found = formFor(database, usage);
        if (!found)
            return found.error();
        numbered = *found;
    }
    if (numbered == nullptr) {
        out.unsignedInt(0);
        out.text(json);
        return {};
    }
    std::uint64_t unexpected = 0;
    for (std::size_t i = 0; i < m_figures.size(); ++i)
        if (numbered->form.expected(i, usage) != m_figures[i])
            unexpected |= std::uint64_t(1) << i;
    out.unsignedInt(static_cast<std::uint64_t>(numbered->number));
    out.unsignedInt(unexpected);
    for (std::size_t i = 0; i < m_figures.size(); ++i)
        if ((unexpected >> i & 1) != 0)
            out.unsignedInt(m_figures[i]);
    return {};
}

Result<UsageFormTable> UsageFormTable::open(Database &database)
{
    auto find = database.prepare("SELECT text, sources FROM usage_forms WHERE id = ?");
    if (!find)
        return find.error();
    return UsageFormTable(*std::move(find));
}

const UsageForm *UsageFormTable::form(std::int64_t number)
{
    if (const auto known = m_forms.find(number); known != m_forms.end())
        return &known->second;
    m_find.bind(1, number);
    const UsageForm *found = nullptr;
    if (m_find.step() == Statement::Step::Row)
        found = &m_forms.emplace(number, formOf(m_find, 0)).first->second;
    m_find.reset();
    return found;
}

bool UsageFormTable::read(ByteReader &in, const TokenUsage &usage, std::string &json)
{
    json.clear();
    const std::uint64_t number = in.unsignedInt();
    if (number == 0) {
        json = in.text();
        return in.ok();
    }
    const UsageForm *const known = form(static_cast<std::int64_t>(number));
    if (known == nullptr)
        return false;
    const std::uint64_t unexpected = in.unsignedInt();
    std::size_t figure = 0;
    for (const char c : known->text) {
        if (c != placeholder) {
            json.push_back(c);
            continue;
        }
        if (figure >= std::min(known->sources.size(), maxFigures))
            return false;
        const bool told = (unexpected >> figure & 1) != 0;
        json += std::to_string(told ? in.unsignedInt() : known->expected(figure, usage));
        ++figure;
    }
    return in.ok();
}

} // namespace farthing
