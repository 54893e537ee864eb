-- SPDX-License-Identifier: GPL-3.0-or-later
-- A chat completion request with a picture of REQUEST_BYTES that asks for REPLY_BYTES of text, as wrk sends it.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer bench"
wrk.headers["X-Farthing-Workflow"] = "bench"
wrk.headers["X-Reply-Bytes"] = os.getenv("REPLY_BYTES")
wrk.body = '{"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,'
    .. string.rep("iVBORw0KGgoAAAAN", math.floor(tonumber(os.getenv("REQUEST_BYTES")) / 16)) .. '"}}]}],"max_tokens":256}'
