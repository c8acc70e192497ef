#!/usr/bin/env bash
# Runs a command and says how long it took: scripts/step.sh "what it is" COMMAND…
set -uo pipefail

what=$1
shift
begun=$SECONDS
"$@"
status=$?
took=$((SECONDS - begun))
if [ "$status" -eq 0 ]; then mark=✓; else mark=✗; fi
printf '  %s %-46s %6d s\n' "$mark" "$what" "$took"
exit "$status"
