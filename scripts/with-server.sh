#!/usr/bin/env bash
# Runs a command while a server of its own is up: API, workers, carrier simulator and a private database, all gone afterwards.
#
#   scripts/with-server.sh COMMAND…     the command finds the API at $API and the carrier simulator at $SIMULATOR
#
# What the server logged at warn and above is shown when the command fails.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=${VESTIBULE_BINARY:-target/debug/vestibule}
patience=120

say() { printf 'with-server: %s\n' "$*" >&2; }

free_port() {
    local port
    for _ in $(seq 200); do
        port=$((10000 + (RANDOM * 32768 + RANDOM + $$) % 20000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
    done
    say 'no free port'
    exit 1
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/vestibule-server-XXXXXXXX")
# The account that PostgreSQL runs under must be able to enter; what is secret inside is protected by itself.
chmod 711 "$dir"
server=

stop() {
    if [ -n "$server" ] && kill -0 "$server" 2>/dev/null; then
        kill -TERM "$server"
        wait "$server" || true
    fi
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

: >"$dir/log"
api_port=$(free_port)
simulator_port=$(free_port)
export API="http://127.0.0.1:$api_port" SIMULATOR="http://127.0.0.1:$simulator_port"
# One machine asks for everyone, faster than people do: the limits have tests of their own.
env -u DATABASE_URL -u AMQP_URL -u VESTIBULE_PUBLIC_URL \
    VESTIBULE_LIMIT_ADDRESS=off VESTIBULE_LIMIT_SIGN_IN=off VESTIBULE_LIMIT_USER=off VESTIBULE_LIMIT_TENANT=off \
    VESTIBULE_METRICS_LISTEN="127.0.0.1:$(free_port)" VESTIBULE_LOG_FORMAT=json \
    "$binary" up --listen "127.0.0.1:$api_port" --simulator "127.0.0.1:$simulator_port" --state-dir "$dir/state" \
    >"$dir/log" 2>&1 &
server=$!

deadline=$((SECONDS + patience))
# The demo door rings at the start; a command that begins before would find a busy machine.
until grep -q 'Sign in as' "$dir/log"; do
    if ! kill -0 "$server" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
        say 'the server does not come up:'
        tail -n 30 "$dir/log" >&2
        exit 1
    fi
    sleep 0.2
done

status=0
"$@" || status=$?
if [ "$status" -ne 0 ]; then
    say "the command failed with $status; the server's warnings and errors:"
    grep -E '"level":"(WARN|ERROR)"' "$dir/log" | tail -n 20 >&2 || true
fi
exit "$status"
