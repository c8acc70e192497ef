#!/usr/bin/env bash
# Holds openapi/openapi.json against tests/contract/redocly.yaml: no error, no warning.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/toolbox.sh tests/contract
export PATH="$PWD/.toolbox/python/bin:$PATH" REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
exec tests/contract/node_modules/.bin/redocly lint openapi/openapi.json \
    --config tests/contract/redocly.yaml --format "${1:-stylish}" --max-problems 500
