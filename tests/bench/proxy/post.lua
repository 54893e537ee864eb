-- SPDX-License-Identifier: GPL-3.0-or-later
-- A chat completion request of 5 KB, as wrk sends it.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer bench"
wrk.headers["X-Farthing-Workflow"] = "bench"
wrk.body = '{"model":"gpt-4o","messages":[{"role":"system","content":"' .. string.rep("You are terse. ", 200)
    .. '"},{"role":"user","content":"' .. string.rep("What is a farthing? ", 95) .. '"}],"max_tokens":256}'
