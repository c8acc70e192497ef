#!/usr/bin/env bash
# Installs what is missing to build, run and test Vestibule. Silent when everything is there.
#
#   scripts/ensure-toolchain.sh up      a C compiler, PostgreSQL's server programs
#   scripts/ensure-toolchain.sh test    the same, RabbitMQ, Python for what is asked from outside, the tour's curl, jq and openssl, and
#                                       Chromium for the console's pages
#
# With either comes espeak-ng, which speaks where a carrier does not; with `test` also libfaketime, which gives processes a wrong clock.
# Everything works without them: where they can not be had, that is said and no more; and they alone are no reason for `up` to install
# anything.
#
# Only programs are installed. No service is started, and one that runs already is not touched.
set -euo pipefail

purpose=${1:-up}

say() { printf 'vestibule: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

have_postgres() {
    local folder
    for folder in ${PATH//:/ } /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then return 0; fi
    done
    return 1
}

have_rabbitmq() { have rabbitmq-server || [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || [ -x /usr/sbin/rabbitmq-server ]; }

have_chromium() {
    [ -x "${CHROMIUM:-}" ] || have chromium || have chromium-browser || have google-chrome \
        || [ -x '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' ] \
        || [ -x '/Applications/Chromium.app/Contents/MacOS/Chromium' ]
}

have_faketime() {
    local library
    for library in /usr/lib/*/faketime/libfaketimeMT.so.1 /usr/lib*/faketime/libfaketimeMT.so.1; do
        if [ -e "$library" ]; then return 0; fi
    done
    return 1
}

missing=()
have cc || missing+=(cc)
have make || missing+=(make)
have_postgres || missing+=(postgres)
if [ "$purpose" = test ]; then
    have_rabbitmq || missing+=(rabbitmq)
    { have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null; } || missing+=(python)
    have_chromium || missing+=(chromium)
    for tool in curl jq openssl; do have "$tool" || missing+=("$tool"); done
fi

if ! have cargo; then
    # rustup's installer puts it there, and a shell opened before that does not know.
    if [ -x "$HOME/.cargo/bin/cargo" ]; then
        say "cargo is in $HOME/.cargo/bin, which is not in PATH"
    else
        say "Rust 1.95 or newer is missing: see https://rustup.rs"
    fi
    exit 1
fi
wanted=()
have espeak-ng || wanted+=(espeak)
# Where it goes by another name or can not work at all, clocks stay right.
[ "$purpose" != test ] || ! have apt-get || have_faketime || wanted+=(faketime)
[ ${#missing[@]} -eq 0 ] && { [ ${#wanted[@]} -eq 0 ] || [ "$purpose" != test ]; } && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
if [ "$(id -u)" -ne 0 ] && ! have sudo && ! have brew; then
    [ ${#missing[@]} -eq 0 ] && exit 0
    say "missing: ${missing[*]}. Neither root nor sudo is at hand; ask an administrator to install it, or run this as root."
    exit 1
fi

# The names of the packages of these things, by package manager.
packages() {
    local manager=$1 thing
    shift
    for thing in "$@"; do
        case "$manager:$thing" in
            apt:cc) echo gcc libc6-dev ;;
            apk:cc) echo build-base ;;
            dnf:cc | pacman:cc) echo gcc ;;
            *:make) echo make ;;
            dnf:postgres) echo postgresql-server postgresql-contrib ;;
            brew:postgres) echo postgresql@17 ;;
            *:postgres) echo postgresql ;;
            pacman:rabbitmq | brew:rabbitmq) echo rabbitmq ;;
            *:rabbitmq) echo rabbitmq-server ;;
            apt:python) echo python3 python3-venv ;;
            pacman:python | brew:python) echo python ;;
            *:python) echo python3 ;;
            *:espeak) echo espeak-ng ;;
            apt:faketime) echo libfaketime ;;
            # Without a font of their own pages are drawn as boxes.
            apt:chromium) echo chromium fonts-dejavu-core ;;
            dnf:chromium) echo chromium dejavu-sans-fonts ;;
            apk:chromium | pacman:chromium) echo chromium ttf-dejavu ;;
            brew:chromium) echo chromium ;;
            *:curl | *:jq | *:openssl) echo "$thing" ;;
        esac
    done | tr '\n' ' '
}

# Debian's packages make a cluster, start it on port 5432 and start a broker on 5672, now and at every boot. Here only
# programs are wanted: the policy forbids the start, the other file the cluster. Both are taken away again, and neither
# replaces one that is there.
apt_install() {
    # shellcheck disable=SC2016
    ${as_root[@]+"${as_root[@]}"} sh -euc '
        policy=/usr/sbin/policy-rc.d made_policy=
        no_cluster=/etc/postgresql-common/createcluster.d/vestibule.conf
        log=$(mktemp)
        cleanup() { rm -f "$log" "$no_cluster"; [ -z "$made_policy" ] || rm -f "$policy"; }
        trap cleanup EXIT
        trap "exit 130" INT TERM
        if [ ! -e "$policy" ]; then
            printf "#!/bin/sh\nexit 101\n" > "$policy"; chmod 755 "$policy"; made_policy=yes
        fi
        mkdir -p "$(dirname "$no_cluster")"
        echo "create_main_cluster = false" > "$no_cluster"
        quietly() { "$@" >"$log" 2>&1 || { status=$?; cat "$log"; exit "$status"; }; }
        export DEBIAN_FRONTEND=noninteractive
        quietly apt-get -o DPkg::Lock::Timeout=300 update
        quietly apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
        case " $* " in
            *" rabbitmq-server "*)
                if command -v systemctl; then systemctl disable rabbitmq-server || true; fi ;;
        esac >/dev/null 2>&1
    ' sh "$@" >&2
}

install() {
    say "installing what is missing: $*"
    # Word splitting is meant: a thing can be several packages.
    # shellcheck disable=SC2046
    if have apt-get; then
        apt_install $(packages apt "$@")
    elif have dnf; then
        ${as_root[@]+"${as_root[@]}"} dnf install -y $(packages dnf "$@") >&2
    elif have apk; then
        ${as_root[@]+"${as_root[@]}"} apk add $(packages apk "$@") >&2
    elif have pacman; then
        ${as_root[@]+"${as_root[@]}"} pacman -S --noconfirm --needed $(packages pacman "$@") >&2
    elif have brew; then
        brew install $(packages brew "$@") >&2
    else
        say "no package manager that is known here (apt, dnf, apk, pacman, brew); please install: $*"
        return 1
    fi
}

[ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
[ ${#wanted[@]} -eq 0 ] || install "${wanted[@]}" || say "not everything is here: without espeak-ng prompts are played from uploaded files only, without libfaketime clocks stay right"
