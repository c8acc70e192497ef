#!/usr/bin/env bash
# The committed OpenAPI document is what the code says. `make openapi` writes it anew.
set -euo pipefail

committed=openapi/openapi.json
if [ ! -f "$committed" ]; then
    echo "OpenAPI: $committed is not there yet, nothing to compare"
    exit 0
fi
served=$(mktemp)
trap 'rm -f "$served"' EXIT
cargo run --quiet --locked --bin vestibule -- openapi >"$served"
if ! diff -u "$committed" "$served"; then
    echo "OpenAPI: $committed is not what the code says; run: make openapi" >&2
    exit 1
fi
