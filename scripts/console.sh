#!/usr/bin/env bash
# The web console's own checks; `make console` brings what they need.
#
#   scripts/console.sh check       its vendored libraries are what their packages hold, its types fit each other and the API's document
#   scripts/console.sh test …      its pages in a real browser; further words go to Playwright. Takes DATABASE_URL and AMQP_URL
#   scripts/console.sh pictures    the same, and the pictures of README are made anew
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH="$PWD/.toolbox/python/bin:$PATH" npm_config_update_notifier=false
what=$1
shift
cd tests/console

case "$what" in
    check)
        node vendor.mjs --check
        npx openapi-typescript ../../openapi/openapi.json --output openapi.d.ts >/dev/null
        npx tsc
        ;;
    test) npx playwright test "$@" ;;
    pictures) PICTURES=yes npx playwright test "$@" ;;
    *)
        echo "scripts/console.sh: check, test or pictures, not $what" >&2
        exit 1
        ;;
esac
