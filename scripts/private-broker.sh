#!/usr/bin/env bash
# One private RabbitMQ in a folder: its own port, node name, cookie, port mapper, data and log.
#
#   scripts/private-broker.sh start DIR    starts it (again, with what is stored in DIR); prints its AMQP URL
#   scripts/private-broker.sh stop DIR     ends it, whatever state it is in
#
# DIR/pid holds the process to kill -9 or to pause, DIR/amqp-url the address, which stays the same after a restart.
# shellcheck disable=SC2154  # amqp_port and the like come from DIR/settings
set -euo pipefail

patience=180

say() { printf 'private-broker: %s\n' "$*" >&2; }

find_server() {
    local candidate
    # Debian's own wrapper in /usr/sbin insists on the user rabbitmq or root, and goes by another home.
    for candidate in /usr/lib/rabbitmq/bin/rabbitmq-server "$(command -v rabbitmq-server || true)" \
        /opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server /usr/local/opt/rabbitmq/sbin/rabbitmq-server; do
        if [ -x "$candidate" ]; then echo "$candidate"; return; fi
    done
    say "rabbitmq-server is not on this machine; scripts/ensure-toolchain.sh test installs it"
    exit 1
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range from which the kernel gives ports to connections, and not the same for two that start together.
free_port() {
    local port
    for _ in $(seq 200); do
        port=$((10000 + (RANDOM * 32768 + RANDOM + $$) % 20000))
        if ! listens "$port"; then echo "$port"; return; fi
    done
    say "no free port"
    exit 1
}

configure() {
    local dir=$1
    mkdir -p "$dir/home" "$dir/log" "$dir/data"
    chmod 700 "$dir/home"
    head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$dir/home/.erlang.cookie"
    chmod 600 "$dir/home/.erlang.cookie"
    echo '[].' >"$dir/enabled_plugins"
    {
        echo "amqp_port=$(free_port)"
        echo "dist_port=$(free_port)"
        echo "epmd_port=$(free_port)"
        echo "node=vestibule-$$-$RANDOM@localhost"
    } >"$dir/settings"
    # shellcheck disable=SC1091
    . "$dir/settings"
    {
        echo "listeners.tcp.1 = 127.0.0.1:$amqp_port"
        echo "loopback_users.guest = true"
        # A test machine's disk may be nearly full, and an alarm would block every publisher.
        echo "disk_free_limit.absolute = 50MB"
        echo "log.file.level = warning"
        echo "vm_memory_high_watermark.absolute = 512MB"
    } >"$dir/rabbitmq.conf"
    echo "amqp://guest:guest@127.0.0.1:$amqp_port/%2f" >"$dir/amqp-url"
}

# Everything that RabbitMQ and Erlang would otherwise look for in the system's own folders.
private_environment() {
    local dir=$1
    # shellcheck disable=SC1091
    . "$dir/settings"
    export HOME="$dir/home" RABBITMQ_HOME_DIR="$dir/home"
    export ERL_EPMD_PORT=$epmd_port ERL_EPMD_ADDRESS=127.0.0.1
    export RABBITMQ_NODENAME=$node RABBITMQ_DIST_PORT=$dist_port RABBITMQ_USE_LONGNAME=false
    export RABBITMQ_CONF_ENV_FILE="$dir/no-such-file" RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf"
    export RABBITMQ_ADVANCED_CONFIG_FILE="$dir/no-such.config" RABBITMQ_CONFIG_FILES="$dir/no-such-folder"
    export RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins"
    export RABBITMQ_MNESIA_BASE="$dir/data" RABBITMQ_LOG_BASE="$dir/log" RABBITMQ_GENERATED_CONFIG_DIR="$dir/data"
    export RABBITMQ_SCHEMA_DIR="$dir/data/schema" RABBITMQ_FEATURE_FLAGS_FILE="$dir/data/feature_flags"
    export RABBITMQ_PID_FILE="$dir/erlang-pid"
    # Two schedulers and no spinning: it shares the machine with what is tested.
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}'
    unset RABBITMQ_BASE RABBITMQ_NODE_PORT RABBITMQ_NODE_IP_ADDRESS RABBITMQ_LOGS RABBITMQ_MNESIA_DIR
}

start() {
    local dir=$1 server
    server=$(find_server)
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd -P)
    [ -f "$dir/settings" ] || configure "$dir"
    private_environment "$dir"
    rm -f "$dir/pid" "$dir/erlang-pid"

    # A session of its own (where there is setsid), so that Ctrl-C at the terminal does not reach it before its clients are done.
    (cd "$dir" && exec $(command -v setsid) "$server" </dev/null >>"$dir/log/console.log" 2>&1) &
    local launched=$! deadline=$((SECONDS + patience))
    until [ -s "$dir/erlang-pid" ] && listens "$amqp_port"; do
        if ! kill -0 "$launched" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
            say "the broker did not start; the end of its log:"
            tail -n 20 "$dir/log/"*.log >&2
            stop "$dir"
            exit 1
        fi
        sleep 0.1
    done
    cp "$dir/erlang-pid" "$dir/pid"
    cat "$dir/amqp-url"
}

stop() {
    local dir=$1 pid
    [ -f "$dir/settings" ] || return 0
    dir=$(cd "$dir" && pwd -P)
    private_environment "$dir"
    pid=$(cat "$dir/erlang-pid" 2>/dev/null || true)
    if [ -n "$pid" ] && is_our_erlang "$pid"; then
        # Paused, it would not hear.
        kill -CONT "$pid" 2>/dev/null || true
        kill -TERM "$pid" 2>/dev/null || true
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$dir/pid" "$dir/erlang-pid"
    # The port mapper outlives its nodes. It is ours alone, by its port.
    for _ in 1 2 3 4 5; do
        listens "$epmd_port" || break
        find_epmd -port "$epmd_port" -kill >/dev/null 2>&1 || true
        sleep 0.1
    done
}

# The number in the file may by now be another program's.
is_our_erlang() {
    kill -0 "$1" 2>/dev/null || return 1
    [ ! -r "/proc/$1/cmdline" ] || tr '\0' ' ' <"/proc/$1/cmdline" | grep -q beam
}

find_epmd() {
    local epmd
    for epmd in "$(command -v epmd || true)" /usr/lib/erlang/erts-*/bin/epmd /opt/homebrew/opt/erlang/lib/erlang/erts-*/bin/epmd; do
        if [ -x "$epmd" ]; then "$epmd" "$@"; return; fi
    done
}

case "${1:-} ${2:-}" in
    "start "?*) start "$2" ;;
    "stop "?*) stop "$2" ;;
    *) sed -n '2,7p' "$0" >&2; exit 2 ;;
esac
