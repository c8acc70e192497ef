#!/usr/bin/env bash
# Everything that is asked of a running server from outside: scripts/with-server.sh tests/contract/all.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

step() { scripts/step.sh "$@"; }

step 'the guided tour of the README' tests/contract/tour.py
step 'the generated clients, through the main flow' scripts/sdk.sh test
step 'onboard three firms, on a smaller scale' examples/onboard/onboard.py --buildings 4 --units 25
step 'every operation against the document' tests/contract/fuzz.py --examples 5
