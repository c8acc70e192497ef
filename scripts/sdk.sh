#!/usr/bin/env bash
# Makes the TypeScript and the Python client from openapi/openapi.json; with `test`, also takes both through the main flow.
#
#   scripts/sdk.sh                               writes sdk/typescript/src/generated and sdk/python/generated
#   scripts/with-server.sh scripts/sdk.sh test   the same, then their tests against that server
#
# What is generated is not committed: it says nothing that openapi/openapi.json does not, and would double each change of it.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/toolbox.sh sdk/typescript
export PATH="$PWD/.toolbox/python/bin:$PATH"

(
    cd sdk/typescript
    rm -rf src/generated dist
    npx --no-install openapi-ts --silent
    npx --no-install tsc
)
# A warning means that an operation is missing from the client.
openapi-python-client generate --path openapi/openapi.json --config sdk/python/config.yaml \
    --output-path sdk/python/generated --overwrite --fail-on-warning

if [ "${1:-}" = test ]; then
    node --test sdk/typescript/dist/test/*.test.js
    PYTHONPATH=sdk/python/generated PYTHONDONTWRITEBYTECODE=1 python -m pytest -q -p no:cacheprovider sdk/python
fi
