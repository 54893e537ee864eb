// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/OpenAiUsageLog.h"

#include "core/base/Decimal.h"
#include "core/base/FastHash.h"
#include "core/base/JsonDepth.h"
#include "core/base/Utf8.h"
#include "core/ingest/ForeignCall.h"
#include "core/ingest/SpanAttributes.h"
#include "core/ingest/logs/TimeFormat.h"
#include "core/model/Untagged.h"
#include "core/model/semconv.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace farthing {

using nlohmann::json;

namespace {

constexpr std::string_view completions = "organization.usage.completions.result";
constexpr std::string_view embeddings = "organization.usage.embeddings.result";
constexpr auto longestBucket = std::chrono::days(366);

std::string plainText(const json &value)
{
    if (value.is_null())
        return {};
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// "270", and "270.0", as the CSV has it.
Result<std::int64_t> countOf(const std::string &text, std::string_view column)
{
    const ScaledDecimal count = parseScaledDecimal(text.empty() ? "0" : text, 0);
    if (count.status != DecimalStatus::Ok || count.value < 0)
        return Error{"'" + excerpt(text) + "' is not a whole number of 0 or more", std::string(column)};
    return count.value;
}

std::string place(const char *of, std::size_t index)
{
    return std::string(of) + " " + std::to_string(index + 1);
}

} // namespace

const std::array<std::string_view, OpenAiUsageLog::columnCount> OpenAiUsageLog::columnNames = {
    "object",
    "start_time",
    "end_time",
    "num_model_requests",
    "input_tokens",
    "input_cached_tokens",
    "input_cache_write_tokens",
    "output_tokens",
    "input_audio_tokens",
    "output_audio_tokens",
    "project_id",
    "user_id",
    "api_key_id",
    "model",
    "batch",
    "service_tier"};

std::optional<std::size_t> OpenAiUsageLog::columnOf(std::string_view name)
{
    const auto found = std::ranges::find(columnNames, name);
    return found == columnNames.end() ? std::nullopt
                                      : std::optional(static_cast<std::size_t>(found - columnNames.begin()));
}

Result<void> OpenAiUsageLog::setCounts(const Row &row, CallSum &sum)
{
    TokenUsage &usage = sum.event.usage;
    for (const auto &[column, count] :
         {std::pair(Input, &usage.input), std::pair(Cached, &usage.cachedInput),
          std::pair(Written, &usage.cacheWrite5m), std::pair(Output, &usage.output),
          std::pair(InputAudio, &usage.inputAudio), std::pair(OutputAudio, &usage.outputAudio)}) {
        const auto read = countOf(row[column], columnNames[column]);
        if (!read)
            return read.error();
        *count = *read;
    }
    const auto calls = countOf(row[Requests], columnNames[Requests]);
    if (!calls)
        return calls.error();
    sum.calls = static_cast<std::uint64_t>(*calls);
    if (sum.calls > mostCalls)
        return Error{std::to_string(sum.calls) + " are more than the " + std::to_string(mostCalls) +
                         " that a bucket may have",
                     std::string(columnNames[Requests])};
    if (sum.calls == 0 && usage != TokenUsage{})
        return Error{"is 0, but there are tokens", std::string(columnNames[Requests])};
    return {};
}

Result<std::optional<CallSum>> OpenAiUsageLog::sumOf(const Row &row, RowCounts &counts)
{
    CallSum sum;
    if (row[Object] != completions && row[Object] != embeddings)
        return Error{"'" + excerpt(row[Object]) +
                         "' is not imported; usage of completions and of embeddings is",
                     std::string(columnNames[Object])};
    if (auto set = setCounts(row, sum); !set)
        return set.error();
    if (sum.calls == 0)
        return std::optional<CallSum>();
    static const TimeFormat seconds = *TimeFormat::of("unix");
    for (const auto &[column, time] : {std::pair(Start, &sum.start), std::pair(End, &sum.end)}) {
        const auto read = seconds.read(row[column]);
        if (!read)
            return read.error().at(std::string(columnNames[column]));
        *time = *read;
    }
    if (sum.end <= sum.start || sum.end - sum.start > longestBucket)
        return Error{"is not behind start_time by up to a year", std::string(columnNames[End])};
    if (row[Model].empty())
        return Error{"is missing: ask the API with group_by=model", std::string(columnNames[Model])};
    CostEvent &event = sum.event;
    event.provider = "openai";
    event.endpoint = row[Object] == embeddings ? semconv::operation::embeddings : semconv::operation::chat;
    event.requestModel = event.sentModel = event.responseModel = textOf(row[Model]);
    event.workflow = row[Project].empty() ? std::string(untagged) : textOf(row[Project]);
    event.feature = textOf(row[ApiKey]);
    event.user = textOf(row[User]);
    event.serviceTier = textOf(row[ServiceTier]);
    event.batch = lowerCase(row[Batch]) == "true";
    event.status = 200;
    event.usageSource = UsageSource::Provider;
    event.tags.emplace_back("share_of_calls", std::to_string(sum.calls));
    for (const Column part : {Object, Start, End, Project, User, ApiKey, Model, ServiceTier})
        sum.key.append(row[part]).push_back('\x1f');
    sum.key += event.batch ? '1' : '0';
    sum.key.append("\x1f").append(std::to_string(counts.count(fastHash(sum.key))));
    // What is sound as a whole is so in its shares.
    event.time = sum.start;
    event.eventId = makeDerivedUuidV7(sum.start, sum.key);
    if (auto settled = settleEvent(event, GivenFields().set(), {}, nullptr); !settled)
        return settled.error();
    if (event.usage.outputAudio > event.usage.output)
        return Error{"are more than output_tokens", std::string(columnNames[OutputAudio])};
    return std::optional(std::move(sum));
}

Result<void> OpenAiUsageLog::take(std::string_view text, std::vector<CallSum> &out)
{
    const json root = tooDeepAt(text) ? json() : json::parse(text, nullptr, false);
    if (!root.is_object())
        return Error{"is no JSON object"};
    const bool isPage = root.contains("data") && root["data"].is_array();
    const json buckets = isPage ? root["data"] : json::array({root});
    std::vector<CallSum> sums;
    for (std::size_t b = 0; b < buckets.size(); ++b) {
        const json &bucket = buckets[b];
        const auto at = [&](const Error &error) { return isPage ? error.at(place("bucket", b)) : error; };
        if (!bucket.is_object() || !bucket.contains("results") || !bucket["results"].is_array())
            return at({"is no bucket of usage: it has no list 'results'"});
        RowCounts counts;
        const json &results = bucket["results"];
        for (std::size_t r = 0; r < results.size(); ++r) {
            Row row;
            for (const json *const object : {&results[r], &bucket})
                for (std::size_t column = 0; object->is_object() && column < columnCount; ++column)
                    if (const auto value = object->find(columnNames[column]);
                        value != object->end() && row[column].empty())
                        row[column] = plainText(*value);
            auto sum = sumOf(row, counts);
            if (!sum)
                return at(sum.error().at(place("result", r)));
            if (*sum)
                sums.push_back(**std::move(sum));
        }
    }
    std::ranges::move(sums, std::back_inserter(out));
    return {};
}

Result<void> OpenAiUsageLog::setColumns(const std::vector<std::string> &names)
{
    m_columns.clear();
    m_counts = {};
    for (const std::string &name : names)
        m_columns.push_back(columnOf(name));
    for (const Column needed : {Start, End, Requests, Input, Model})
        if (std::ranges::count(m_columns, std::optional<std::size_t>(needed)) != 1)
            return Error{"the header has no column '" + std::string(columnNames[needed]) +
                         "': this is no usage of completions or embeddings"};
    m_hasOutput = std::ranges::count(m_columns, std::optional<std::size_t>(Output)) == 1;
    return {};
}

Result<void> OpenAiUsageLog::take(const std::vector<std::string> &cells, std::vector<CallSum> &out)
{
    Row row;
    for (std::size_t i = 0; i < cells.size() && i < m_columns.size(); ++i)
        if (m_columns[i])
            row[*m_columns[i]] = cells[i];
    if (row[Object].empty())
        row[Object] = m_hasOutput ? completions : embeddings;
    auto sum = sumOf(row, m_counts);
    if (!sum)
        return sum.error();
    if (*sum)
        out.push_back(**std::move(sum));
    return {};
}

} // namespace farthing
