#!/usr/bin/env bash
# What we send and accept, against the carriers' own libraries (tests/vendor). Their versions are pinned there.
set -euo pipefail

checks=tests/vendor
[ -f "$checks/requirements.txt" ] || exit 0
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    echo "vendor check: skipped, Python with venv is not on this machine (scripts/ensure-toolchain.sh test installs it)"
    exit 0
fi
venv=target/vendor-venv
wanted=$(cksum <"$checks/requirements.txt")
if [ "$(cat "$venv/installed" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$checks/requirements.txt"
    printf '%s\n' "$wanted" >"$venv/installed"
fi
"$venv/bin/python" -m pytest --quiet -p no:cacheprovider "$checks"
