# SPDX-License-Identifier: GPL-3.0-or-later
# What every comparison with nginx begins with; to be sourced. nginx as a plain reverse proxy and farthingd, metering
# and journalling, take turns on core 0; load and upstream have core 1.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for tool in nginx wrk taskset curl node; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
work=$(mktemp -d)
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT
read -r upstream plain metered < <(node "$here/free-ports.mjs" 3)

nginx_conf() { # name, server block
    cat >"$work/$1.conf" <<CONF
daemon off; master_process off; pid $work/$1.pid; error_log $work/$1.log;
events { worker_connections 4096; }
http {
  access_log off; client_body_temp_path $work/$1-body; proxy_temp_path $work/$1-proxy; fastcgi_temp_path $work/$1-f;
  uwsgi_temp_path $work/$1-u; scgi_temp_path $work/$1-s; client_body_buffer_size 64k; client_max_body_size 64m;
  keepalive_requests 1000000; tcp_nodelay on;
  $2
}
CONF
}
# Answers every call with 1.2 KB.
start_nginx_upstream() {
    local text reply
    text=$(head -c 880 /dev/zero | tr '\0' 'a')
    reply='{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-2024-11-20","choices":[{"index":0,"message":{"role":"assistant","content":"'$text'"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1250,"completion_tokens":220,"total_tokens":1470,"prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":0}}}'
    nginx_conf upstream "server { listen 127.0.0.1:$upstream; location / { default_type application/json; return 200 '$reply'; } }"
    taskset -c 1 nginx -c "$work/upstream.conf" -e "$work/upstream.log" & pids+=($!)
}
# Answers with as many bytes or chunks as a call asks for.
start_node_upstream() { taskset -c 1 node "$here/upstream.mjs" "$upstream" & pids+=($!); }
wait_for() { for _ in $(seq 100); do curl -so /dev/null "http://127.0.0.1:$1/v1/models" && return; sleep 0.05; done; cat "$work"/*.log; exit 1; }
# Both proxies before the upstream; $1: more of nginx's location block.
start_proxies() {
    nginx_conf plain "upstream u { server 127.0.0.1:$upstream; keepalive 64; keepalive_requests 1000000; }
      server { listen 127.0.0.1:$plain; location / { proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ''; ${1:-} } }"
    taskset -c 0 nginx -c "$work/plain.conf" -e "$work/plain.log" & nginx_pid=$!; pids+=("$nginx_pid")
    FARTHING_UPSTREAM_OPENAI=http://127.0.0.1:$upstream/v1 taskset -c 0 "$bin/farthingd" --data-dir "$work/data" \
        --listen "127.0.0.1:$metered" >"$work/farthingd.log" 2>&1 & farthing_pid=$!; pids+=("$farthing_pid")
    wait_for "$upstream"; wait_for "$plain"; wait_for "$metered"
}
cpu_ticks() { awk '{sub(/^.*\) /, ""); print $12 + $13}' "/proc/$1/stat"; } # user and system time of a process
ticks_per_second=$(getconf CLK_TCK)
# port, seconds, connections, script: what wrk says, in $work/wrk; a failed request ends the run
run_wrk() {
    taskset -c 1 wrk -t1 -c"$3" -d"${2}s" --latency --timeout 20s -s "$4" "http://127.0.0.1:$1/v1/chat/completions" >"$work/wrk"
    if grep -q 'Non-2xx\|Socket errors' "$work/wrk"; then tail -n 20 "$work/wrk" "$work"/*.log >&2; exit 1; fi
}
