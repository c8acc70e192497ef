#!/usr/bin/env bash
# Looks for inputs that break what must hold (tests/fuzz/bodies), a target after the other, on the toolchain that is there.
#
#   scripts/fuzz.sh [SECONDS [TARGET…]]   so many seconds each (60), all targets or these
#   scripts/fuzz.sh merge [TARGET…]       keeps of what was found, and of tests/fuzz/corpus, the fewest inputs that reach as much
#
# What breaks lies in target/fuzz/findings; `cargo test` holds it for ever once it is in tests/fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-60}
[ $# -eq 0 ] || shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=($(cd tests/fuzz/corpus && ls))

command -v c++ >/dev/null || { echo 'fuzz: libFuzzer is C++, and there is no compiler for it (Debian: g++)' >&2; exit 1; }

# One target folder with the tests: all but our own crate is compiled once for both.
export CARGO_TARGET_DIR=$PWD/target SQLX_OFFLINE=true RUSTC_WRAPPER=$PWD/tests/fuzz/rustc.sh
cargo build --quiet --locked --manifest-path tests/fuzz/Cargo.toml --bin fuzz
fuzz=target/debug/fuzz
found=target/fuzz
log=$(mktemp)
trap 'rm -f "$log"' EXIT

merge() {
    local target=$1 saved=tests/fuzz/corpus/$1
    rm -rf "$found/merged"
    mkdir -p "$found/merged" "$found/corpus/$target"
    VESTIBULE_FUZZ=$target "$fuzz" -merge=1 -max_len=8192 "$found/merged" "$saved" "$found/corpus/$target" >"$log" 2>&1 \
        || { tail -n 20 "$log" >&2; exit 1; }
    rm -rf "$saved"
    mv "$found/merged" "$saved"
    printf '  %-20s %4d inputs\n' "$target" "$(find "$saved" -type f | wc -l)"
}

status=0
try() {
    local target=$1 seconds=$2 runs new mark=✓
    mkdir -p "$found/corpus/$target" "$found/findings"
    if ! VESTIBULE_FUZZ=$target "$fuzz" -max_total_time="$seconds" -timeout=5 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="$found/findings/$target-" "$found/corpus/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
        mark=✗
        status=1
        grep -aE -A 4 'panicked at|ERROR: libFuzzer|Test unit written' "$log" | head -n 30 >&2 || true
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    new=$(sed -n 's/^stat::new_units_added: *//p' "$log")
    printf '  %s %-20s %10s inputs tried, %s that reach something new\n' "$mark" "$target" "${runs:-0}" "${new:-0}"
}

for target in "${targets[@]}"; do
    case "$what" in
        merge) merge "$target" ;;
        *) try "$target" "$what" ;;
    esac
done
exit "$status"
