#!/usr/bin/env bash
# The tools that look at the API from outside, from pinned packages. Made once, says so in a line, silent when it is there.
#
#   scripts/toolbox.sh            .toolbox/python: the fuzzer, the generator of Python clients, Node.js
#   scripts/toolbox.sh FOLDER     the same, and FOLDER/node_modules as FOLDER/package-lock.json says
#
# A registry that can not be reached is an error: whoever skips these checks should know it.
set -euo pipefail
cd "$(dirname "$0")/.."

python=.toolbox/python
wanted=tests/contract/requirements.txt

if ! cmp -s "$wanted" "$python/requirements.txt"; then
    echo 'toolbox: installing the packages of tests/contract/requirements.txt into .toolbox (once, about 80 MB)' >&2
    rm -rf "$python"
    python3 -m venv "$python"
    "$python/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$python/requirements.txt"
fi

for folder in "$@"; do
    lock=$folder/package-lock.json
    if ! cmp -s "$lock" "$folder/node_modules/installed-lock.json"; then
        echo "toolbox: installing the packages of $lock (once)" >&2
        PATH="$PWD/$python/bin:$PATH" npm ci --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts >&2
        cp "$lock" "$folder/node_modules/installed-lock.json"
    fi
done
