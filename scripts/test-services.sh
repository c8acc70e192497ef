#!/usr/bin/env bash
# A private PostgreSQL and a private RabbitMQ for the tests, made for the purpose and gone afterwards.
#
#   scripts/test-services.sh run COMMAND…   runs the command with DATABASE_URL and AMQP_URL set, then cleans up
#   scripts/test-services.sh start DIR      leaves them running; prints the two variables to be exported
#   scripts/test-services.sh stop DIR       ends them and removes DIR
#   scripts/test-services.sh as COMMAND…    runs the command as the account that PostgreSQL runs under
#   scripts/test-services.sh programs       says where PostgreSQL's programs are
#
# DATABASE_URL or AMQP_URL from outside is taken as it is, and nothing is started in its place.
set -euo pipefail

scripts=$(cd "$(dirname "$0")" && pwd -P)

say() { printf 'test-services: %s\n' "$*" >&2; }
now() { date +%s; }

find_postgres() {
    local folder
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin | sort -rV) ${PATH//:/ }; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then echo "$folder"; return; fi
    done
    say "PostgreSQL's server programs are not on this machine; scripts/ensure-toolchain.sh test installs them"
    exit 1
}

# PostgreSQL refuses to run as root, so root lends it an account.
account() {
    local name
    [ "$(id -u)" -eq 0 ] || return 0
    for name in postgres nobody; do
        if id "$name" >/dev/null 2>&1; then echo "$name"; return; fi
    done
}

as_account() {
    local name
    name=$(account)
    if [ -z "$name" ]; then
        "$@"
    elif command -v setpriv >/dev/null; then
        setpriv --reuid "$name" --regid "$(id -g "$name")" --clear-groups -- "$@"
    else
        # shellcheck disable=SC2016
        su -s /bin/sh "$name" -c '"$0" "$@"' -- "$@"
    fi
}

free_port() {
    local port
    for _ in $(seq 200); do
        port=$((10000 + (RANDOM * 32768 + RANDOM + $$) % 20000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
    done
    say "no free port"
    exit 1
}

start_postgres() {
    local dir=$1/postgres bin port password
    bin=$(find_postgres)
    port=$(free_port)
    password=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
    mkdir -p "$dir"
    (umask 077 && printf '%s\n' "$password" >"$dir/password")
    [ -z "$(account)" ] || chown -R "$(account):" "$dir"
    cd "$dir"
    as_account env -i PATH=/usr/bin:/bin LC_ALL=C "$bin/initdb" -D "$dir/data" --username=postgres --pwfile="$dir/password" \
        --auth=scram-sha-256 --encoding=UTF8 --no-locale --no-sync >"$1/initdb.log" 2>&1 || { cat "$1/initdb.log" >&2; exit 1; }
    # Each test has a database and pools of its own. The server stays as durable as a real one: ours refuses any other.
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "unix_socket_directories = ''"
        echo "max_connections = 400"
        echo "timezone = 'UTC'"
    } >>"$dir/data/postgresql.conf"
    as_account env -i PATH=/usr/bin:/bin LC_ALL=C "$bin/pg_ctl" start -D "$dir/data" -l "$dir/log" -o "-p $port" --wait --silent \
        || { tail -n 20 "$dir/log" >&2; exit 1; }
    echo "$bin" >"$dir/bin"
    DATABASE_URL="postgres://postgres:$password@127.0.0.1:$port/postgres"
    cd - >/dev/null
}

stop_postgres() {
    local dir=$1/postgres
    [ -f "$dir/data/postmaster.pid" ] || return 0
    cd "$dir"
    as_account "$(cat "$dir/bin" 2>/dev/null || find_postgres)/pg_ctl" stop -D "$dir/data" -m immediate --silent >/dev/null 2>&1 || true
    cd - >/dev/null
}

start() {
    local dir=$1 begun
    begun=$(now)
    # The account that PostgreSQL runs under must be able to enter; what is secret inside is protected by itself.
    chmod 711 "$dir"
    if [ -z "${DATABASE_URL:-}" ]; then start_postgres "$dir"; fi
    if [ -z "${AMQP_URL:-}" ]; then AMQP_URL=$("$scripts/private-broker.sh" start "$dir/rabbitmq"); fi
    export DATABASE_URL AMQP_URL
    say "PostgreSQL and RabbitMQ are up after $(($(now) - begun)) s"
}

stop() {
    stop_postgres "$1"
    "$scripts/private-broker.sh" stop "$1/rabbitmq"
    rm -rf "$1"
}

run() {
    local dir status=0
    dir=$(mktemp -d "${TMPDIR:-/tmp}/vestibule-test-XXXXXXXX")
    # shellcheck disable=SC2064
    trap "stop '$dir'" EXIT
    # A signal ends the command first; then what it was using.
    trap 'exit 130' INT
    trap 'exit 143' TERM
    start "$dir"
    "$@" || status=$?
    exit "$status"
}

case "${1:-}" in
    run) shift; run "$@" ;;
    start)
        mkdir -p "${2:?a folder}"
        start "$(cd "$2" && pwd -P)"
        printf 'export DATABASE_URL=%q AMQP_URL=%q\n' "$DATABASE_URL" "$AMQP_URL"
        ;;
    stop) if [ -d "${2:?a folder}" ]; then stop "$(cd "$2" && pwd -P)"; fi ;;
    as) shift; as_account "$@" ;;
    programs) find_postgres ;;
    *) sed -n '2,10p' "$0" >&2; exit 2 ;;
esac
