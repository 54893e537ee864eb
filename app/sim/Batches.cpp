// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Batches.h"

#include "app/sim/WireError.h"
#include "core/base/JsonDepth.h"

#include <utility>

namespace farthing::sim {

namespace {

constexpr const char *kJson = "application/json";
constexpr const char *kLines = "application/x-jsonl";
constexpr std::int64_t kDayS = 86'400;

std::string afterLast(const std::string &path, std::string_view marker)
{
    const std::size_t at = path.rfind(marker);
    return at == std::string::npos ? std::string() : path.substr(at + marker.size());
}

std::string timeText(std::int64_t seconds)
{
    return formatRfc3339(fromMicros(seconds * 1'000'000));
}

Reply replyWith(const Json &json)
{
    Reply reply;
    reply.body = dump(json);
    return reply;
}

/// The part called "file" of a multipart/form-data body.
std::optional<std::string> uploadedFile(const HttpCall &call)
{
    std::string boundary = afterLast(call.header("content-type"), "boundary=");
    if (boundary.size() >= 2 && boundary.front() == '"')
        boundary = boundary.substr(1, boundary.find('"', 1) - 1);
    const std::size_t name = call.body.find("name=\"file\"");
    if (boundary.empty() || name == std::string::npos)
        return std::nullopt;
    const std::size_t head = call.body.find("\r\n\r\n", name);
    const std::size_t end = call.body.find("\r\n--" + boundary, name);
    if (head == std::string::npos || end == std::string::npos || end < head + 4)
        return std::nullopt;
    return call.body.substr(head + 4, end - head - 4);
}

std::vector<std::string> linesOf(const std::string &text)
{
    std::vector<std::string> lines;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        if (end > from)
            lines.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return lines;
}

} // namespace

bool Batches::isUpload(const HttpCall &call)
{
    return call.method == "POST" && call.path.ends_with("/files");
}

std::optional<Outcome> Batches::handle(Wire wire, const HttpCall &call, const Json &body)
{
    const std::string &path = call.path;
    const bool posts = call.method == "POST";
    if (wire == Wire::Gemini) {
        if (posts && path.ends_with(":batchGenerateContent"))
            return createGemini(call, body);
        const std::string id = afterLast(path, "/batches/");
        return posts || id.empty() ? std::nullopt : std::optional<Outcome>(stored("batches/" + id, kJson));
    }
    if (posts && path.ends_with("/batches"))
        return wire == Wire::Anthropic ? createAnthropic(call, body) : createOpenAi(call, body);
    if (isUpload(call))
        return uploadFile(call);
    if (call.method == "DELETE" && wire == Wire::OpenAi)
        if (const std::string id = afterLast(path, "/files/"); !id.empty())
            return removeFile(id);
    if (call.method != "GET" && call.method != "HEAD")
        return std::nullopt;
    for (const std::string_view folder : {"/batches/", "/files/"}) {
        std::string id = afterLast(path, folder);
        const bool content = id.ends_with("/content") || id.ends_with("/results");
        if (content)
            id = id.substr(0, id.rfind('/')) + "/content";
        if (!id.empty())
            return stored(id, content ? kLines : kJson);
    }
    return std::nullopt;
}

Outcome Batches::removeFile(const std::string &id)
{
    const bool described = m_store.erase(id);
    const bool there = m_store.erase(id + "/content") || described;
    if (!there)
        return ApiError{404, "No such File object: " + id};
    return replyWith({{"id", id}, {"object", "file"}, {"deleted", true}});
}

Outcome Batches::stored(const std::string &id, const char *contentType) const
{
    const std::string *content = m_store.find(id);
    if (!content)
        return ApiError{404, "No such object: " + id};
    Reply reply;
    reply.contentType = contentType;
    reply.body = *content;
    return reply;
}

std::pair<Json, int> Batches::runItem(Wire wire, const HttpCall &call, const std::string &path,
                                      const Json &body)
{
    HttpCall item{"POST", path, {}, call.headers, {}};
    Json single = body;
    if (single.is_object())
        single.erase("stream");
    Outcome outcome = m_run(item, single);
    const auto *error = std::get_if<ApiError>(&outcome);
    const Reply reply =
        error ? errorReply(wire, *error, "req_" + m_engine.freshId(24)) : std::get<Reply>(std::move(outcome));
    return {Json::parse(reply.body, nullptr, false), reply.status};
}

Outcome Batches::uploadFile(const HttpCall &call)
{
    std::optional<std::string> content = uploadedFile(call);
    if (!content)
        return ApiError{400, "Missing required parameter: 'file'.", "missing_required_parameter", "file"};
    const std::string id = "file-" + m_engine.freshId(22);
    const Json file = {{"id", id},
                       {"object", "file"},
                       {"bytes", content->size()},
                       {"created_at", m_engine.nowSeconds()},
                       {"filename", "batch.jsonl"},
                       {"purpose", "batch"},
                       {"status", "processed"}};
    m_store.put(id, dump(file));
    m_store.put(id + "/content", std::move(*content));
    return replyWith(file);
}

Outcome Batches::createOpenAi(const HttpCall &call, const Json &body)
{
    const std::string *input = m_store.find(textOf(body, "input_file_id") + "/content");
    if (!input)
        return ApiError{400, "Invalid 'input_file_id': no such file.", "", "input_file_id"};
    std::string lines;
    std::int64_t count = 0;
    std::int64_t failed = 0;
    for (const std::string &line : linesOf(*input)) {
        const Json request = tooDeepAt(line) ? Json() : Json::parse(line, nullptr, false);
        const Json *itemBody = member(request, "body");
        if (!itemBody)
            return ApiError{400,
                            "Line " + std::to_string(count + 1) + " of the input file is no batch request.",
                            "", "input_file_id"};
        auto [answer, status] = runItem(Wire::OpenAi, call, textOf(request, "url"), *itemBody);
        ++count;
        failed += status >= 400 ? 1 : 0;
        const Json response = {
            {"status_code", status}, {"request_id", m_engine.freshId(24)}, {"body", std::move(answer)}};
        lines += dump({{"id", "batch_req_" + m_engine.freshId(24)},
                       {"custom_id", textOf(request, "custom_id")},
                       {"response", response},
                       {"error", nullptr}}) +
                 '\n';
    }
    const std::string id = "batch_" + m_engine.freshId(24);
    const std::string outputId = "file-" + m_engine.freshId(22);
    const std::int64_t now = m_engine.nowSeconds();
    Json batch = {{"id", id},
                  {"object", "batch"},
                  {"endpoint", textOf(body, "endpoint")},
                  {"errors", nullptr},
                  {"input_file_id", textOf(body, "input_file_id")},
                  {"completion_window", "24h"},
                  {"status", "validating"},
                  {"output_file_id", nullptr},
                  {"error_file_id", nullptr},
                  {"created_at", now},
                  {"expires_at", now + kDayS},
                  {"request_counts", {{"total", count}, {"completed", 0}, {"failed", 0}}}};
    if (const Json *metadata = member(body, "metadata"))
        batch["metadata"] = *metadata;
    const Json created = batch;
    batch["status"] = "completed";
    batch["output_file_id"] = outputId;
    batch["completed_at"] = now;
    batch["request_counts"] = {{"total", count}, {"completed", count - failed}, {"failed", failed}};
    m_store.put(id, dump(batch));
    m_store.put(outputId + "/content", std::move(lines));
    return replyWith(created);
}

Outcome Batches::createAnthropic(const HttpCall &call, const Json &body)
{
    const Json *requests = member(body, "requests");
    if (!requests || !requests->is_array() || requests->empty())
        return ApiError{400, "requests: Field required"};
    std::string lines;
    std::int64_t errored = 0;
    for (const Json &request : *requests) {
        const Json *params = member(request, "params");
        auto [answer, status] =
            runItem(Wire::Anthropic, call, "/v1/messages", params ? *params : Json::object());
        const bool ok = status < 400;
        errored += ok ? 0 : 1;
        Json result = {{"type", ok ? "succeeded" : "errored"}};
        result[ok ? "message" : "error"] = std::move(answer);
        lines += dump({{"custom_id", textOf(request, "custom_id")}, {"result", std::move(result)}}) + '\n';
    }
    const auto count = static_cast<std::int64_t>(requests->size());
    const auto counts = [](std::int64_t processing, std::int64_t succeeded, std::int64_t failed) -> Json {
        return {{"processing", processing},
                {"succeeded", succeeded},
                {"errored", failed},
                {"canceled", 0},
                {"expired", 0}};
    };
    const std::string id = "msgbatch_01" + m_engine.freshId(22);
    const std::int64_t now = m_engine.nowSeconds();
    Json batch = {{"id", id},
                  {"type", "message_batch"},
                  {"processing_status", "in_progress"},
                  {"request_counts", counts(count, 0, 0)},
                  {"ended_at", nullptr},
                  {"created_at", timeText(now)},
                  {"expires_at", timeText(now + kDayS)},
                  {"archived_at", nullptr},
                  {"cancel_initiated_at", nullptr},
                  {"results_url", nullptr}};
    const Json created = batch;
    batch["processing_status"] = "ended";
    batch["request_counts"] = counts(0, count - errored, errored);
    batch["ended_at"] = timeText(now);
    batch["results_url"] = "http://" + call.header("host") + "/v1/messages/batches/" + id + "/results";
    m_store.put(id, dump(batch));
    m_store.put(id + "/content", std::move(lines));
    return replyWith(created);
}

Outcome Batches::createGemini(const HttpCall &call, const Json &body)
{
    const Json *batch = member(body, "batch");
    const Json *config = batch ? member(*batch, "inputConfig") : nullptr;
    const Json *outer = config ? member(*config, "requests") : nullptr;
    const Json *requests = outer ? member(*outer, "requests") : nullptr;
    if (!requests || !requests->is_array() || requests->empty())
        return ApiError{400,
                        "* BatchGenerateContentRequest.batch.input_config: inline requests are expected"};
    const std::string path = call.path.substr(0, call.path.rfind(':')) + ":generateContent";
    Json responses = Json::array();
    std::int64_t failed = 0;
    for (const Json &item : *requests) {
        const Json *request = member(item, "request");
        auto [answer, status] = runItem(Wire::Gemini, call, path, request ? *request : Json::object());
        failed += status >= 400 ? 1 : 0;
        Json response = Json::object();
        if (status >= 400)
            response["error"] = answer["error"];
        else
            response["response"] = std::move(answer);
        if (const Json *metadata = member(item, "metadata"))
            response["metadata"] = *metadata;
        responses.push_back(std::move(response));
    }
    const std::string name = "batches/" + m_engine.freshId(24);
    const std::string now = timeText(m_engine.nowSeconds());
    const std::string count = std::to_string(requests->size());
    Json metadata = {
        {"@type", "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch"},
        {"model", "models/" + afterLast(path.substr(0, path.rfind(':')), "/")},
        {"displayName", textOf(*batch, "displayName")},
        {"createTime", now},
        {"updateTime", now},
        {"batchStats", {{"requestCount", count}, {"pendingRequestCount", count}}},
        {"state", "BATCH_STATE_PENDING"},
        {"name", name}};
    const Json created = {{"name", name}, {"metadata", metadata}};
    const Json inlined = {{"inlinedResponses", {{"inlinedResponses", std::move(responses)}}}};
    metadata["state"] = "BATCH_STATE_SUCCEEDED";
    metadata["endTime"] = now;
    metadata["batchStats"] = {
        {"requestCount", count},
        {"successfulRequestCount", std::to_string(static_cast<std::int64_t>(requests->size()) - failed)}};
    metadata["output"] = inlined;
    Json response = {
        {"@type", "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch"}};
    response.update(inlined);
    m_store.put(
        name,
        dump({{"name", name}, {"metadata", metadata}, {"done", true}, {"response", std::move(response)}}));
    return replyWith(created);
}

} // namespace farthing::sim
