// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/HttpFetch.h"

#include <curl/curl.h>
#include <memory>

namespace farthing {

namespace {

constexpr long redirects = 5;

struct Sink
{
    std::string body;
    std::size_t most;
};

std::size_t take(char *bytes, std::size_t, std::size_t count, void *into)
{
    auto &sink = *static_cast<Sink *>(into);
    if (sink.body.size() + count > sink.most)
        return 0;
    sink.body.append(bytes, count);
    return count;
}

} // namespace

Result<HttpAnswer> httpGet(const std::string &url, long timeoutMs, std::size_t maxBytes,
                           const std::string &header)
{
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), curl_easy_cleanup);
    if (!easy)
        return Error{"libcurl cannot be started", url};
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
        header.empty() ? nullptr : curl_slist_append(nullptr, header.c_str()), curl_slist_free_all);
    Sink sink{{}, maxBytes};
    char reason[CURL_ERROR_SIZE] = "";
    curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy.get(), CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy.get(), CURLOPT_FOLLOWLOCATION, header.empty() ? 1L : 0L);
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy.get(), CURLOPT_MAXREDIRS, redirects);
    curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, timeoutMs);
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "farthingctl/" FARTHING_VERSION);
    curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &sink);
    const CURLcode code = curl_easy_perform(easy.get());
    if (code == CURLE_WRITE_ERROR)
        return Error{"the answer is longer than " + std::to_string(maxBytes) + " bytes", url};
    if (code != CURLE_OK)
        return Error{reason[0] != '\0' ? reason : curl_easy_strerror(code), url};
    HttpAnswer answer;
    curl_off_t microseconds = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(easy.get(), CURLINFO_TOTAL_TIME_T, &microseconds);
    answer.milliseconds = static_cast<double>(microseconds) / 1000.0;
    answer.body = std::move(sink.body);
    return answer;
}

} // namespace farthing
